"""A TF-Hub module as a backbone: it stays frozen, and has no feature map."""

from __future__ import annotations

import numpy as np
import pytest

from core import engine
from core.errors import InvalidInputError, NotAllowedError
from core.vision.photos import prepare_all
from core.vision.transfer import (
    ImageDataset,
    TrainedModel,
    TrainingSettings,
    evaluated,
    saved,
    train,
)
from core.vision.transfer.race import Lane
from core.vision.transfer.training_file import check_backbone, from_file, to_file
from core.zoo.keras_runtime import keras


@pytest.fixture(scope="module")
def module(tmp_path_factory):
    """The folder of a SavedModel from photos to vectors of 8 numbers."""
    folder = tmp_path_factory.mktemp("modules") / "vectors"
    layers = keras().layers
    keras().utils.set_random_seed(0)
    inputs = layers.Input((64, 64, 3))
    x = layers.Conv2D(8, 3, strides=2, activation="relu")(inputs)
    keras().Model(inputs, layers.GlobalAveragePooling2D()(x)).export(folder, verbose=False)
    return str(folder)


@pytest.fixture(scope="module")
def dataset(greys) -> ImageDataset:
    return greys(10)


@pytest.fixture(scope="module")
def last(dataset, module):
    *_, step = train(dataset, TrainingSettings(backbone=module, seed=1))
    return evaluated(dataset, step)[0]


def photos(dataset, positions):
    return [dataset.photos[i].data for i in positions]


def test_a_dense_layer_learns_from_its_vectors(dataset, module, last):
    own = photos(dataset, last.split.test)
    probabilities = last.model.predict(own)
    assert (probabilities.argmax(axis=1) == dataset.labels[last.split.test]).all()
    network = engine.predictor(module, precision="f32")
    (vectors,) = network(np.stack([*prepare_all(own, 64)]), "embedding")
    kernel, bias = last.best.weights["predictions"]
    logits = vectors @ kernel + bias
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    np.testing.assert_allclose(probabilities, powers / powers.sum(axis=1, keepdims=True), atol=2e-3)
    assert last.card.backbone.name == module


def test_a_part_that_matters_is_seen_by_hiding_it(dataset, last):
    seen = last.model.explain(dataset.photos[0].data)
    assert seen.method == "occlusion"
    assert np.isfinite(seen.values).all()


def test_it_is_exported_for_openvino_alone(dataset, last, tmp_path):
    assert last.model.formats == (".zip",)
    with pytest.raises(InvalidInputError, match=r"Expected a path to \.zip"):
        last.model.export(tmp_path / "mine.keras")
    *_, check = last.model.checking(photos(dataset, last.split.test[:2]))
    assert check.largest < 1e-3


def test_it_is_kept_like_others(dataset, last, tmp_path):
    last.model.write_archive(tmp_path / "kept.zip")
    saved.check(tmp_path / "kept.zip")
    own = photos(dataset, last.split.test)
    again = TrainedModel.from_archive(tmp_path / "kept.zip")
    np.testing.assert_allclose(again.predict(own), last.model.predict(own), atol=1e-5)
    spec = saved.network_of("own:it", "It", tmp_path / "kept.zip")
    assert (spec.head, spec.feature_layers) == ("other", ())


def test_a_hidden_layer_learns_from_its_vectors_too(dataset, module, tmp_path):
    *_, step = train(dataset, TrainingSettings(backbone=module, seed=1, hidden_units=8))
    own = photos(dataset, step.split.test)
    probabilities = step.model.predict(own)
    assert (probabilities.argmax(axis=1) == dataset.labels[step.split.test]).all()
    assert step.model.explain(own[0]).method == "occlusion"
    step.model.write_archive(tmp_path / "kept.zip")
    saved.check(tmp_path / "kept.zip")
    *_, check = step.model.checking(own[:1])
    assert check.largest < 1e-3


@pytest.mark.parametrize("strategy", ["fine_tune", "initialise"])
def test_it_cannot_be_tuned(dataset, module, strategy):
    with pytest.raises(InvalidInputError, match="TF-Hub modules stay frozen"):
        list(train(dataset, TrainingSettings(backbone=module, strategy=strategy)))


@pytest.mark.parametrize(("access", "listed"), [("local", ""), ("open", ""), ("open", "yes")])
def test_a_project_file_opens_a_module_only_where_it_may_be_opened(
    module, monkeypatch, access, listed
):
    monkeypatch.setenv("GRAFT_ACCESS", access)
    monkeypatch.setenv("GRAFT_MODULES", module if listed else "")
    settings = TrainingSettings(backbone=module)
    if access == "open" and not listed:
        with pytest.raises(NotAllowedError):
            check_backbone(settings)
    else:
        check_backbone(settings)
    check_backbone(TrainingSettings())


def test_a_training_of_a_project_is_refused_with_its_module(dataset, last, monkeypatch):
    lane = Lane(
        settings=last.settings,
        step=last,
        probabilities=last.evaluation.probabilities.astype(np.float32),
        evaluation=last.evaluation,
    )
    file = to_file(lane)
    assert from_file(file, last.model).settings == last.settings
    monkeypatch.setenv("GRAFT_ACCESS", "open")
    with pytest.raises(NotAllowedError):
        from_file(file, last.model)
