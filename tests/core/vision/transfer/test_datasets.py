"""Photos with labels: what is read, what is left out, how they are divided and corrected."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from core.errors import InvalidInputError
from core.vision.transfer.datasets import ImageDataset


@pytest.fixture
def dataset(crops) -> ImageDataset:
    """Twelve photos of `a` and eight of `b`."""
    named = [(f"{i}.png", photo) for i, photo in enumerate(crops)]
    return ImageDataset.from_classes({"a": named[:12], "b": named[12:]})


def names(dataset):
    return [photo.name for photo in dataset.photos]


def test_folders_are_classes(pack, cat, crops):
    dataset = ImageDataset.from_zip(
        pack({"pets/b/1.png": cat, "pets/a/2.png": crops[0], "pets/a/3.png": crops[1]})
    )
    assert dataset.classes == ("a", "b")
    labels = {photo.name: dataset.classes[photo.label] for photo in dataset.photos}
    assert labels == {"pets/b/1.png": "b", "pets/a/2.png": "a", "pets/a/3.png": "a"}
    assert dataset.counts() == {"a": 2, "b": 1}
    assert dataset.skipped == ()


def sessions(crops):
    """Two photos of each of two days, of cats and of dogs."""
    places = [f"{c}/{d}" for c in ("cats", "dogs") for d in ("monday", "tuesday")]
    return {f"{place}/{i}.png": crops[2 * n + i] for n, place in enumerate(places) for i in (0, 1)}


def test_folders_inside_those_of_the_classes_are_no_classes_unless_asked_for(pack, crops):
    dataset = ImageDataset.from_zip(pack(sessions(crops)))
    assert dataset.counts() == {"cats": 4, "dogs": 4}
    assert dataset.layout.levels == {0: ("cats", "dogs"), 1: ("monday", "tuesday")}
    others = dataset.read_as(level=1)
    assert others.counts() == {"monday": 4, "tuesday": 4}
    assert others.read_as(level=0) == dataset


@pytest.mark.parametrize(
    "parts", [("train", "test"), ("Training set", "val"), ("fold_1", "fold_2")]
)
def test_parts_of_a_split_are_no_classes(pack, crops, parts):
    files = {
        f"{part}/{c}/{i}.png": crops[2 * n + i]
        for n, part in enumerate(parts)
        for i, c in enumerate(("cats", "dogs"))
    }
    dataset = ImageDataset.from_zip(pack({**files, f"{parts[0]}/stray.png": crops[9]}))
    assert dataset.counts() == {"cats": 2, "dogs": 2}
    assert [(file.name, "beside" in file.reason) for file in dataset.skipped] == [
        (f"{parts[0]}/stray.png", True)
    ]
    whole = dataset.read_as(level=0)
    assert (len(whole.photos), whole.skipped) == (5, ())


def test_names_can_be_read_in_another_encoding(pack, crops):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            zipfile.ZipInfo, "_encodeFilenameFlags", lambda self: (self.filename.encode("cp866"), 0)
        )
        archive = pack({"кот/1.png": crops[0], "пёс/1.png": crops[1]})
    dataset = ImageDataset.from_zip(archive)
    assert (dataset.classes, dataset.layout.encoding) == (("кот", "пёс"), "cp866")
    western = dataset.read_as(encoding="cp437")
    assert western.classes == tuple(
        sorted(name.encode("cp866").decode("cp437") for name in dataset.classes)
    )
    assert western.read_as(encoding="cp866") == dataset
    assert ImageDataset.from_classes({"a": [("1", crops[0])]}).layout is None
    with pytest.raises(InvalidInputError, match="from a ZIP file"):
        ImageDataset.from_classes({"a": [("1", crops[0])]}).read_as(level=0)


def test_photos_keep_their_bytes_and_size(pack, cat):
    (photo,) = ImageDataset.from_zip(pack({"cats/1.png": cat})).photos
    assert (photo.data, photo.width, photo.height) == (cat, 451, 300)


def test_a_zip_can_be_a_file(tmp_path, pack, cat):
    path = tmp_path / "photos.zip"
    path.write_bytes(pack({"cats/1.png": cat}))
    assert ImageDataset.from_zip(path) == ImageDataset.from_zip(path.read_bytes())


def test_a_photo_in_no_folder_is_listed_and_left_out(pack, cat):
    dataset = ImageDataset.from_zip(pack({"loose.png": cat, "cats/1.png": cat}))
    assert names(dataset) == ["cats/1.png"]
    assert [(file.name, "no folder" in file.reason) for file in dataset.skipped] == [
        ("loose.png", True)
    ]


@pytest.mark.parametrize("bad", ["truncated.png", "text.jpg", "empty.png", "vast.png"])
def test_a_file_that_is_no_photo_is_listed_and_left_out(pack, cat, odd_files, bad):
    dataset = ImageDataset.from_zip(pack({f"cats/{bad}": odd_files[bad], "cats/good.png": cat}))
    assert names(dataset) == ["cats/good.png"]
    (skipped,) = dataset.skipped
    assert skipped.name == f"cats/{bad}" and len(skipped.reason) > 10


def test_a_photo_is_told_by_its_bytes_and_what_is_none_is_listed(pack, cat, crops):
    files = {"cats/1": cat, "dogs/2.dat": crops[0], "cats/readme.txt": b"hello", "notes.md": b"hi"}
    dataset = ImageDataset.from_zip(pack(files))
    assert dataset.counts() == {"cats": 1, "dogs": 1}
    reasons = {file.name: file.reason for file in dataset.skipped}
    assert list(reasons) == ["cats/readme.txt", "notes.md"]
    assert "got text" in reasons["cats/readme.txt"] and "no folder" in reasons["notes.md"]


def test_one_file_never_spoils_the_rest(pack, crops):
    blank = io.BytesIO()
    Image.new("RGB", (1200, 900), "white").save(blank, "BMP")
    files = {"cats/1.png": crops[0], "dogs/1.png": crops[1], "cats/blank.bmp": blank.getvalue()}
    files |= {"dogs/huge.bmp": bytes(33 << 20), "dogs/2.png": crops[2]}
    dataset = ImageDataset.from_zip(pack(files))
    assert dataset.counts() == {"cats": 2, "dogs": 2}
    (skipped,) = dataset.skipped
    assert "at most 32 MiB" in skipped.reason


def test_a_class_of_which_nothing_can_be_used_is_no_class(pack, cat):
    dataset = ImageDataset.from_zip(pack({"cats/1.png": cat, "dogs/1.png": b"not a photo"}))
    assert dataset.classes == ("cats",)


def test_what_unpacks_to_too_much_is_no_photo(odd_files):
    with pytest.raises(InvalidInputError, match="at most 32 MiB"):
        ImageDataset.from_zip(odd_files["bomb.zip"])


@pytest.mark.parametrize("bad", ["climbing.zip", "damaged.zip", "text.jpg"])
def test_an_archive_made_to_do_harm_is_refused_as_a_whole(odd_files, bad):
    with pytest.raises(InvalidInputError, match="ZIP file"):
        ImageDataset.from_zip(odd_files[bad])


def test_an_archive_without_photos_is_refused(odd_files, pack):
    with pytest.raises(InvalidInputError, match=r"photos in folders.*Received: 1 file"):
        ImageDataset.from_zip(odd_files["letters.zip"])
    with pytest.raises(InvalidInputError, match=r"Received: 1 file.*cats/1\.png"):
        ImageDataset.from_zip(pack({"cats/1.png": b"not a photo"}))


@pytest.mark.parametrize("held_out", [0.01, 0.25, 0.5, 0.99])
def test_a_split_is_disjoint_complete_and_has_every_class_on_both_sides(dataset, held_out):
    kept, held = dataset.split(held_out, seed=0)
    assert sorted([*kept, *held]) == list(range(20))
    assert set(dataset.labels[kept]) == set(dataset.labels[held]) == {0, 1}


def test_a_split_has_the_share_asked_for_in_each_class(dataset):
    _, held = dataset.split(0.25, seed=0)
    assert np.bincount(dataset.labels[held]).tolist() == [3, 2]


def test_a_split_hangs_on_the_seed_alone(dataset):
    first, again, other = (dataset.split(0.25, seed) for seed in (3, 3, 4))
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, two)
    assert set(first[1]) != set(other[1])


def test_a_split_mixes_the_classes(dataset):
    kept, _ = dataset.split(0.25, seed=0)
    assert (np.diff(dataset.labels[kept]) < 0).any()


def test_too_few_photos_cannot_be_split(crops):
    one = ImageDataset.from_classes({"a": [("1", crops[0]), ("2", crops[1])]})
    with pytest.raises(InvalidInputError, match="1 class;"):
        one.split(0.25, seed=0)
    poor = ImageDataset.from_classes(
        {"a": [("1", crops[0]), ("2", crops[1])], "lonely": [("3", crops[2])]}
    )
    with pytest.raises(InvalidInputError, match="too few photos: lonely"):
        poor.split(0.25, seed=0)


def test_photos_can_be_left_out(dataset):
    less = dataset.without({0, 19})
    assert names(less) == names(dataset)[1:19]
    assert less.counts() == {"a": 11, "b": 7}
    assert len(dataset.photos) == 20


def test_photos_can_get_another_label(dataset):
    changed = dataset.relabelled({0: "b", 19: "a"})
    assert changed.labels[[0, 19]].tolist() == [1, 0]
    np.testing.assert_array_equal(changed.labels[1:19], dataset.labels[1:19])
    assert names(changed) == names(dataset)
    assert dataset.labels[[0, 19]].tolist() == [0, 1]


def test_photos_keep_their_part_when_others_go_or_change_their_class(dataset):
    def held_names(some):
        return {some.photos[i].name for i in some.split(0.25, seed=0)[1]}

    before = held_names(dataset)
    assert all(len(before - held_names(dataset.without({i}))) <= 1 for i in range(20))
    assert len(before - held_names(dataset.relabelled({0: "b"}))) <= 2


def test_a_photo_and_its_copy_fall_into_the_same_part(crops):
    named = [(f"{i}.png", crops[i // 2]) for i in range(20)]
    twice = ImageDataset.from_classes({"a": named[:12], "b": named[12:]})
    kept, held = twice.split(0.5, seed=0)  # three of six and two of four different photos
    assert not {i // 2 for i in kept} & {i // 2 for i in held}
