"""Examples that somebody has given labels: as part of a data set, as a table, by class in a ZIP."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import IO, Any, TypeVar

from core.learning.corrected_files import write_members
from core.learning.datasets import LabelledExamples
from core.learning.examples import LabelledExample

DataT = TypeVar("DataT", bound=LabelledExamples[Any, Any])
Labelled = Sequence[tuple[str, LabelledExample]]
"""Examples, each with the name of its class."""


def with_new(dataset: DataT, examples: Labelled) -> DataT:
    """The data set with more examples behind its own.

    They are called as if they had come with it, in the folder of their class.

    Raises
    ------
    ValueError
        If one is of a class that the data set has not.
    """
    folders: dict[int, str] = {}
    for example in dataset.members:
        folders.setdefault(example.label, example.name.rpartition("/")[0])
    taken = {example.name for example in dataset.members}
    added = []
    for label, example in examples:
        place = dataset.classes.index(label)
        folder = folders.get(place, label)
        name = PurePosixPath(example.name).name
        name = _free(f"{folder}/{name}" if folder else name, taken)
        added.append(replace(example, name=name, label=place))
    return replace(dataset, members=(*dataset.members, *added))


def labels_csv(examples: Labelled) -> bytes:
    """A table with the columns name and class."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(("name", "class"))
    writer.writerows((example.name, label) for label, example in examples)
    return buffer.getvalue().encode()


def write_by_class(file: IO[bytes], examples: Labelled, *, suffix: str = "") -> None:
    """Write a ZIP file with a folder for each class.

    Parameters
    ----------
    file : is written to from its beginning; it can be sought in.
    suffix : of the files of examples that have no file name of their own, such as ".txt".
    """
    with zipfile.ZipFile(file, "w") as archive:
        write_members(archive, _in_folders(examples), suffix=suffix)


def _in_folders(examples: Labelled) -> Iterable[tuple[tuple[str, str], bytes]]:
    for label, example in examples:
        yield (label, PurePosixPath(example.name).name), example.content


def _free(name: str, taken: set[str]) -> str:
    """The name, with a number before its ending where it is taken."""
    path, number, free = PurePosixPath(name), 1, name
    while free in taken:
        number += 1
        free = str(path.with_name(f"{path.stem} ({number}){path.suffix}"))
    taken.add(free)
    return free
