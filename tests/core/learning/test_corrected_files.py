"""A data set with corrections as a ZIP file: read again, it is the corrected one."""

from __future__ import annotations

import io
import zipfile

import pytest

from core.learning.corrected_files import CHANGES, changes_csv, write_corrected
from core.text.transfer.dataset import TextDataset

FILES = {
    "set/train/Red roses/a.txt": b"a rose",
    "set/train/Red roses/b.txt": b"another rose",
    "set/test/tulips/a.txt": b"a tulip",
    "set/test/tulips/c.txt": b"a tulip again",
    "set/train/tulips/a.txt": b"one more tulip",
}


def written(dataset, corrections, **more) -> bytes:
    file = io.BytesIO()
    write_corrected(file, dataset, corrections, **more)
    return file.getvalue()


def labelled(dataset) -> dict[str, str]:
    return {one.text: dataset.classes[one.label] for one in dataset.members}


@pytest.fixture
def texts(pack):
    return TextDataset.from_zip(pack(FILES)).read_as(level=2)


def test_what_was_read_again_is_the_corrected_set_in_the_same_folders(texts):
    place = {one.text: i for i, one in enumerate(texts.members)}
    corrections = {
        place["a tulip"]: "Red roses",
        place["one more tulip"]: "Red roses",
        place["another rose"]: None,
    }
    archive = written(texts, corrections)
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        names = opened.namelist()
        assert opened.read(CHANGES) == changes_csv(texts, corrections)
    assert sorted(names) == [
        CHANGES,
        "set/test/Red roses/a.txt",
        "set/test/tulips/c.txt",
        "set/train/Red roses/a (2).txt",
        "set/train/Red roses/a.txt",
    ]
    assert labelled(TextDataset.from_zip(archive).read_as(level=2)) == {
        "a rose": "Red roses",
        "a tulip": "Red roses",
        "one more tulip": "Red roses",
        "a tulip again": "tulips",
    }
    assert archive == written(texts, corrections)


def test_the_list_of_changes_names_what_was_and_what_is_now(texts):
    (place,) = (i for i, one in enumerate(texts.members) if one.text == "a rose")
    assert changes_csv(texts, {place: None}).decode().splitlines() == [
        "name,was,now",
        "set/train/Red roses/a.txt,Red roses,",
    ]


def test_examples_without_files_lie_in_a_folder_of_their_class_and_nowhere_else():
    texts = TextDataset.from_classes({"../a": [("row 1", "x one")], "b": [("row 1", "y two")]})
    corrections = {i: "b" for i, one in enumerate(texts.members) if one.text == "x one"}
    with zipfile.ZipFile(io.BytesIO(written(texts, {}, suffix=".txt"))) as archive:
        assert sorted(archive.namelist()) == [".._a/row 1.txt", "b/row 1.txt", CHANGES]
    with zipfile.ZipFile(io.BytesIO(written(texts, corrections, suffix=".txt"))) as archive:
        assert sorted(archive.namelist()) == ["b/row 1 (2).txt", "b/row 1.txt", CHANGES]
