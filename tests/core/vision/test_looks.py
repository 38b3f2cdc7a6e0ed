"""Photos looked at one by one: what is found among them is what `explore` finds."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidInputError
from core.media import decode
from core.vision.classification import embed
from core.vision.exploration import explore, explored
from core.vision.looks import PhotoLook, PhotoLooks, look_at
from core.vision.transfer.datasets import ImageDataset


@pytest.fixture(scope="module")
def dataset(crops, encode) -> ImageDataset:
    """Two classes; the last photo is the first, mirrored, and the one before is black."""
    mirrored = encode(np.ascontiguousarray(decode(crops[0])[:, ::-1]))
    black = encode(np.zeros((90, 180, 3), np.uint8))
    named = [(f"{i}.png", photo) for i, photo in enumerate([*crops[:8], black, mirrored])]
    return ImageDataset.from_classes({"a": named[:5], "b": named[5:]})


@pytest.fixture(scope="module")
def looks(dataset) -> tuple[PhotoLook, ...]:
    return look_at([photo.data for photo in dataset.photos])


def together(looks) -> PhotoLooks:
    return PhotoLooks(
        np.array([look.width for look in looks]),
        np.array([look.height for look in looks]),
        [look.measures for look in looks],
        np.stack([look.thumbnail for look in looks]),
        np.stack([look.vector for look in looks]),
    )


def test_a_look_has_size_thumbnail_and_embedding(looks, dataset):
    assert [(look.width, look.height) for look in looks[7:]] == [(180, 200), (180, 90), (180, 200)]
    for look in looks:
        assert (look.thumbnail.shape, look.thumbnail.dtype) == ((48, 48), np.uint8)
    assert not looks[8].thumbnail.any() and looks[0].thumbnail.std() > 10
    expected = embed([photo.data for photo in dataset.photos])
    np.testing.assert_allclose([look.vector for look in looks], expected, atol=0.02)


def test_what_is_found_among_looks_is_what_a_data_set_has(looks, dataset):
    step = next(each for each in explore(dataset) if each.stage == "map")
    names = [photo.name for photo in dataset.photos]
    steps = list(explored(together(looks), names, dataset.labels, dataset.classes))
    assert list(dict.fromkeys(each.stage for each in steps)) == ["duplicates", "review", "done"]
    last = steps[-1]
    assert (last.counts, last.names, last.backbone) == (step.counts, step.names, step.backbone)
    assert last.quality == step.quality and {one.position for one in last.quality} == {8}
    pairs = [
        {(pair.first, pair.second): pair.overlap for pair in each.duplicates}
        for each in (last, step)
    ]
    assert pairs[0] == pytest.approx(pairs[1], abs=0.01)
    assert (0, 9) in pairs[0]
    found = [{one.position for one in each.review.labels.findings} for each in (last, step)]
    assert found[0] == found[1]
    odd = [{one.position for one in each.review.outliers.findings} for each in (last, step)]
    assert odd[0] == odd[1]
    assert last.positions is None


def test_a_photo_that_cannot_be_used_is_named_by_its_number(crops):
    with pytest.raises(InvalidInputError, match=r"^Photo 2: Expected a photo"):
        look_at([crops[0], b"Dear diary."])
    with pytest.raises(InvalidInputError, match="at least one"):
        look_at([])


def test_too_many_classes_are_refused_before_anything_is_compared(looks):
    classes = [f"{i}" for i in range(1001)]
    steps = explored(together(looks), ["a"] * 10, np.zeros(10, np.int64), classes)
    with pytest.raises(InvalidInputError, match=r"1,000 classes.*1,001"):
        next(steps)
