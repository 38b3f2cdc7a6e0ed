"""What is named on the command line, as the inputs of a task."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from core.errors import InvalidInputError
from core.media import (
    AUDIO_SUFFIXES,
    IMAGE_SUFFIXES,
    TABLE_SUFFIXES,
    decode_text,
    plain_text,
    read_rows,
    read_table,
)
from core.tasks.task import Given, Input, Task

_SUFFIXES = {"photo": IMAGE_SUFFIXES, "sound": AUDIO_SUFFIXES}
_TABLES = TABLE_SUFFIXES - {".txt"}  # which is a text here

Read = Callable[[], dict[str, Given]]


@dataclass(frozen=True, slots=True)
class Item:
    """One of many inputs.

    Attributes
    ----------
    key : what tells it from the others; `printable`, as its cells are.
    place : where its result goes, below a folder.
    cells : what stands before its result in a table.
    read : returns its content; raises InvalidInputError.
    """

    key: str
    place: Path
    cells: Mapping[str, str]
    read: Callable[[], Any]


def items_of(each: Input, named: Iterable[str]) -> Iterator[Item]:
    """What is named, one by one: the files of folders, the rows of tables, and texts themselves."""
    for name in named:
        for path in _expanded(each, name):
            if not each.is_text:
                below = Path(path).relative_to(name) if path != name else Path(Path(path).name)
                key, below = printable(path), Path(printable(str(below)))
                yield Item(key, below, {"path": key}, partial(_read_file, path))
            elif Path(path).suffix.lower() in _TABLES and _exists(Path(path)):
                yield from _items_of_table(path)
            else:
                key = printable(path)
                cells = {"path" if _exists(Path(path)) else "text": key}
                yield Item(key, Path(Path(key).name), cells, partial(_read_text, each, path))


def printable(name: str) -> str:
    """A name as text that any file can hold: the bytes of one in no encoding as \\udcXX."""
    return name.encode("utf-8", "backslashreplace").decode()


def _items_of_table(path: str) -> Iterator[Item]:
    """The rows of a table, each with all its cells."""
    table, frame = read_rows(path)
    names, frame = list(frame.columns), frame.astype(str)
    rows = zip(table.texts, frame.itertuples(index=False, name=None), strict=True)
    for number, (text, cells) in enumerate(rows, 1):
        row = dict(zip(names, cells, strict=True))
        yield Item(f"{printable(path)}, row {number}", Path(str(number)), row, partial(str, text))


def _read_file(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as err:
        raise _unreadable(name, err) from err


def _unreadable(name: str, err: OSError) -> InvalidInputError:
    reason = "which is not there" if isinstance(err, FileNotFoundError) else err.strerror
    return InvalidInputError(f"Expected a file. Received: {name}, {reason}.")


def _read_text(each: Input, name: str) -> str:
    return str(_contents(each, name)[0])


def inputs_of(
    task: Task, named: Sequence[str | Sequence[str]], more: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, Read]]:
    """What to call each run of a task, and a function that reads its inputs.

    A task of one file runs once for each; a folder stands for the files in it. One that takes
    many takes all at once. Whatever is no file is taken for a text where the task reads texts.

    Parameters
    ----------
    named : files for each input of the task that cannot be left out.
    more : files for the others.
    """
    if not named:
        yield "", partial(_read_each, task, [], more)
    elif len(named) > 1:
        yield str(named[0]), partial(_read_each, task, named, more)
    else:
        each = next(each for each in task.inputs if not each.optional)
        files = (file for name in named[0] for file in _expanded(each, name))
        if each.takes_many:
            names = list(files)
            if not names:
                return
            name = names[0] if len(names) == 1 else ""
            yield name, partial(_read_each, task, [names], more)
        else:
            for name in files:
                yield name, partial(_read_each, task, [name], more)


def _read_each(
    task: Task, named: Sequence[str | Sequence[str]], more: Mapping[str, Sequence[str]]
) -> dict[str, Given]:
    inputs: dict[str, Given] = {}
    required = [each for each in task.inputs if not each.optional]
    optional = [each for each in task.inputs if more.get(each.name)]
    names_of = [*named, *(more[each.name] for each in optional)]
    for each, names in zip([*required, *optional], names_of, strict=True):
        files = [names] if isinstance(names, str) else names
        contents: list[Any] = [content for name in files for content in _contents(each, name)]
        inputs[each.name] = contents if each.takes_many else (contents or [""])[0]
    return inputs


def other_inputs(
    task: Task, named: Sequence[str | Sequence[str]], more: Mapping[str, Sequence[str]]
) -> dict[str, Given]:
    """All inputs of a task but the first, which stay the same where that one varies."""
    inputs = _read_each(task, [[], *named[1:]], more)
    del inputs[task.inputs[0].name]
    return inputs


def _expanded(each: Input, name: str) -> Iterator[str]:
    """The files of a folder in order, and anything else as it is."""
    path = Path(name)
    if each.kind == "archive" or not _exists(path) or not path.is_dir():
        yield name
        return
    suffixes = _SUFFIXES.get(each.kind.removesuffix("s"), TABLE_SUFFIXES)
    for folder, folders, files in os.walk(path):  # a folder at a time, however many there are
        folders.sort()
        for file in sorted(files):
            if Path(file).suffix.lower() in suffixes:
                yield str(Path(folder, file))


def _contents(each: Input, name: str) -> list[bytes] | list[str]:
    """What a file holds: bytes, a text, or the texts of a table."""
    path = Path(name)
    if each.is_text and not _exists(path):
        return [name]
    if path.is_dir():
        return [_packed(path)]
    data = _read_file(name)
    if each.kind == "archive" and path.suffix.lower() in _TABLES:
        return [_archive([(path, path.name)])]
    if not each.is_text:
        return [data]
    if path.suffix.lower() in _TABLES:
        return list(read_table(data).texts)
    return [plain_text(decode_text(data))]


def _packed(folder: Path) -> bytes:
    """The files of a folder as an archive, uncompressed."""
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return _archive((file, file.relative_to(folder).as_posix()) for file in files)


def _archive(files: Iterable[tuple[Path, str]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file, name in files:
            # by its bytes alone: a file may be older than dates in a ZIP file can be
            archive.writestr(printable(name), _read_file(str(file)))
    return buffer.getvalue()


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a text may be too long for a name
        return False
