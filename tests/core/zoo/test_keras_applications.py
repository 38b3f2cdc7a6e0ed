"""The table of `keras.applications` against the networks that the installed Keras builds."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from core.zoo.keras_applications import NETWORKS
from core.zoo.spec import ImageNetworkSpec

FAST = {"mobilenet_v2", "densenet121", "mobilenet_v3_small"}
BY_NAME = {spec.name: spec for spec in NETWORKS}
HEX_DIGITS = {"md5": 32, "sha256": 64}


def builder(spec: ImageNetworkSpec) -> Any:
    from core.zoo.keras_runtime import keras

    keras().utils.clear_session()  # numbered layer names count from the start
    module, name = spec.builder.split(":")
    return getattr(import_module(module), name)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(spec, id=spec.name, marks=[] if spec.name in FAST else pytest.mark.slow)
        for spec in NETWORKS
    ],
)
def built(request: pytest.FixtureRequest) -> tuple[ImageNetworkSpec, Any]:
    """A row of the table and its network, untrained."""
    spec = request.param
    return spec, builder(spec)(weights=None)


def test_names_are_unique_and_in_snake_case():
    assert len(BY_NAME) == len(NETWORKS) == 36
    assert len({spec.title for spec in NETWORKS}) == 36
    assert all(re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) for name in BY_NAME)


@pytest.mark.parametrize("spec", NETWORKS, ids=lambda spec: spec.name)
def test_checksums_are_well_formed(spec):
    assert spec.weights.url.startswith("https://storage.googleapis.com/")
    if spec.weights.checksum is None:
        assert spec.name in {"mobilenet", "mobilenet_v2"}
    else:
        algorithm, digest = spec.weights.checksum.split(":")
        assert re.fullmatch(r"[0-9a-f]+", digest)
        assert len(digest) == HEX_DIGITS[algorithm]


@pytest.mark.parametrize("spec", NETWORKS, ids=lambda spec: spec.name)
def test_figures_are_sensible(spec):
    assert 0.6 < spec.published.top1 < 0.9
    assert spec.published.top5 is None or spec.published.top1 < spec.published.top5 < 1
    # float32 weights, and per tensor some bytes of HDF5
    assert 1 <= spec.download_bytes / (4 * spec.parameters) < 1.15
    assert 4 <= len(set(spec.feature_layers)) == len(spec.feature_layers) <= 6


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mobilenet_v2", (-1, 1)),
        ("resnet50", (-123.68, 255 - 103.939)),
        ("densenet121", (-0.485 / 0.229, (1 - 0.406) / 0.225)),
        ("convnext_tiny", (0, 255)),
    ],
)
def test_preprocessing_gives_the_range_each_family_was_trained_on(name, expected):
    assert BY_NAME[name].preprocessing.value_range == pytest.approx(expected)


def test_parameters_are_those_of_the_built_network(built):
    spec, model = built
    assert model.count_params() == spec.parameters


def test_the_network_takes_its_input_size_and_gives_its_classes(built):
    spec, model = built
    assert model.input_shape[1:] in {(spec.input_size, spec.input_size, 3), (None, None, 3)}
    assert model.output_shape == (None, spec.classes)
    assert model.layers[-1].activation.__name__ == "softmax"


def test_feature_layers_are_spatial_and_shrink(built):
    from core.zoo.keras_runtime import keras

    spec, model = built
    outputs = [model.get_layer(name).output for name in spec.feature_layers]
    features = keras().Model(model.input, outputs)
    shapes = features.compute_output_shape((1, spec.input_size, spec.input_size, 3))
    assert all(len(shape) == 4 and shape[1] == shape[2] > 1 for shape in shapes)
    sides = [shape[1] for shape in shapes]
    assert sides == sorted(set(sides), reverse=True)


def test_the_embedding_is_one_vector_per_photo(built):
    spec, model = built
    shape = model.get_layer(spec.embedding_layer).output.shape
    assert all(side == 1 for side in shape[1:-1])


def test_head_is_linear_exactly_where_pooling_and_one_layer_follow_the_features(built):
    from core.zoo.keras_runtime import keras

    spec, model = built
    layers = keras().layers
    embedding = model.get_layer(spec.embedding_layer)
    pools_the_features = (
        isinstance(embedding, layers.GlobalAveragePooling2D)
        and embedding.input is model.get_layer(spec.feature_layers[-1]).output
    )
    after = model.layers[model.layers.index(embedding) + 1 :]
    weighted = [layer for layer in after if layer.weights]
    one_dense_layer = (
        len(weighted) == 1
        and isinstance(weighted[0], (layers.Dense, layers.Conv2D))
        and getattr(weighted[0], "kernel_size", (1, 1)) == (1, 1)
        and all(
            isinstance(layer, (layers.Dropout, layers.Reshape, layers.Activation))
            for layer in after
            if not layer.weights
        )
    )
    assert (spec.head == "linear") == (pools_the_features and one_dense_layer)


@pytest.mark.filterwarnings("ignore:`input_shape` is undefined:UserWarning")  # MobileNetV3
@pytest.mark.parametrize(
    "spec",
    [
        pytest.param(spec, id=spec.name, marks=[] if spec.name in FAST else pytest.mark.slow)
        for spec in NETWORKS
    ],
)
def test_url_and_checksum_are_those_that_keras_downloads(spec, monkeypatch):
    """Keras is stopped where it would fetch its weights."""

    class AskedError(Exception):
        pass

    def get_file(fname, origin, *, file_hash=None, **_):
        raise AskedError(origin, file_hash)

    build = builder(spec)
    monkeypatch.setattr("keras.src.utils.file_utils.get_file", get_file)
    with pytest.raises(AskedError) as asked:
        build(weights="imagenet")
    digest = spec.weights.checksum and spec.weights.checksum.split(":")[1]
    assert asked.value.args == (spec.weights.url, digest)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras saves
def test_efficientnet_from_a_path_sees_what_keras_shows_its_own_weights(monkeypatch, tmp_path):
    """The division that Keras adds for `weights="imagenet"` only, see the module docstring."""
    import h5py

    from core.zoo.keras_runtime import keras

    keras()
    from keras.src.legacy.saving import legacy_h5_format

    spec = BY_NAME["efficientnet_b0"]
    build = builder(spec)
    untrained = build(weights=None)
    mean, deviation = np.array([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]])
    untrained.get_layer("normalization").set_weights([mean, deviation, np.array(0)])
    path = tmp_path / "efficientnetb0.h5"
    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, untrained)
    monkeypatch.setattr("keras.src.utils.file_utils.get_file", lambda *_, **__: str(path))

    photo = np.random.default_rng(0).uniform(0, 255, (1, 224, 224, 3)).astype("float32")
    preprocessing = spec.preprocessing
    prepared = (photo - np.array(preprocessing.mean)) / np.array(preprocessing.scale)

    def stem(model, images):
        return keras().Model(model.input, model.get_layer("stem_conv").output)(images)

    ours = stem(build(weights=str(path)), prepared.astype("float32"))
    theirs = stem(build(weights="imagenet"), photo)
    np.testing.assert_allclose(ours, theirs, atol=1e-3)
    assert np.abs(stem(build(weights=str(path)), photo) - theirs).max() > 0.1
