"""Objectives: that each rises, and that they add and scale."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import UnknownNameError
from core.optvis import objectives
from core.optvis.ascent import Adam, NormalisedStep, ascend, lbfgs
from core.optvis.evaluator import Evaluation, ObjectiveEvaluator, feature_maps, forward

VGG, LITE = "hed_vgg16", "efficientnet_lite0"
SHAPE = (1, 64, 64)
START = np.random.default_rng(0).uniform(90, 160, (*SHAPE, 3)).astype(np.float32)
OTHER = np.random.default_rng(1).uniform(0, 255, (*SHAPE, 3)).astype(np.float32)


def at(network, layer, photos):
    return feature_maps(network, photos, [layer])[layer]


def gram_of(photos):
    parts = {"gram": lambda g: objectives.gram_matrix(g.layer("block2_conv1"))}
    return forward(VGG, photos, parts, label="gram")["gram"]


OBJECTIVES = {
    "mean square": lambda: (VGG, objectives.mean_square("block3_conv1", border=2)),
    "mean response": lambda: (VGG, objectives.mean_response("block3_conv1")),
    "channel": lambda: (VGG, objectives.channel("block3_conv1", [7], 256)),
    "class score": lambda: (LITE, objectives.class_score(281, 1000)),
    "features": lambda: (
        VGG,
        -objectives.features("block3_conv1", at(VGG, "block3_conv1", OTHER)),
    ),
    "gram": lambda: (VGG, -objectives.gram("block2_conv1", gram_of(OTHER))),
    "guide": lambda: (
        VGG,
        objectives.guide("block4_conv1", at(VGG, "block4_conv1", OTHER).reshape(512, -1).T),
    ),
    "smoothness": lambda: (VGG, -objectives.total_variation()),
    "absolute smoothness": lambda: (VGG, -objectives.total_variation(absolute=True)),
}


@pytest.mark.parametrize("name", OBJECTIVES)
def test_each_objective_rises_in_three_steps(name):
    network, objective = OBJECTIVES[name]()
    evaluate = ObjectiveEvaluator(objective, network, SHAPE)
    *_, last = ascend(evaluate, START, NormalisedStep(1.0), 3)
    assert evaluate(last.values).value > evaluate(START).value


def test_objectives_add_and_scale():
    a, b = objectives.mean_square("block1_conv1"), objectives.mean_response("block2_conv1")
    values = [
        ObjectiveEvaluator(o, VGG, SHAPE, precision="f32")(START) for o in (a, b, 2 * a + 0.5 * b)
    ]
    assert values[2].value == pytest.approx(2 * values[0].value + 0.5 * values[1].value, rel=1e-4)
    together = 2 * values[0].gradient + 0.5 * values[1].gradient
    np.testing.assert_allclose(values[2].gradient, together, atol=1e-4 * np.abs(together).max())


def test_each_photo_of_a_batch_excites_its_own_channel():
    evaluate = ObjectiveEvaluator(
        objectives.channel("block2_conv1", [3, 90], 128), VGG, (2, 32, 32)
    )
    *_, last = ascend(evaluate, START[:, :32, :32].repeat(2, 0), Adam(4.0), 6)
    parts = {"layer": lambda g: g.layer("block2_conv1", before_relu=True)}
    means = forward(VGG, last.values, parts, label="before")["layer"].mean(axis=(2, 3))
    assert means[0, 3] > means[1, 3]
    assert means[1, 90] > means[0, 90]


@pytest.mark.parametrize("absolute", [False, True])
def test_the_gradient_of_smoothness_is_that_of_its_value(absolute):
    evaluate = ObjectiveEvaluator(objectives.total_variation(absolute=absolute), VGG, SHAPE)
    gradient = evaluate(START).gradient
    way = gradient / np.abs(gradient).mean()  # along it, kinks that are stepped over hardly count
    high, low = (evaluate(START + sign * 0.01 * way).value for sign in (1, -1))
    assert float((way * gradient).sum()) == pytest.approx((high - low) / 0.02, rel=0.02)


def test_a_layer_that_is_not_there_is_named():
    with pytest.raises(UnknownNameError, match="block1_conv1"):
        ObjectiveEvaluator(objectives.mean_square("block1_conv9"), VGG, SHAPE)


def bowl(values):
    return Evaluation(float(((values - 3) ** 2).sum()), {}, 2 * (values - 3))


def test_lbfgs_finds_the_bottom_and_ends():
    *_, last = lbfgs(bowl, np.zeros((2, 3), np.float32), 50)
    np.testing.assert_allclose(last.values, 3, atol=1e-4)


def test_lbfgs_can_be_left_and_passes_errors_on():
    steps = lbfgs(lambda x: Evaluation(float((x**4).sum()), {}, 4 * x**3), np.ones(4), 50)
    next(steps)
    steps.close()

    def broken(values):
        raise ZeroDivisionError("here")

    with pytest.raises(ZeroDivisionError, match="here"):
        next(lbfgs(broken, np.ones(4), 50))
