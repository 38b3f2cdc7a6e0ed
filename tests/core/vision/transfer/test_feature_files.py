"""Features of a data set in a file: what stands in it, and that memory does not hold it."""

from __future__ import annotations

import gc
import json
import tracemalloc

import numpy as np
import pyarrow.parquet as pq
import pytest

from core.errors import InvalidInputError
from core.learning.training import Split
from core.media import encode_jpeg
from core.vision.classification import embed
from core.vision.transfer import ImageDataset
from core.vision.transfer.feature_files import (
    MOST_BYTES,
    FeatureFile,
    FeatureRequest,
    map_shape,
    write_features,
)

NETWORK = "efficientnet_lite0"
SHAPE = (7, 7, 1280)
SPLIT = Split(np.array([1, 4]), np.array([2]), np.array([3, 0]))


@pytest.fixture(scope="module")
def dataset() -> ImageDataset:
    rng = np.random.default_rng(0)

    def picture():
        return encode_jpeg(rng.integers(0, 256, (40, 50, 3), np.uint8))

    return ImageDataset.from_classes(
        {
            "sea": [(f"sea/{i}.jpg", picture()) for i in range(3)],
            "sky": [(f"sky/{i}.jpg", picture()) for i in range(3)],
        }
    )


@pytest.fixture(scope="module")
def vectors(dataset) -> np.ndarray:
    return embed([photo.data for photo in dataset.photos])


def written(dataset, request, **options) -> FeatureFile:
    *before, last = write_features(dataset, SPLIT, request, **options)
    assert [step.done for step in before] == list(range(1, len(dataset.photos) + 1))
    assert all(step.file is None for step in before)
    return last.file


@pytest.mark.parametrize("number", ["float32", "float16"])
def test_npz_has_maps_whose_mean_is_the_vector(dataset, vectors, number):
    maps = written(dataset, FeatureRequest(NETWORK, "map", "npz", number))
    flat = written(dataset, FeatureRequest(NETWORK, "vector", "npz", number))
    with np.load(maps.path) as stored, np.load(flat.path) as others:
        assert stored["maps"].shape == (6, *SHAPE) == (6, *map_shape(NETWORK))
        assert stored["maps"].dtype == others["vectors"].dtype == number
        tolerance = {"float32": 1e-5, "float16": 2e-3}[number]
        means = stored["maps"].astype(np.float32).mean(axis=(1, 2))
        np.testing.assert_allclose(means, vectors, atol=tolerance)
        np.testing.assert_allclose(others["vectors"], vectors, atol=tolerance)
        assert stored["names"].tolist() == [photo.name for photo in dataset.photos]
        assert stored["classes"][stored["labels"]].tolist() == ["sea"] * 3 + ["sky"] * 3
        parts = ["test", "train", "validation", "test", "train", "unused"]
        assert stored["part"].tolist() == parts
        assert str(stored["backbone"]) == NETWORK
    size = FeatureRequest(NETWORK, "map", "npz", number).bytes_of(6)
    assert size <= maps.path.stat().st_size < size + 5_000  # as the page says beforehand


def test_parquet_has_lists_of_one_length_and_their_shape(dataset, vectors):
    file = written(dataset, FeatureRequest(NETWORK, "map", "parquet", "float16"))
    table = pq.read_table(file.path)
    assert table["class"].to_pylist() == ["sea"] * 3 + ["sky"] * 3
    assert table["name"].to_pylist() == [photo.name for photo in dataset.photos]
    assert table["part"].to_pylist()[:3] == ["test", "train", "validation"]
    metadata = {name.decode(): value.decode() for name, value in table.schema.metadata.items()}
    assert tuple(json.loads(metadata["shape"])) == SHAPE
    assert json.loads(metadata["axes"]) == ["h", "w", "C"]
    assert json.loads(metadata["classes"]) == ["sea", "sky"]
    numbers = table["features"].combine_chunks().flatten().to_numpy()
    maps = numbers.reshape(-1, *SHAPE).astype(np.float32)
    np.testing.assert_allclose(maps.mean(axis=(1, 2)), vectors, atol=2e-3)


@pytest.mark.parametrize("kind", ["npz", "parquet"])
def test_memory_holds_a_few_photos_at_a_time(kind, dataset):
    many = dataset.at([0, 3] * 50)

    def ones(rows, contents, backbone):
        return (np.full((64, 64, 128), i, np.float32) for i, _ in enumerate(contents))

    tracemalloc.start()
    try:
        file = written(many, FeatureRequest(NETWORK, "map", kind, "float16"), every=ones)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 40 << 20  # of 200 MiB in float32
    if kind == "npz":
        with np.load(file.path) as stored:
            assert stored["maps"][:, 0, 0, 0].tolist() == list(range(100))
    else:
        assert pq.ParquetFile(file.path).num_row_groups > 5
        first = pq.read_table(file.path)["features"].combine_chunks().flatten().to_numpy()
        assert first[:: 64 * 64 * 128].tolist() == list(range(100))


def test_a_number_beyond_float16_is_refused_and_nothing_stays(dataset):
    def large(rows, contents, backbone):
        yield np.full(3, 70_000, np.float32)

    steps = write_features(dataset, SPLIT, FeatureRequest(NETWORK, number="float16"), large)
    with pytest.raises(InvalidInputError, match=r"70,000.*65,504.*Choose float32"):
        list(steps)


def test_a_photo_that_cannot_be_used_is_named(dataset):
    def damaged(rows, contents, backbone):
        yield np.zeros(3, np.float32)
        yield InvalidInputError("It is damaged.")

    with pytest.raises(InvalidInputError, match="damaged"):
        list(write_features(dataset, SPLIT, FeatureRequest(NETWORK, "map"), damaged))


def test_a_file_that_would_be_too_large_is_refused_before_it_is_begun(dataset):
    request = FeatureRequest(NETWORK, "map")
    photos = MOST_BYTES // request.bytes_of(1) + 1
    many = dataset.at([0] * photos)
    with pytest.raises(InvalidInputError, match=r"at most 4 GiB.*Choose float16"):
        next(write_features(many, SPLIT, request))


def test_a_file_goes_with_its_object(dataset):
    file = written(dataset, FeatureRequest(NETWORK))
    path = file.path
    assert path.exists()
    del file
    gc.collect()
    assert not path.parent.exists()
