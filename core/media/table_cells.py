"""The cells of a table in any format, before anything is known of its columns."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from core.errors import InvalidInputError, UnknownNameError
from core.media import columns
from core.media.archives import UNREADABLE, ArchiveMembers, read_zip
from core.media.bounded_tables import read_bounded, too_large
from core.media.delimited import read_delimited, separators_in
from core.media.limits import (
    ARCHIVE_LIMITS,
    TABLE_LIMITS,
    ArchiveLimits,
    TableLimits,
    TextLimits,
)
from core.media.source import Source
from core.media.table_process import cell
from core.media.text import read_text
from core.media.zip_directory import check_entry_count
from core.wording import counted

if TYPE_CHECKING:
    import pandas as pd

TABLE_SUFFIXES = frozenset(
    (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".json", ".xlsx", ".xls", ".ods", ".parquet")
)
UNNAMED_INDEX = re.compile(r"__index_level_\d+__")
"""Columns that pandas adds to a Parquet file."""

_MOST_TABLES = 50  # in an archive: more, and they are texts


@dataclass(frozen=True, slots=True)
class HowRead:
    """How a file is read where somebody knows better than the guess; None where nobody does.

    Attributes
    ----------
    part : the sheet of a workbook, or the table in an archive.
    encoding, separator : of a text file; see `read_text` and `core.media.delimited.SEPARATORS`.
    has_names : whether the first row names the columns.
    """

    part: str | None = None
    encoding: str | None = None
    separator: str | None = None
    has_names: bool | None = None


@dataclass(frozen=True, slots=True)
class Cells:
    """A table as it came: strings, below names if the format has some.

    Attributes
    ----------
    are_named : whether the columns of `frame` have names.
    notices : sentences about what was guessed, replaced or left out.
    encoding, separator : of a text file, else None.
    is_certain : whether the encoding is.
    separators : of a text file, those that it holds.
    parts : sheets or tables that there are, if more than one, the chosen one first.
    """

    frame: pd.DataFrame
    are_named: bool
    notices: tuple[str, ...] = ()
    encoding: str | None = None
    is_certain: bool = True
    separator: str | None = None
    separators: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()


def read_cells(content: bytes, how: HowRead, limits: TableLimits) -> Cells:
    """The cells of a table in a file.

    Raises
    ------
    InvalidInputError
        No table, or too large a one.
    UnknownNameError
        If there is no such part, encoding or separator.
    """
    if content.startswith(b"PAR1"):
        return _parquet(content, limits)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        return _workbook(content, how, limits)
    if content.startswith(b"PK\x03\x04"):
        if _is_workbook(content):
            return _workbook(content, how, limits)
        return _zipped(content, how, limits)
    decoded = read_text(
        content, encoding=how.encoding, limits=TextLimits(limits.max_bytes), what="table"
    )
    text = decoded.text.strip("\n")
    if text.lstrip()[:1] in ("{", "["):
        cells = _of_records(_json_records(text), limits)
    else:
        rows, separator = read_delimited(text, how.separator, limits)
        cells = Cells(_frame(rows), False, separator=separator, separators=separators_in(text))
    is_certain = not decoded.is_guess and not decoded.replaced
    return replace(cells, notices=decoded.notices, encoding=decoded.encoding, is_certain=is_certain)


def _frame(rows: Sequence[Sequence[str]], names: Sequence[str] | None = None) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(rows, columns=None if names is None else [*names], dtype=object)


def _parquet(content: bytes, limits: TableLimits) -> Cells:
    table = read_bounded(content, "parquet", None, limits)
    # beside the columns that pandas has added for itself
    kept = [i for i, name in enumerate(table.names or ()) if not UNNAMED_INDEX.fullmatch(name)]
    names = columns.names_of([(table.names or [])[i] for i in kept])
    return Cells(_frame([[row[i] for i in kept] for row in table.rows], names), True)


def _is_workbook(content: bytes) -> bool:
    check_entry_count(io.BytesIO(content), max_files=ARCHIVE_LIMITS.max_files)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except UNREADABLE:
        return False
    return any(name.startswith("xl/") for name in names) or {"mimetype", "content.xml"} <= names


def _workbook(content: bytes, how: HowRead, limits: TableLimits) -> Cells:
    table = read_bounded(content, "workbook", how.part, limits)
    if not table.parts:
        raise InvalidInputError("Expected a table. Received: a workbook without any cells.")
    name = _chosen(how.part, table.parts, table.parts[0], "sheet")
    return _with_parts(Cells(_frame(table.rows), False), name, table.parts, f'The sheet "{name}"')


def _zipped(content: bytes, how: HowRead, limits: TableLimits) -> Cells:
    """The largest table in an archive, or the texts in its folders."""
    members = _archive(content, limits)
    if not _are_tables(members.names):
        return _texts(members, limits)
    tables = {
        member.name: member.data
        for member in members
        if member.error is None and _suffix(member.name) in TABLE_SUFFIXES
    }
    if not tables:
        raise InvalidInputError(
            "Expected a table. Received: a ZIP file without one that can be read; choose the "
            "table itself."
        )
    largest = max(tables, key=lambda name: len(tables[name]))
    name = _chosen(how.part, list(tables), largest, "table")
    if tables[name].startswith(b"PK\x03\x04") and not _is_workbook(tables[name]):
        raise InvalidInputError("Expected a table. Received: a ZIP file within another.")
    cells = read_cells(tables[name], replace(how, part=None), limits)
    if len(tables) == 1:
        return replace(cells, notices=(f"{name} is read.", *cells.notices))
    return _with_parts(cells, name, list(tables), name)


def _texts(members: ArchiveMembers, limits: TableLimits) -> Cells:
    """A row for each text file: what is in it, and its folder."""
    rows, left_out = [], 0
    for member in members:
        try:
            if member.error is not None:
                raise member.error
            rows.append([read_text(member.data).text, PurePosixPath(member.name).parent.name])
        except InvalidInputError:
            left_out += 1
    if not rows:
        raise InvalidInputError(
            "Expected a table. Received: a ZIP file without one; choose the table itself."
        )
    _check_size(len(rows), 2, limits)
    notices = [f"Read {counted(len(rows), 'text')} from the ZIP file, labelled by folder."]
    if left_out:
        notices.append(f"Skipped {counted(left_out, 'file')} of the ZIP file: not text.")
    return Cells(_frame(rows, ["text", "label"]), True, tuple(notices))


def holds_table(archive: Source, *, limits: TableLimits = TABLE_LIMITS) -> bool:
    """Whether a ZIP file is there for the tables in it, and not for texts in folders.

    Raises
    ------
    InvalidInputError
        If the archive is refused.
    """
    return _are_tables(_archive(archive, limits).names)


def _archive(content: Source, limits: TableLimits) -> ArchiveMembers:
    return read_zip(
        content,
        limits=ArchiveLimits(max_unpacked=8 * limits.max_bytes, max_member=limits.max_bytes),
    )


def _are_tables(names: Sequence[str]) -> bool:
    if len(names) == 1:
        return _suffix(names[0]) in TABLE_SUFFIXES
    tables = [name for name in names if _suffix(name) in TABLE_SUFFIXES - {".txt"}]
    folders = {PurePosixPath(name).parent for name in names if name not in tables}
    return 0 < len(tables) <= _MOST_TABLES and len(folders) < 2


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _chosen(asked: str | None, names: Sequence[str], usual: str, kind: str) -> str:
    if asked is not None and asked not in names:
        raise UnknownNameError.among(kind, asked, names)
    return asked or usual


def _with_parts(cells: Cells, name: str, names: Sequence[str], title: str) -> Cells:
    """The cells of one of some sheets or tables, and the notice that it is only one."""
    others = [other for other in names if other != name]
    if not others:
        return cells
    notice = f"{title} is read; others are not: {', '.join(others)}."
    return replace(cells, notices=(notice, *cells.notices), parts=(name, *others))


def _json_records(text: str) -> list[Any]:
    """The rows of JSON lines, of a list of objects, or of one object in any of pandas's layouts."""
    try:
        listed = json.loads(text) if text.lstrip().startswith("[") else _json_lines(text)
        records = listed if isinstance(listed, list) else [listed]
    except (ValueError, RecursionError):
        try:  # one object over several lines
            records = [json.loads(text)]
        except (ValueError, RecursionError) as err:
            raise InvalidInputError(
                "Expected a table. Received: a file that looks like JSON and is none; write one "
                "object a line, or a list of objects."
            ) from err
    is_one = len(records) == 1 and isinstance(records[0], dict)
    return _rows_of(records[0]) if is_one else records


