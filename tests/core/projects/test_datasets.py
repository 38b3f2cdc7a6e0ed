"""Data sets as one content: what was packed comes out, and nothing else is taken for it."""

from __future__ import annotations

import dataclasses
import time

import numpy as np
import pytest

from core.errors import InvalidInputError
from core.media import encode_wav
from core.projects import datasets
from core.sound.transfer.dataset import SoundDataset
from core.text.transfer.dataset import TextDataset
from core.vision.transfer.datasets import ImageDataset, LabelledPhoto
from tests.waiting import SLACK


@pytest.fixture(scope="module")
def photos(crops, pack) -> ImageDataset:
    """Photos of an archive with folders in two levels, names in an old encoding, a file beside."""
    files = {f"train/{'ab'[i % 2]}/{i}.png": crop for i, crop in enumerate(crops[:6])}
    files |= {f"test/{'ab'[i % 2]}/{i}.png": crop for i, crop in enumerate(crops[6:9])}
    files |= {"train/beside.png": crops[9], "train/a/broken.png": b"x"}
    photos = ImageDataset.from_zip(pack(files))
    names = {photos.members[0].name: b"\x81.png"}
    return dataclasses.replace(
        photos, layout=dataclasses.replace(photos.layout, encoding="cp437", stored_names=names)
    )


@pytest.fixture(scope="module")
def texts() -> TextDataset:
    """Texts in several scripts."""
    return TextDataset.from_classes(
        {"x": [("1", "Grüße, 世界 👋")], "y": [("2", "plain"), ("3", " ")]}
    )


@pytest.fixture(scope="module")
def packed(photos) -> bytes:
    return b"".join(datasets.pack(photos))


def test_photos_come_out_as_they_went_in(photos, packed):
    same = datasets.unpack("photos", packed)
    assert same == photos
    assert same.digest == photos.digest
    assert same.beside
    assert same.skipped
    assert same.read_as(level=0) == photos.read_as(level=0) != photos


def test_texts_come_out_as_they_went_in(texts):
    assert datasets.unpack("texts", b"".join(datasets.pack(texts))) == texts


def test_sounds_come_out_as_they_went_in():
    low, high = (
        encode_wav(np.sin(np.arange(8000) * hertz * 2e-4 * np.pi).astype(np.float32), 8000)
        for hertz in (200, 900)
    )
    sounds = SoundDataset.from_classes({"low": [("1.wav", low)], "high": [("2.wav", high)]})
    assert datasets.unpack("sounds", b"".join(datasets.pack(sounds))) == sounds


def test_a_data_set_can_be_saved_and_opened(project, photos):
    item = project.add("photos", "Crops", {}, {"data": datasets.pack(photos)})
    assert datasets.unpack("photos", project.read(item, "data")) == photos


def test_another_kind_is_refused(packed):
    with pytest.raises(InvalidInputError, match="Expected texts"):
        datasets.unpack("texts", packed)


def test_damage_is_a_sentence_wherever_it_is(packed):
    rng = np.random.default_rng(0)
    end = packed.index(b"}", packed.index(b"stored_names")) + 200
    refused = 0
    for _ in range(300):
        damaged = bytearray(packed)
        damaged[rng.integers(end)] = rng.integers(256)
        try:
            datasets.unpack("photos", bytes(damaged))
        except InvalidInputError as err:
            refused += 1
            assert str(err).endswith(".")
    assert refused > 100
    for length in (0, 5, 20, 100, len(packed) - 1):
        with pytest.raises(InvalidInputError):
            datasets.unpack("photos", packed[:length])
    with pytest.raises(InvalidInputError):
        datasets.unpack("photos", packed + b"more")


def test_examples_of_strangers_are_looked_at_again(photos, packed):
    datasets.check("photos", packed)
    vast = dataclasses.replace(photos.members[0], width=9)
    broken = LabelledPhoto("broken.png", 0, b"no photo", 1, 1)
    for bad in (vast, broken):
        other = dataclasses.replace(photos, members=(*photos.members[1:], bad))
        with pytest.raises(InvalidInputError, match=bad.name):
            datasets.check("photos", b"".join(datasets.pack(other)))


def test_four_thousand_photos_open_within_a_second():
    rng = np.random.default_rng(0)
    photos = tuple(
        LabelledPhoto(f"{i}.jpg", i % 2, rng.bytes(25_000), 400, 300) for i in range(4000)
    )
    data = b"".join(datasets.pack(ImageDataset(("cat", "dog"), photos)))
    started = time.monotonic()
    opened = datasets.unpack("photos", data)
    assert time.monotonic() - started < 1 * SLACK
    assert opened.members == photos


def test_digests_are_kept_and_those_of_strangers_compared(photos, packed):
    assert vars(datasets.unpack("photos", packed))["digests"] == photos.digests
    swapped = packed.replace(photos.digests[0].encode(), photos.digests[1].encode())
    assert swapped != packed
    with pytest.raises(InvalidInputError, match="not what the data set says"):
        datasets.check("photos", swapped)
