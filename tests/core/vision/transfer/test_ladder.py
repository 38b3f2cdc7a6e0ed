"""The ladders that ship: their files, their figures, and how a rung is packed."""

from __future__ import annotations

import numpy as np
import pytest

from core import zoo
from core.errors import InvalidInputError, UnknownNameError
from core.learning.training import split_of
from core.vision.classification import DEFAULT_BACKBONE
from core.vision.transfer import exported
from core.vision.transfer.classifiers import transfer_classifier
from core.vision.transfer.datasets import ImageDataset
from core.vision.transfer.ladder import (
    RUNGS,
    explain_rung,
    ladder,
    ladders,
    open_rung,
    pack_layer,
    unpacked,
)
from core.vision.transfer.trained_model import TrainedModel
from core.zoo.keras_runtime import keras

CLASSES = ("one", "two", "three")
LAYERS = ("block7a_expand_conv", "block7a_depthwise", "top_conv")


@pytest.fixture(scope="module")
def network():
    """A classifier on the default backbone in Keras, of which three kernels have changed."""
    rng = np.random.default_rng(0)
    model = transfer_classifier(zoo.image_network(DEFAULT_BACKBONE), len(CLASSES))
    changes = {}
    for layer in map(model.get_layer, LAYERS):
        (kernel,) = layer.get_weights()
        changes[layer.name] = rng.normal(0, 0.1 * kernel.std(), kernel.shape).astype(np.float32)
        layer.set_weights([kernel + changes[layer.name]])
    kernel, bias = rng.normal(0, 0.3, (1280, 3)), np.array([0.5, 0, -0.5])
    head = [kernel.astype(np.float32), bias.astype(np.float32)]
    model.get_layer("predictions").set_weights(head)
    return model, head, changes


def test_changes_of_kernels_make_the_fine_tuned_network(network, images, encode):
    model, (kernel, bias), changes = network
    backbone = zoo.image_network(DEFAULT_BACKBONE)
    here = TrainedModel.on_backbone(backbone, kernel, bias, CLASSES, changes)
    expected = np.asarray(model(images.astype(np.float32)))
    photos = [encode(image) for image in images]
    np.testing.assert_allclose(here.predict(photos), expected, atol=1e-4)
    unchanged = TrainedModel.on_backbone(backbone, kernel, bias, CLASSES, {}).predict(photos)
    assert np.abs(unchanged - expected).max() > 0.01
    assert list(exported.write_file(here._folder, ".keras")) == [True]
    reopened = keras().models.load_model(here.keras_file)
    np.testing.assert_allclose(reopened(images.astype(np.float32)), expected, atol=1e-5)


def test_a_packed_rung_predicts_as_before(network, images, encode):
    model, (kernel, bias), changes = network
    packed = pack_layer(kernel, bias, changes)
    weights = sum(change.size for change in changes.values()) + kernel.size
    assert len(packed) < 1.1 * weights + 20_000  # a byte a weight
    photos = [encode(image) for image in images]
    rung = unpacked(packed, DEFAULT_BACKBONE, CLASSES)
    expected = np.asarray(model(images.astype(np.float32)))
    np.testing.assert_allclose(rung.predict(photos), expected, atol=0.01)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        ("no_such_layer", (1, 1, 320, 1280)),
        ("top_bn", (1, 1, 320, 1280)),
        ("top_conv", (1, 1, 320, 1279)),
        ("top_conv", (320, 1280)),
    ],
)
def test_a_change_of_what_is_no_kernel_is_refused(layer, shape):
    head = np.zeros((1280, 3), np.float32), np.zeros(3, np.float32)
    backbone, change = zoo.image_network(DEFAULT_BACKBONE), np.zeros(shape, np.float32)
    with pytest.raises(InvalidInputError, match=r"^Expected a .* Received: "):
        TrainedModel.on_backbone(backbone, *head, CLASSES, {layer: change})


def test_both_data_sets_have_a_ladder():
    assert ladders() == {"cats_dogs": "Cats and dogs", "flowers": "Flowers"}


def test_a_ladder_or_rung_that_there_is_not_is_refused_by_name():
    with pytest.raises(UnknownNameError, match=r"no ladder named 'horses'.* flowers"):
        ladder("horses")
    with pytest.raises(UnknownNameError, match=r"no rung named 'initialise'.* fine_tune"):
        open_rung("flowers", "initialise")


@pytest.mark.parametrize("name", ladders())
def test_every_rung_was_trained_on_one_split(name):
    known = ladder(name)
    assert [rung.settings.strategy for rung in known.rungs] == list(RUNGS)
    assert len({(r.settings.seed, r.settings.test_share) for r in known.rungs}) == 1
    assert known.parts["test"] == len(known.labels)
    assert known.probabilities.shape == (len(RUNGS), len(known.labels), len(known.classes))
    np.testing.assert_allclose(known.probabilities.sum(axis=2), 1, atol=1e-5)


@pytest.mark.parametrize("name", ladders())
def test_augmentation_closes_part_of_the_gap_of_the_plain_rung(name):
    rungs = dict(zip(RUNGS, ladder(name).rungs, strict=True))
    plain, augmented = rungs["plain"], rungs["scratch"]
    assert plain.gap > augmented.gap
    assert plain.last_gap > augmented.last_gap
    assert len(plain.epochs) == len(augmented.epochs)


def test_both_files_are_small():
    sizes = [
        zoo.asset_path(zoo.shipped(f"ladder_{name}"), ".zip").stat().st_size for name in ladders()
    ]
    assert sum(sizes) < 12e6


def test_rungs_open_and_show_where_they_look_without_tensorflow(python, cat, tmp_path):
    (tmp_path / "cat.png").write_bytes(cat)
    code = """
import sys
from pathlib import Path
from core.vision.transfer.ladder import open_rung
for rung in ("plain", "fine_tune"):
    seen = open_rung("flowers", rung).explain(Path(sys.argv[1]).read_bytes())
    print(seen.values.shape, 0.2 < seen.score <= 1, end=" ")
print("tensorflow" in sys.modules)
"""
    assert python(code, str(tmp_path / "cat.png")) == "(8, 8) True (7, 7) True False\n"


@pytest.mark.parametrize("strategy", ["features", "fine_tune"])
def test_a_rung_is_explained_as_its_classifier_is(cat, strategy):
    shared = explain_rung("flowers", strategy, cat)
    own = open_rung("flowers", strategy).explain(cat)
    assert (shared.label, shared.region) == (own.label, own.region)
    assert shared.score == pytest.approx(own.score, abs=1e-4)
    np.testing.assert_allclose(shared.values, own.values, atol=1e-3 * np.abs(own.values).max())


@pytest.mark.slow
@pytest.mark.parametrize("name", ladders())
def test_figures_are_those_of_the_shipped_classifiers(name, shared_data):
    known = ladder(name)
    dataset = ImageDataset.from_zip(shared_data / f"{name}.zip")
    split = split_of(dataset, known.rungs[0].settings)
    np.testing.assert_array_equal(dataset.labels[split.test], known.labels)
    parts = {"training": split.train, "validation": split.validation}
    for rung, expected in zip(known.rungs, known.probabilities, strict=True):
        model = open_rung(name, rung.settings.strategy)
        answers = model.predict([dataset.photos[i].data for i in split.test])
        np.testing.assert_allclose(answers, expected, atol=2e-3)
        for part, positions in parts.items():
            answers = model.predict([dataset.photos[i].data for i in positions])
            accuracy = (answers.argmax(axis=1) == dataset.labels[positions]).mean()
            assert accuracy == pytest.approx(getattr(rung, part), abs=2e-3)
