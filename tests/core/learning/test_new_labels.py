"""Examples that were given labels: joined with a data set, and written."""

from __future__ import annotations

import io
import zipfile

import pytest

from core.learning.new_labels import labels_csv, with_new, write_by_class
from core.text.transfer.dataset import TextDataset


@pytest.fixture
def dataset(pack) -> TextDataset:
    files = {"t/sea/1.txt": b"a wave", "t/sea/2.txt": b"an anchor", "t/sky/3.txt": b"a cloud"}
    return TextDataset.from_zip(pack(files))


@pytest.fixture
def new() -> tuple:
    files = [("x/1.txt", "a gull"), ("y/1.txt", "a sail"), ("z/3.txt", "a star")]
    return TextDataset.without_labels(files).members


def test_they_come_behind_those_that_are_there_in_the_folders_of_their_classes(dataset, new):
    joined = with_new(dataset, [("sky", new[0]), ("sea", new[1]), ("sky", new[2])])
    assert joined.at(range(3)).digest == dataset.digest
    assert [one.name for one in joined.members[3:]] == [
        "t/sky/1.txt", "t/sea/1 (2).txt", "t/sky/3 (2).txt"
    ]  # fmt: skip
    assert joined.counts() == {"sea": 3, "sky": 3} and dataset.counts() == {"sea": 2, "sky": 1}
    assert joined.read_as(level=joined.layout.level).digest == joined.digest


def test_a_class_that_is_not_there_is_refused(dataset, new):
    with pytest.raises(ValueError):
        with_new(dataset, [("land", new[0])])


def test_they_are_a_table_and_a_zip_file_that_can_be_read_again(new):
    labelled = [("sky", new[0]), ("sky", new[1]), ("sea", new[2])]
    assert labels_csv(labelled).decode() == "name,class\nx/1.txt,sky\ny/1.txt,sky\nz/3.txt,sea\n"
    buffer = io.BytesIO()
    write_by_class(buffer, labelled, suffix=".txt")
    with zipfile.ZipFile(buffer) as archive:
        assert archive.namelist() == ["sky/1.txt", "sky/1 (2).txt", "sea/3.txt"]
    assert TextDataset.from_zip(buffer.getvalue()).counts() == {"sea": 1, "sky": 2}
