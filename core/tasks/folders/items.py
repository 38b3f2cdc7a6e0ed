"""What a task works on, one by one: files of folders and buckets, rows of tables, texts."""

from __future__ import annotations

import os
import stat
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.errors import InvalidInputError
from core.media import (
    ARCHIVE_LIMITS,
    AUDIO_LIMITS,
    AUDIO_SUFFIXES,
    IMAGE_LIMITS,
    IMAGE_SUFFIXES,
    TABLE_LIMITS,
    TABLE_SUFFIXES,
    TEXT_LIMITS,
    decode_text,
    plain_text,
    read_rows,
)
from core.media.parquet_rows import ParquetRows
from core.tasks.folders.buckets import (
    files_of_bucket,
    is_in_bucket,
    open_in_bucket,
    read_from_bucket,
    too_large,
)
from core.tasks.task import Input

TABLES = TABLE_SUFFIXES - {".txt"}
"""Suffixes of tables; a .txt file is a text here."""

_SUFFIXES = {"photo": IMAGE_SUFFIXES, "sound": AUDIO_SUFFIXES}


@dataclass(frozen=True, slots=True)
class Item(ABC):
    """One of many inputs; it can be pickled.

    Attributes
    ----------
    key : what tells it from the others; `printable`, as its cells are.
    place : where its result goes, below a folder.
    """

    key: str
    place: Path

    @property
    @abstractmethod
    def cells(self) -> Mapping[str, str]:
        """What stands before its result in a table."""

    @abstractmethod
    def read(self) -> Any:
        """Its content, of the kind of the task's input.

        Raises
        ------
        InvalidInputError
            If it cannot be read.
        """


@dataclass(frozen=True, slots=True)
class _File(Item):
    path: str
    max_bytes: int

    @property
    def cells(self) -> Mapping[str, str]:
        return {"path": self.key}

    def read(self) -> bytes:
        return read_file(self.path, self.max_bytes)


@dataclass(frozen=True, slots=True)
class _BrokenTable(Item):
    """A table of a folder that has no rows to be had."""

    why: str

    @property
    def cells(self) -> Mapping[str, str]:
        return {"path": self.key}

    def read(self) -> Any:
        raise InvalidInputError(self.why)


@dataclass(frozen=True, slots=True)
class _Text(Item):
    """A file, or a text itself."""

    name: str

    @property
    def cells(self) -> Mapping[str, str]:
        return {"path" if is_there(self.name) else "text": self.key}

    def read(self) -> str:
        if not is_there(self.name):
            return self.name
        return plain_text(decode_text(read_file(self.name, TEXT_LIMITS.max_bytes)))


@dataclass(frozen=True, slots=True)
class _Row(Item):
    row: Mapping[str, str]
    text: str

    @property
    def cells(self) -> Mapping[str, str]:
        return self.row

    def read(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class _RowElsewhere(Item):
    """Of a large table: it is read where it is needed."""

    path: str
    number: int

    @property
    def cells(self) -> Mapping[str, str]:
        return _rows_of(self.path)[self.number]

    def read(self) -> str:
        return self.cells[_rows_of(self.path).text_column]


def items_of(each: Input, named: Iterable[str]) -> Iterator[Item]:
    """What is named, one by one: the files of folders, the rows of tables, and texts themselves."""
    for name in named:
        for path in expanded(each, name):
            key = printable(path)
            if not each.is_text:
                below = Path(path).relative_to(name) if path != name else Path(Path(path).name)
                # a bucket takes any name
                inside = Path(*(part for part in below.parts if part != ".."))
                yield _File(key, Path(printable(str(inside))), path, _most_bytes(each))
            elif Path(path).suffix.lower() in TABLES and is_there(path):
                try:
                    yield from _items_of_table(path)
                except InvalidInputError as err:
                    if path == name:
                        raise
                    yield _BrokenTable(key, Path(Path(key).name), str(err))  # one of a folder
            else:
                yield _Text(key, Path(Path(key).name), path)


def _most_bytes(each: Input) -> int:
    """Of a file: larger ones are refused before they are read."""
    limits = {"photo": IMAGE_LIMITS.max_bytes, "sound": AUDIO_LIMITS.max_bytes}
    return limits.get(each.kind.removesuffix("s"), ARCHIVE_LIMITS.max_bytes)


def printable(name: str) -> str:
    """A name as text that any file can hold: the bytes of one in no encoding as \\udcXX."""
    return name.encode("utf-8", "backslashreplace").decode()


def expanded(each: Input, name: str) -> Iterator[str]:
    """The files of a folder or bucket in order, and anything else as it is."""
    suffixes = _SUFFIXES.get(each.kind.removesuffix("s"), TABLE_SUFFIXES)
    path = Path(name)
    if each.kind != "archive" and is_in_bucket(name):
        yield from files_of_bucket(name, suffixes)
        return
    if each.kind == "archive" or not is_there(name) or not path.is_dir():
        yield name
        return
    for folder, folders, files in os.walk(path):  # a folder at a time, however many there are
        folders.sort()
        for file in sorted(files):
            if Path(file).suffix.lower() in suffixes:
                yield str(Path(folder, file))


def is_there(name: str) -> bool:
    """Whether a file of that name can be expected, so that it is no text itself."""
    try:
        return is_in_bucket(name) or Path(name).exists()
    except OSError:  # a text may be too long for a name
        return False


def read_file(name: str, max_bytes: int | None = None) -> bytes:
    """What a file holds, in a folder or a bucket.

    Parameters
    ----------
    max_bytes : of a file that is read at all; None for any.

    Raises
    ------
    InvalidInputError
        If it is not there, is no file, is too large or cannot be read.
    BucketError
        If its bucket cannot be read.
    """
    if is_in_bucket(name):
        return read_from_bucket(name, max_bytes)
    try:
        status = os.stat(name)
        if not stat.S_ISREG(status.st_mode):  # a pipe would be waited for
            raise InvalidInputError(f"Expected a file. Received: {printable(name)}, which is none.")
        if max_bytes is not None and status.st_size > max_bytes:
            raise too_large(printable(name), status.st_size, max_bytes)
        return Path(name).read_bytes()
    except OSError as err:
        reason = "which is not there" if isinstance(err, FileNotFoundError) else err.strerror
        raise InvalidInputError(f"Expected a file. Received: {printable(name)}, {reason}.") from err


def _items_of_table(path: str) -> Iterator[Item]:
    """The rows of a table, each with all its cells."""
    if Path(path).suffix.lower() == ".parquet":
        _rows_of.cache_clear()  # it may be another file by now
        rows = _rows_of(path)
        if rows.count > TABLE_LIMITS.max_rows or rows.size > TABLE_LIMITS.max_bytes:
            for number in range(rows.count):
                key = _key(path, number + 1)
                yield _RowElsewhere(key, Path(str(number + 1)), path, number)
            return
    table, frame = read_rows(read_file(path) if is_in_bucket(path) else path)
    names, frame = list(frame.columns), frame.astype(str)
    cells = frame.itertuples(index=False, name=None)
    for number, (text, row) in enumerate(zip(table.texts, cells, strict=True), 1):
        named = dict(zip(names, row, strict=True))
        yield _Row(_key(path, number), Path(str(number)), named, text)


def _key(path: str, number: int) -> str:
    return f"{printable(path)}, row {number}"


@lru_cache(maxsize=2)
def _rows_of(path: str) -> ParquetRows:
    return ParquetRows(lambda: open_in_bucket(path) if is_in_bucket(path) else path, path)
