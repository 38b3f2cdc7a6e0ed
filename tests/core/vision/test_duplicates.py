"""Photos that are nearly the same, and photos that only look alike."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from core.errors import InvalidInputError
from core.vision import duplicates
from core.vision.duplicates import DuplicatePair, crossing, find_duplicates, near_duplicates
from core.vision.exploration import duplicates_among, explore
from core.vision.transfer.datasets import ImageDataset

PX = 48


@pytest.fixture(autouse=True, params=["compared", "searched"])
def way(request, monkeypatch):
    """Photos are compared each with each, or searched for as in large sets."""
    if request.param == "searched":
        monkeypatch.setattr(duplicates, "MOST_EXACT", 0)


def scene(seed):
    """(96, 96) float32: blobs of light, other ones for each seed."""
    generator = np.random.default_rng(seed)
    coarse = Image.fromarray(generator.normal(128, 40, (9, 9)).astype(np.float32))
    return np.asarray(coarse.resize((96, 96), Image.Resampling.BICUBIC))


def shrunk(pixels):
    return np.asarray(Image.fromarray(pixels).resize((PX, PX), Image.Resampling.BOX))


def pairs_of(thumbnails, vectors=None):
    """Positions of the pairs; by default the network finds everything alike."""
    if vectors is None:
        vectors = np.ones((len(thumbnails), 4), np.float32)
    pairs = near_duplicates(vectors, np.stack(thumbnails).astype(np.float32))
    return {(pair.first, pair.second) for pair in pairs}


CHANGES = {
    "the same": lambda x: x,
    "mirrored": lambda x: x[:, ::-1],
    "darker": lambda x: x * 0.5,
    "lighter": lambda x: x + 60,
    "noisy": lambda x: (x + np.random.default_rng(9).normal(0, 5, x.shape)).astype(np.float32),
    "corner lost": lambda x: x[9:, 9:],
    "frame lost": lambda x: x[5:91, 5:91],
    "mirrored and cropped": lambda x: x[4:, :-4][:, ::-1],
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_copy_is_found_whichever_comes_first(change):
    photo, copy, others = shrunk(scene(0)), shrunk(change(scene(0))), [shrunk(scene(7))]
    assert pairs_of([photo, *others, copy]) == {(0, 2)}
    assert pairs_of([copy, *others, photo]) == {(0, 2)}


def test_different_photos_are_no_duplicates_even_if_the_network_thinks_so():
    assert pairs_of([shrunk(scene(seed)) for seed in range(30)]) == set()


def test_a_copy_needs_no_network_if_its_thumbnail_gives_it_away():
    """Without colours a network sees something else."""
    photos = [shrunk(scene(0)), shrunk(scene(1)), shrunk(scene(0) * 0.7)]
    assert pairs_of(photos, np.eye(3, dtype=np.float32)) == {(0, 2)}


def test_a_crop_needs_the_network_as_well():
    photos = [shrunk(scene(0)), shrunk(scene(0)[12:, 12:])]
    assert pairs_of(photos, np.eye(2, dtype=np.float32)) == set()
    assert pairs_of(photos) == {(0, 1)}


def test_pairs_come_once_with_their_numbers_the_best_first():
    noise = np.random.default_rng(1).normal(0, 12, (96, 96))
    thumbnails = np.stack([shrunk(s) for s in (scene(0), scene(1), scene(0) + noise, scene(1))])
    vectors = np.array([[3, 4], [0, 5], [4, 3], [0, 1]], np.float32)
    first, second = near_duplicates(vectors, thumbnails.astype(np.float32))
    assert (first.first, first.second, second.first, second.second) == (1, 3, 0, 2)
    assert (first.similarity, first.overlap) == pytest.approx((1, 1), abs=1e-5)
    assert second.similarity == pytest.approx(24 / 25)
    assert 0.8 <= second.overlap < first.overlap


def test_plain_photos_are_not_compared():
    assert pairs_of([np.zeros((PX, PX)), np.full((PX, PX), 200.0)]) == set()


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_photos_have_no_duplicates(count):
    assert near_duplicates(np.ones((count, 4)), np.ones((count, PX, PX), np.float32)) == ()


def test_copies_far_apart_in_a_large_set_are_found():
    """Across the blocks that the work is divided into, at every place in them."""
    thumbnails = [shrunk(scene(seed)) for seed in range(600)]
    thumbnails += [thumbnails[i] for i in (0, 255, 256, 511, 599)]
    expected = {(0, 600), (255, 601), (256, 602), (511, 603), (599, 604)}
    generator = np.random.default_rng(0)
    assert pairs_of(thumbnails, generator.normal(size=(605, 64)).astype(np.float32)) == expected


def test_of_many_copies_each_is_named_without_naming_every_pair():
    pairs = pairs_of([shrunk(scene(0))] * 300)
    assert {photo for pair in pairs for photo in pair} == set(range(300))
    assert len(pairs) <= 5 * 300


def test_the_search_comes_in_steps():
    thumbnails = np.stack([shrunk(scene(0))] * 300).astype(np.float32)
    blocks = list(find_duplicates(np.ones((300, 4), np.float32), thumbnails))
    assert len(blocks) > 10 and max(len(block) for block in blocks) <= 64


def test_copies_among_photos_without_labels_are_found(cat, crops, encode):
    pixels = np.asarray(Image.open(io.BytesIO(cat)).convert("RGB"))
    photos = [crops[0], cat, crops[9], encode(np.ascontiguousarray(pixels[:, ::-1]))]
    *before, last = duplicates_among(photos)
    assert [(pair.first, pair.second) for pair in last.pairs] == [(1, 3)]
    assert [step.share for step in (*before, last)] == sorted(s.share for s in (*before, last))
    assert last.share == 1
    with pytest.raises(InvalidInputError, match="Photo 2: "):
        list(duplicates_among([cat, b"no photo"]))


def test_pairs_across_classes_or_parts_of_a_split_are_told_apart():
    pairs = [DuplicatePair(i, j, 1.0, 1.0) for i, j in ((0, 1), (1, 2), (2, 3), (3, 4))]
    assert crossing(pairs, np.array([0, 0, 1, -1, 1])) == (pairs[1],)


@pytest.fixture(scope="module")
def altered(shared_data) -> dict[str, list[tuple[bytes, bytes]]]:
    """A hundred flowers with copies of them, by what was done to the copies."""
    photos = ImageDataset.from_zip(shared_data / "flowers.zip").photos
    generator = np.random.default_rng(5)
    chosen = [photos[i].data for i in generator.choice(len(photos), 100, replace=False)]

    def crop(image):
        width, height = image.size
        left, top = generator.uniform(0, 0.08, 2)
        return image.crop(
            (width * left, height * top, width * (left + 0.92), height * (top + 0.92))
        )

    changes = {
        "resized": (lambda image: image.resize((image.width // 2, image.height // 2)), 90),
        "compressed": (lambda image: image, 30),
        "mirrored": (lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), 90),
        "brighter": (lambda image: ImageEnhance.Brightness(image).enhance(1.3), 90),
        "cropped": (crop, 90),
    }
    pairs = {}
    for name, (change, quality) in changes.items():
        copies = []
        for data in chosen:
            buffer = io.BytesIO()
            change(Image.open(io.BytesIO(data))).save(buffer, "JPEG", quality=quality)
            copies.append(buffer.getvalue())
        pairs[name] = list(zip(chosen, copies, strict=True))
    return pairs


@pytest.mark.slow
@pytest.mark.parametrize("change", ["resized", "compressed", "mirrored", "brighter", "cropped"])
def test_altered_copies_of_photos_are_found(altered, change):
    files = [(f"{i}", photo) for pair in altered[change] for i, photo in enumerate(pair)]
    *_, last = explore(ImageDataset.from_classes({"flowers": files}))
    pairs = {(pair.first, pair.second) for pair in last.duplicates}
    assert sum((2 * i, 2 * i + 1) in pairs for i in range(100)) >= 97
    assert sum(first // 2 != second // 2 for first, second in pairs) <= 8


@pytest.mark.slow
def test_a_known_copy_among_other_photos_is_the_only_one(shared_data):
    """Two photos of Flickr8k are the same picture; `shared/data/README.md` names them."""
    with zipfile.ZipFile(shared_data / "flickr8k.zip") as archive:
        paths = {path.rsplit("/", 1)[-1]: path for path in archive.namelist()}
        same = ["2851198725_37b6027625.jpg", "3050606344_af711c726c.jpg"]
        names = same + [name for name in sorted(paths) if name.endswith(".jpg")][:100]
        files = [(name, archive.read(paths[name])) for name in names]
    *_, last = explore(ImageDataset.from_classes({"photos": files}))
    assert {(pair.first, pair.second) for pair in last.duplicates} == {(0, 1)}
