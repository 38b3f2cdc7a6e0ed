"""Photos with labels: what is read, what is left out, how they are divided and corrected."""

from __future__ import annotations

import numpy as np
import pytest

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
        pack({"pets/b/1.png": cat, "pets/a/2.png": crops[0], "c/3.png": crops[1]})
    )
    assert dataset.classes == ("a", "b", "c")
    labels = {photo.name: dataset.classes[photo.label] for photo in dataset.photos}
    assert labels == {"pets/b/1.png": "b", "pets/a/2.png": "a", "c/3.png": "c"}
    assert dataset.counts() == {"a": 1, "b": 1, "c": 1}
    assert dataset.skipped == ()


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


def test_files_of_other_kinds_are_passed_over(pack, cat):
    dataset = ImageDataset.from_zip(pack({"cats/1.png": cat, "cats/readme.txt": b"hello"}))
    assert (names(dataset), dataset.skipped) == (["cats/1.png"], ())


def test_a_class_of_which_nothing_can_be_used_is_no_class(pack, cat):
    dataset = ImageDataset.from_zip(pack({"cats/1.png": cat, "dogs/1.png": b"not a photo"}))
    assert dataset.classes == ("cats",)


@pytest.mark.parametrize("bad", ["bomb.zip", "climbing.zip", "damaged.zip", "text.jpg"])
def test_an_archive_made_to_do_harm_is_refused_as_a_whole(odd_files, bad):
    with pytest.raises(InvalidInputError, match=r"archive|bomb"):
        ImageDataset.from_zip(odd_files[bad])


def test_an_archive_without_photos_is_refused(odd_files, pack):
    with pytest.raises(InvalidInputError, match=r"photos in folders.*Received: 0 photos"):
        ImageDataset.from_zip(odd_files["letters.zip"])
    with pytest.raises(InvalidInputError, match=r"Received: 1 photos.*cats/1\.png"):
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
    with pytest.raises(InvalidInputError, match="1 classes"):
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
