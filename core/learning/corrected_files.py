"""A data set with corrections as a ZIP file, in the folders that it came in."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import IO, Any

from core.learning.datasets import LabelledExamples
from core.learning.folders import class_folder

CHANGES = "changes.csv"
"""In the ZIP file: what has been corrected."""
_FIELDS = ("name", "was", "now")
_KEPT_TIME = (1980, 1, 1, 0, 0, 0)  # so that the same corrections make the same file


def write_corrected(
    file: IO[bytes],
    dataset: LabelledExamples[Any, Any],
    corrections: Mapping[int, str | None],
    *,
    suffix: str = "",
) -> None:
    """Write the examples of a data set, each in the folder of its class as it is corrected.

    What came in an archive keeps its path, but for the folder that names the class; that is called
    as for other examples of the class. What came without folders is in one for each class.

    Parameters
    ----------
    file : is written to from its beginning; it can be sought in.
    corrections : by position, the class of an example, or None for one to leave out.
    suffix : of the files of examples that have no file name of their own, such as ".txt".
    """
    with zipfile.ZipFile(file, "w") as archive:
        taken: set[str] = {CHANGES}
        for path, content in _files(dataset, corrections, suffix):
            path = _free(path, taken)
            archive.writestr(zipfile.ZipInfo(path, _KEPT_TIME), content)
        changes = zipfile.ZipInfo(CHANGES, _KEPT_TIME)
        archive.writestr(changes, changes_csv(dataset, corrections))


def write_members(
    archive: zipfile.ZipFile,
    files: Iterable[tuple[tuple[str, str], bytes]],
    *,
    suffix: str = "",
) -> None:
    """Write files by the names of their classes and their own, each once, to an open ZIP file."""
    taken: set[str] = set()
    for (label, name), content in files:
        path = _free(_with_suffix(f"{_part(label)}/{_part(name)}", suffix), taken)
        archive.writestr(zipfile.ZipInfo(path, _KEPT_TIME), content)


def changes_csv(
    dataset: LabelledExamples[Any, Any], corrections: Mapping[int, str | None]
) -> bytes:
    """The corrections as a table with the columns name, was and now; of one left out, the last is
    empty."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(_FIELDS)
    for position, name in sorted(corrections.items()):
        example = dataset.members[position]
        writer.writerow([example.name, dataset.classes[example.label], name or ""])
    return buffer.getvalue().encode("utf-8")


def _files(
    dataset: LabelledExamples[Any, Any], corrections: Mapping[int, str | None], suffix: str
) -> Iterator[tuple[str, bytes]]:
    level = None if dataset.layout is None else dataset.layout.level
    folders = {} if level is None else _folders(dataset, level)
    for position, example in enumerate(dataset.members):
        was = dataset.classes[example.label]
        name = corrections.get(position, was)
        if name is None:
            continue
        if level is None:
            path = f"{_part(name)}/{_part(example.name)}"
        elif name == was:
            path = example.name
        else:
            *outer, last = PurePosixPath(example.name).parts
            outer[level] = folders.get(name, _part(name))
            path = "/".join([*outer, last])
        yield _with_suffix(path, suffix), example.content


def _with_suffix(path: str, suffix: str) -> str:
    return path if not suffix or path.lower().endswith(suffix) else path + suffix


def _folders(dataset: LabelledExamples[Any, Any], level: int) -> dict[str, str]:
    """What the folder of each class is called in the archive, where it is first named."""
    folders: dict[str, str] = {}
    for example in dataset.members:
        name = class_folder(example.name, level)
        folders.setdefault(name, example.name.split("/")[level])
    return folders


def _part(name: str) -> str:
    """A name that is one part of a path, and leads nowhere else."""
    plain = name.replace("/", "_").replace("\\", "_").strip()
    return plain if plain.strip(".") else f"_{plain}"


def _free(path: str, taken: set[str]) -> str:
    """The path, with a number before its ending where it is taken."""
    stem, dot, ending = path.rpartition(".")
    if not dot or "/" in ending:
        stem, dot, ending = path, "", ""
    free, number = path, 2
    while free in taken:
        free, number = f"{stem} ({number}){dot}{ending}", number + 1
    taken.add(free)
    return free
