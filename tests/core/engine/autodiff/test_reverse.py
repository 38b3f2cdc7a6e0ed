"""Gradients of graphs, beside differences."""

from __future__ import annotations

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from core.engine.autodiff import reverse, window_rules
from core.engine.devices import openvino_core
from core.errors import InvalidInputError

RNG = np.random.default_rng(0)


def kernel(*shape):
    return ops.constant(RNG.normal(0, 1, shape).astype(np.float32))


def indices(*values):
    return np.array(values, np.int64)


CASES = {
    "convolution": lambda x: ops.convolution(x, kernel(5, 4, 3, 3), [1, 1], [1, 1], [1, 1], [1, 1]),
    "convolution of stride 2": lambda x: ops.convolution(
        x, kernel(5, 4, 3, 3), [2, 2], [0, 0], [1, 1], [1, 1]
    ),
    "depthwise": lambda x: ops.group_convolution(
        x, kernel(4, 1, 1, 5, 5), [1, 1], [2, 2], [2, 2], [1, 1]
    ),
    "depthwise of stride 2": lambda x: ops.group_convolution(
        x, kernel(4, 1, 1, 3, 3), [2, 2], [1, 1], [1, 1], [1, 1]
    ),
    "max pooling": lambda x: ops.max_pool(x, [2, 2], [1, 1], [0, 0], [0, 0], [2, 2]).output(0),
    "max pooling of overlapping windows": lambda x: ops.max_pool(
        x, [2, 2], [1, 1], [1, 1], [1, 1], [3, 3]
    ).output(0),
    "max pooling of every place": lambda x: ops.max_pool(
        x, [1, 1], [1, 1], [1, 1], [1, 1], [3, 3]
    ).output(0),
    "average pooling": lambda x: ops.avg_pool(x, [1, 1], [1, 1], [1, 1], [3, 3], True),
    "average pooling of stride 2": lambda x: ops.avg_pool(x, [2, 2], [0, 0], [0, 0], [2, 2], False),
    "relu": ops.relu,
    "relu6": lambda x: ops.clamp(x, 0.0, 0.5),
    "swish": lambda x: ops.swish(x),
    "hswish": lambda x: ops.hswish(ops.multiply(x, np.float32(2.3))),
    "hsigmoid": lambda x: ops.hsigmoid(ops.multiply(x, np.float32(2.3))),
    "sigmoid": ops.sigmoid,
    "squares": lambda x: ops.power(x, np.float32(2)),
    "root": lambda x: ops.sqrt(ops.add(ops.multiply(x, x), np.float32(1))),
    "absolute": ops.absolute,
    "error function": ops.erf,
    "squared difference": lambda x: ops.squared_difference(
        x, ops.reduce_mean(x, indices(2, 3), keep_dims=True)
    ),
    "broadcast product": lambda x: ops.multiply(
        x, ops.reduce_mean(x, indices(2, 3), keep_dims=True)
    ),
    "quotient": lambda x: ops.divide(x, ops.add(ops.multiply(x, x), np.float32(2))),
    "matrix product": lambda x: ops.matmul(
        ops.reshape(x, indices(4, 63), False), ops.reshape(x, indices(4, 63), False), False, True
    ),
    "parts": lambda x: ops.concat([ops.relu(x), x, ops.sigmoid(x)], 1),
    "cut and margin": lambda x: ops.pad(
        ops.slice(x, indices(1, 2), indices(6, 9), indices(1, 1), indices(2, 3)),
        indices(0, 0, 1, 0),
        indices(0, 0, 0, 2),
        "constant",
        np.float32(0),
    ),
    "maximum": lambda x: ops.reduce_max(x, indices(1)),
    "reversed channels": lambda x: ops.gather(x, np.array([3, 1, 0]), 1),
    "transposed": lambda x: ops.transpose(x, indices(0, 2, 3, 1)),
}


def compiled(outputs, parameters):
    model = ov.Model([o.output(0) for o in outputs], parameters, "test")
    options = {"INFERENCE_PRECISION_HINT": "f32"}
    return openvino_core().compile_model(model, "CPU", options)


@pytest.mark.parametrize("name", CASES)
def test_a_gradient_is_the_slope_of_its_loss(name):
    x = ops.parameter([1, 4, 7, 9], ov.Type.f32, name="x")
    y = CASES[name](x)
    y = y.get_node() if hasattr(y, "get_node") else y
    shape = reverse.shape_of(y)
    weighed = ops.multiply(ops.reshape(y.output(0), shape, False), kernel(*shape))
    loss = ops.reduce_sum(weighed, np.arange(len(shape)))
    run = compiled([loss, reverse.gradient(loss, x)], [x])
    # values 0.02 apart, none within 0.005 of a kink, so that no kink is stepped over
    at = (RNG.permutation(252).reshape(1, 4, 7, 9) / 50 - 2.51).astype(np.float32)
    way = RNG.uniform(-1, 1, at.shape).astype(np.float32)
    slope = float((run([at])[1] * way).sum())
    width = 2e-3
    above, below = (float(run([at + sign * width * way])[0]) for sign in (1, -1))
    assert slope == pytest.approx((above - below) / (2 * width), rel=0.02, abs=0.05)


