"""Where on a photo a network sees a class."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from skimage import data
from skimage.transform import resize

from core import engine
from core.engine import conversion
from core.engine.autodiff.graph import Evaluator
from core.errors import InvalidInputError, MemoryBudgetError, UnknownNameError
from core.vision.explanation import activations, explain, grad_cam_graph, layers, methods
from core.vision.preparation import Region, centre_square, fit, prepare
from core.zoo import image_network, imagenet_classes


@pytest.fixture(autouse=True)
def f32(monkeypatch):
    """The same answer on every machine."""
    monkeypatch.setenv("GRAFT_PRECISION", "f32")


@pytest.fixture(scope="module")
def cat_in_a_corner(encode) -> bytes:
    """A cat's face in the lower left of a grey square."""
    photo = np.full((448, 448, 3), 128, np.uint8)
    photo[248:, :200] = resize(data.chelsea()[30:270, 110:350], (200, 200)) * 255
    return encode(photo)


def centre(values):
    """Where the positive weight of a map lies, as fractions from the left and from the top."""
    weight = np.maximum(values, 0)
    weight = np.where(weight > weight.max() / 2, weight, 0)
    y, x = ((np.arange(n) + 0.5) / n for n in weight.shape)
    return (weight.sum(0) @ x) / weight.sum(), (weight.sum(1) @ y) / weight.sum()


@pytest.mark.parametrize("target", ["n02123159", "n02124075"])
def test_the_mean_of_a_class_activation_map_and_the_bias_are_the_logit(
    cat, keras_lite0, keras_outputs, target
):
    explanation = explain(cat, target=target, method="cam")
    (pooled,) = keras_outputs(prepare(cat, 224)[None], "avg_pool")
    kernel, bias = keras_lite0.get_layer("predictions").get_weights()
    column = {"n02123159": 282, "n02124075": 285}[target]
    logit = pooled[0] @ kernel[:, column] + bias[column]
    assert explanation.values.shape == (7, 7)
    assert explanation.values.mean() + bias[column] == pytest.approx(logit, abs=1e-4)


def test_grad_cam_is_the_positive_part_of_cam_where_a_dense_layer_follows_pooling(cat):
    """Selvaraju et al. (2017), section 3.1: Grad-CAM generalizes CAM."""
    grad_cam, cam = (explain(cat, method=method).values for method in ("grad_cam", "cam"))
    positive = np.maximum(cam, 0)
    assert np.corrcoef(grad_cam.ravel(), positive.ravel())[0, 1] > 0.99
    np.testing.assert_allclose(grad_cam * 49, positive, atol=1e-3 * positive.max())


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("mobilenet_v3_small", 224),  # hard swish, and a head of convolutions
        ("vgg16", 64),  # pools the maps that are weighted; dense layers follow
        pytest.param("convnext_tiny", 224, marks=pytest.mark.slow),  # channels last
        pytest.param("nasnet_mobile", 224, marks=pytest.mark.slow),
    ],
)
@pytest.mark.filterwarnings("ignore:`input_shape` is undefined:UserWarning")  # MobileNetV3
def test_grad_cam_is_that_of_keras(name, size, tmp_path, images):
    """Untrained networks, with weights that let a signal through."""
    from core.zoo.keras_runtime import keras, tensorflow

    tf, spec = tensorflow(), replace(image_network(name), input_size=size)
    model = conversion.build(spec, None)
    rng = np.random.default_rng(0)
    for variable in model.trainable_weights:
        if "kernel" in variable.name:
            fan_in = np.prod(variable.shape[: 2 if "depthwise" in variable.path else -1])
            variable.assign(rng.normal(0, np.sqrt(2 / fan_in), variable.shape))
    conversion.write_form(spec, model, tmp_path)

    graph = engine.OpenGraph(engine.CompiledForm(tmp_path), (1, size, size))
    build = grad_cam_graph(graph, spec.feature_layers[-1])
    target = np.eye(1000, dtype=np.float32)[[285]]
    photo = images[:1, :size, :size]
    (values,) = Evaluator(graph, build, "f32")({"photo": photo, "target": target})["map"]

    model.layers[-1].activation = keras().activations.linear
    outputs = [model.get_layer(spec.feature_layers[-1]).output, model.output]
    network, steps = keras().Model(model.inputs[0], outputs), spec.preprocessing
    pixels = (photo[..., ::-1] if steps.channels == "BGR" else photo).astype(np.float32)
    with tf.GradientTape() as tape:
        maps, logits = network((pixels - steps.mean) / steps.scale, training=False)
        logit = tf.reshape(logits, (-1,))[285]
    weights = tape.gradient(logit, maps).numpy().mean(axis=(0, 1, 2))
    expected = np.maximum(maps.numpy()[0] @ weights, 0)
    assert np.ptp(expected) > 0
    np.testing.assert_allclose(values, expected, atol=1e-4 * expected.max())


def test_grad_cam_needs_no_tensorflow(python):
    code = """
import sys
from skimage import data
from core.media import encode_png
from core.vision.explanation import explain
explain(encode_png(data.chelsea()), method="grad_cam")
print("tensorflow" in sys.modules)
"""
    assert python(code).strip() == "False"


def test_grad_cams_of_many_classes_share_one_graph(cat):
    engine.pool.evict(("efficientnet_lite0", "Grad-CAM", "f32"))
    before = engine.pool.statistics().loads
    maps = [explain(cat, method="grad_cam", target=name).values for name in ("tiger cat", "kite")]
    assert engine.pool.statistics().loads <= before + 2  # the network, and Grad-CAM on it
    assert not np.allclose(*maps)