def _json_lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def _rows_of(whole: dict[str, Any]) -> list[Any]:
    """The rows of one object: a list in it, its columns, or itself."""
    names, rows = whole.get("columns"), whole.get("data")
    if isinstance(names, list) and isinstance(rows, list):
        if all(isinstance(name, str) for name in names) and all(
            isinstance(row, list) and len(row) == len(names) for row in rows
        ):
            return [dict(zip(names, row, strict=True)) for row in rows]
        return rows  # which are no objects, and are refused
    values = list(whole.values())
    if values and all(isinstance(value, dict) for value in values):
        if not all(key.isdecimal() for value in values for key in value):
            return values  # by the names of rows
        keys = list(dict.fromkeys(key for value in values for key in value))
        return [{name: value.get(key) for name, value in whole.items()} for key in keys]
    lists = [value for value in values if isinstance(value, list)]
    is_flat = not any(isinstance(cell, dict) for value in lists for cell in value)
    if is_flat and len(lists) == len(values) and len(set(map(len, lists))) == 1:
        return [dict(zip(whole, row, strict=True)) for row in zip(*lists, strict=True)]
    objects = [value for value in lists if value and all(isinstance(row, dict) for row in value)]
    return max(objects, key=len, default=[whole])


def _of_records(records: Sequence[Any], limits: TableLimits) -> Cells:
    if not records or not all(isinstance(record, dict) for record in records):
        raise InvalidInputError(
            "Expected a table. Received: JSON whose rows are no objects such as "
            '{"text": "...", "label": "..."}; write it so.'
        )
    names = list(dict.fromkeys(name for record in records for name in record))
    _check_size(len(records), len(names), limits)
    rows = [[cell(record.get(name)) for name in names] for record in records]
    return Cells(_frame(rows, columns.names_of(names)), True)


def _check_size(rows: int, width: int, limits: TableLimits) -> None:
    if rows > limits.max_rows + 1 or width > limits.max_columns:
        raise too_large(limits)