def test_paths_to_one_place_add_up():
    x = ops.parameter([3], ov.Type.f32, name="x")
    twice = ops.add(ops.multiply(x, x), x)
    loss = ops.reduce_sum(twice, indices(0))
    at = np.array([1, 2, -3], np.float32)
    run = compiled([reverse.gradient(loss, x)], [x])
    np.testing.assert_allclose(run([at])[0], 2 * at + 1, rtol=1e-6)


@pytest.mark.parametrize(("kernel", "stride"), [(2, 2), (3, 2)], ids=["tiles", "overlapping"])
def test_the_first_of_equal_maxima_can_take_the_whole_slope(kernel, stride):
    """As TensorFlow has it; the usual rule gives it to all of them."""
    from core.zoo.keras_runtime import tensorflow

    tf = tensorflow()
    at = RNG.integers(0, 2, (1, 4, 8, 8)).astype(np.float32)  # full of equal maxima
    x = ops.parameter(list(at.shape), ov.Type.f32, name="x")
    y = ops.max_pool(x, [stride] * 2, [1, 1], [0, 0], [0, 0], [kernel] * 2).output(0)
    loss = ops.reduce_sum(ops.power(y, np.float32(2)), np.arange(4))
    rules = {"MaxPool": window_rules.first_maximum}
    run = compiled([reverse.gradient(loss, x, rules=rules), reverse.gradient(loss, x)], [x])
    first, every = run([at])[0], run([at])[1]
    with tf.GradientTape() as tape:
        variable = tf.Variable(at.transpose(0, 2, 3, 1))
        loss = tf.reduce_sum(tf.nn.max_pool2d(variable, kernel, stride, "VALID") ** 2)
    np.testing.assert_array_equal(first.transpose(0, 2, 3, 1), tape.gradient(loss, variable))
    assert every.sum() > first.sum()


def test_an_operation_without_a_rule_is_named():
    x = ops.parameter([3], ov.Type.f32, name="x")
    loss = ops.reduce_sum(ops.atan(x), indices(0))
    with pytest.raises(InvalidInputError, match="Atan"):
        reverse.gradient(loss, x)


def test_a_loss_of_something_else_is_refused():
    x, y = (ops.parameter([3], ov.Type.f32, name=name) for name in "xy")
    with pytest.raises(InvalidInputError, match="depends"):
        reverse.gradient(ops.reduce_sum(y, indices(0)), x)


def test_a_pooling_layer_can_be_optimised_for():
    """Max pooling has two outputs, of which only the first is a layer's."""
    from core.optvis.evaluator import ObjectiveEvaluator
    from core.optvis.objectives import mean_square

    evaluate = ObjectiveEvaluator(
        mean_square("block1_pool"), "hed_vgg16", (1, 64, 64), precision="f32"
    )
    photo = RNG.uniform(0, 255, (1, 64, 64, 3)).astype(np.float32)
    before = evaluate(photo)
    step = before.gradient / np.linalg.norm(before.gradient)
    rise = evaluate(photo + step).value - before.value
    assert rise == pytest.approx(np.linalg.norm(before.gradient), rel=0.1)


def test_the_gradient_of_a_network_is_that_of_keras(keras_lite0):
    from core.optvis.evaluator import ObjectiveEvaluator
    from core.optvis.objectives import mean_square
    from core.zoo.keras_runtime import keras, tensorflow

    tf, layer = tensorflow(), "block4a_expand_activation"
    part = keras().Model(keras_lite0.input, keras_lite0.get_layer(layer).output)
    photo = RNG.uniform(0, 255, (1, 224, 224, 3)).astype(np.float32)
    with tf.GradientTape() as tape:
        x = tf.Variable(photo)
        loss = tf.reduce_mean(part((x - 127) / 128, training=False) ** 2)
    expected = tape.gradient(loss, x).numpy()
    evaluate = ObjectiveEvaluator(
        mean_square(layer), "efficientnet_lite0", (1, 224, 224), precision="f32"
    )
    evaluation = evaluate(photo)
    assert evaluation.value == pytest.approx(float(loss), rel=1e-4)
    # a place where rounding decides whether a ReLU is open may differ
    assert np.linalg.norm(evaluation.gradient - expected) < 0.01 * np.linalg.norm(expected)
