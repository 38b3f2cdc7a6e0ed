"""Which folders are taken for classes."""

from __future__ import annotations

import pytest

from core.learning.folders import class_folder, class_levels, class_name, likeliest_level


@pytest.mark.parametrize(
    ("paths", "classes"),
    [
        ("cats/1 dogs/1", "cats dogs"),
        ("pets/cats/1 pets/dogs/1", "cats dogs"),
        ("cats/monday/1 cats/tuesday/1 dogs/monday/1", "cats dogs"),
        ("train/cats/1 train/dogs/1 test/cats/1 test/dogs/1", "cats dogs"),
        ("data/Training_set/a/1 data/validation/a/1 data/validation/b/1", "a b"),
        ("fold1/a/1 fold2/b/1 fold10/b/1", "a b"),
        ("train/1 test/1", "test train"),
        ("cats/1", "cats"),
        ("pets/cats/1 pets/cats/2", "cats"),
        ("animals/cats/1 animals/dogs/1 plants/ivy/1", "animals plants"),
    ],
)
def test_the_outermost_folders_that_differ_are_classes_unless_they_are_parts_of_a_split(
    paths, classes
):
    levels = class_levels(paths.split())
    level = likeliest_level(levels)
    assert " ".join(levels[level]) == classes
    assert {class_folder(path, level) for path in paths.split()} <= {"", *classes.split()}


def test_there_may_be_no_folders():
    assert class_levels(["1", "2"]) == {}
    assert likeliest_level({}) == 0
    assert class_folder("1", 0) == ""


def test_twelve_hundred_classes_are_as_many():
    assert (
        len(class_levels([f"class {i:04}/{j}.jpg" for i in range(1200) for j in (0, 1)])[0]) == 1200
    )


def test_names_that_look_alike_are_one_and_capitals_tell_apart():
    assert (
        class_name("Bu\u0308cher\u00a0 neu ") == class_name("B\u00fccher neu") == "B\u00fccher neu"
    )
    assert class_name("a") != class_name("A")