def test_grad_cam_that_does_not_fit_offers_no_smaller_size(cat, monkeypatch):
    explain(cat)  # the network itself fits
    monkeypatch.setenv("GRAFT_MEMORY_BUDGET_MIB", "60")
    engine.pool.evict(("efficientnet_lite0", "Grad-CAM", "f32"))
    with pytest.raises(MemoryBudgetError, match="choose a smaller network"):
        explain(cat, method="grad_cam")


@pytest.mark.parametrize("method", ["cam", "grad_cam", "occlusion"])
def test_every_method_finds_the_cat_in_the_corner(cat_in_a_corner, method):
    explanation = explain(cat_in_a_corner, method=method, target="Egyptian cat")
    x, y = centre(explanation.values)
    assert x < 0.5 < y
    assert explanation.method == method
    assert explanation.values.dtype == np.float32


def test_occlusion_is_drawn_where_the_patch_was(encode, monkeypatch):
    """A network that looks at one pixel: only patches on that pixel change its score."""

    class Pinhole:
        name, labels = "efficientnet_lite0", imagenet_classes()
        info = engine.predictor(name).info

        def __call__(self, photos, output):
            scores = np.zeros((len(photos), 1000), np.float32)
            scores[:, 3] = photos[:, 30, 180, 0] / 255
            return (scores,)

    photo = np.zeros((224, 224, 3), np.uint8)
    photo[30, 180] = 255
    monkeypatch.setattr("core.vision.explanation.classifier", lambda backbone: Pinhole())
    values = explain(encode(photo), method="occlusion", target="tiger shark").values
    x, y = centre(values)
    assert x == pytest.approx(180 / 224, abs=0.04) and y == pytest.approx(30 / 224, abs=0.04)
    assert (
        values.max() == pytest.approx(1, abs=0.01) and values[6:].max() == 0 == values[:, :6].max()
    )


def test_a_class_is_given_by_id_or_by_name(cat):
    by_name, by_id = (explain(cat, target=target) for target in ("tiger cat", "n02123159"))
    assert (by_name.label, by_name.wnid) == (by_id.label, by_id.wnid) == ("tiger cat", "n02123159")
    np.testing.assert_array_equal(by_name.values, by_id.values)
    assert by_name.score == by_id.score


def test_without_a_class_the_most_probable_one_is_explained(cat, lite0):
    scores = lite0(prepare(cat, 224)[None], "scores")[0][0]
    explanation = explain(cat)
    assert explanation.score == pytest.approx(scores.max(), abs=1e-5)
    assert explain(cat, target=explanation.wnid).score == explanation.score


def test_an_unknown_class_is_refused(cat):
    with pytest.raises(InvalidInputError, match="unicorn"):
        explain(cat, target="unicorn")


@pytest.mark.parametrize(
    ("backbone", "expected"),
    [
        ("efficientnet_lite0", ("cam", "grad_cam", "occlusion")),
        ("vgg16", ("grad_cam", "occlusion")),
        ("hed_vgg16", ()),
        ("https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/5", ("occlusion",)),
    ],
)
def test_the_methods_are_those_that_a_network_allows(backbone, expected):
    assert methods(backbone) == expected


def test_a_method_that_there_is_not_is_refused_with_those_there_are(cat):
    with pytest.raises(InvalidInputError, match=r"cam, grad_cam, occlusion\. Received: lime"):
        explain(cat, method="lime")


def test_a_network_without_classes_explains_none(cat):
    with pytest.raises(InvalidInputError, match="features only"):
        explain(cat, backbone="hed_vgg16")


@pytest.mark.parametrize(
    ("shape", "region"),
    [
        ((100, 400), Region(0.375, 0, 0.625, 1)),
        ((400, 100), Region(0, 0.375, 1, 0.625)),
        ((90, 90), Region(0, 0, 1, 1)),
    ],
    ids=["wide", "tall", "square"],
)
def test_the_map_covers_the_centred_square_of_a_photo(encode, shape, region):
    explanation = explain(encode(np.full((*shape, 3), 99, np.uint8)))
    assert explanation.region == region == centre_square(shape[1], shape[0])


def test_the_network_sees_the_whole_region_and_no_more(encode):
    pixels = np.zeros((100, 300, 3), np.uint8)
    pixels[:, 100:200] = 200
    pixels = prepare(encode(pixels), 64)
    assert (pixels[:, 2:-2] == 200).all()
    assert (pixels > 150).all()  # at the border the filter reaches a little over it


@pytest.mark.parametrize("shape", [(1, 7), (7, 1), (333, 1001), (1001, 333)])
def test_photos_of_any_proportion_fit(encode, shape):
    from core.media import open_image

    photo = open_image(encode(np.full((*shape, 3), 7, np.uint8)))
    assert fit(photo, 32).shape == (32, 32, 3) and (fit(photo, 32) == 7).all()


def test_activations_are_those_of_the_layer_in_keras(cat, keras_outputs):
    layer = "block2a_expand_activation"
    response = activations(cat, layer=layer)
    (expected,) = keras_outputs(prepare(cat, 224)[None], layer)
    assert response.values.shape == (112, 112, 96)
    np.testing.assert_allclose(response.values, expected[0], rtol=1e-4, atol=1e-4)
    assert (response.layer, response.backbone) == (layer, "efficientnet_lite0")
    assert response.region == centre_square(451, 300)


def test_a_layer_that_there_is_not_is_refused_with_a_suggestion(cat):
    with pytest.raises(UnknownNameError, match="Did you mean"):
        activations(cat, layer="block2a_expand_activations")


def test_every_layer_that_is_listed_has_a_spatial_output(cat):
    names = layers("hed_vgg16")
    assert len(names) == 18  # thirteen convolutions, five poolings
    assert activations(cat, backbone="hed_vgg16", layer=names[-1]).values.ndim == 3
