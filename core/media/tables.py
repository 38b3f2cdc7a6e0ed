"""Tables of texts: CSV, Excel, Parquet or JSON, with or without names for their columns."""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.errors import InvalidInputError, UnknownNameError
from core.media import columns
from core.media.archives import read_zip
from core.media.delimited import read_delimited
from core.media.limits import TABLE_LIMITS, ArchiveLimits, TableLimits, TextLimits
from core.media.source import Source, read_source
from core.media.text import read_text

if TYPE_CHECKING:
    import pandas as pd

TABLE_SUFFIXES = frozenset(
    (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".json", ".xlsx", ".xls", ".ods", ".parquet")
)


@dataclass(frozen=True, slots=True)
class TextTable:
    """The texts of a table, and their labels if it has any.

    Attributes
    ----------
    texts : tuple of N str, as they stand in the table; some may be empty.
    labels : tuple of N str, or None
        Without spaces around them; some may be empty.
    columns : tuple of str
        Names of all columns; `"column 1"` and so on where the table has none.
    text_column, label_column : str, str or None
        Which of them were taken.
    notices : tuple of str, sentences about what was guessed, replaced or left out.
    encoding, separator : of a text file, else None.
    """

    texts: tuple[str, ...]
    labels: tuple[str, ...] | None
    columns: tuple[str, ...]
    text_column: str
    label_column: str | None
    notices: tuple[str, ...] = ()
    encoding: str | None = None
    separator: str | None = None


@dataclass(frozen=True, slots=True)
class _Cells:
    """A table as it came: strings, below names if the format has some."""

    frame: pd.DataFrame
    has_names: bool
    notices: tuple[str, ...] = ()
    encoding: str | None = None
    separator: str | None = None


def read_table(
    data: Source,
    *,
    text_column: str | None = None,
    label_column: str | None = None,
    encoding: str | None = None,
    separator: str | None = None,
    limits: TableLimits = TABLE_LIMITS,
) -> TextTable:
    """Read the texts of a table.

    CSV files with commas, semicolons, tabs or bars, workbooks (their first sheet with cells),
    Parquet, JSON lines or a list of JSON objects; or one of these in a zip.

    Parameters
    ----------
    data : bytes-like, str or PathLike
        The encoded table, or the path of its file.
    text_column, label_column : names of columns, optional
        By default the column with a usual name (`text`, `review` ...; `label`, `category` ...),
        or else the one with the longest texts, and the one with the fewest different values
        that repeat; there may be no labels.
    encoding, separator : of a text file, where somebody knows better; see `read_text` and
        `core.media.delimited.SEPARATORS`.
    limits : TableLimits

    Raises
    ------
    InvalidInputError
        No table, too large, no rows, or rows with different numbers of fields.
    UnknownNameError
        If there is no such column, encoding or separator.
    TypeError
        `data` is neither bytes nor a path.
    """
    content = read_source(data, max_bytes=limits.max_bytes, what="table")
    cells = _read(content, encoding, separator, limits)
    frame = _named(cells)
    for asked in (text_column, label_column):
        if asked is not None and asked not in frame.columns:
            raise UnknownNameError.among("column", asked, frame.columns)
    texts = text_column or columns.text_column(frame, label_column)
    labels = label_column or columns.label_column(frame.drop(columns=texts))
    return TextTable(
        texts=tuple(frame[texts]),
        labels=None if labels is None else tuple(frame[labels].str.strip()),
        columns=tuple(frame.columns),
        text_column=texts,
        label_column=labels,
        notices=cells.notices,
        encoding=cells.encoding,
        separator=cells.separator,
    )


def _read(
    content: bytes, encoding: str | None, separator: str | None, limits: TableLimits
) -> _Cells:
    if content.startswith(b"PAR1"):
        return _parquet(content, limits)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        return _workbook(content, limits)
    if content.startswith(b"PK\x03\x04"):
        if _is_workbook(content):
            return _workbook(content, limits)
        return _zipped(content, encoding, separator, limits)
    decoded = read_text(
        content, encoding=encoding, limits=TextLimits(limits.max_bytes), what="table"
    )
    text = decoded.text.strip("\n")
    notices = decoded.notices
    if text.lstrip()[:1] in ("{", "["):
        return _of_records(_json_records(text), limits, notices, decoded.encoding)
    rows, used = read_delimited(text, separator, limits)
    return _Cells(_frame(rows), False, notices, decoded.encoding, used)


def _frame(rows: Sequence[Sequence[str]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(rows, dtype=object)


def _parquet(content: bytes, limits: TableLimits) -> _Cells:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(io.BytesIO(content))
        _check_size(file.metadata.num_rows, file.metadata.num_columns, limits)
        frame: pd.DataFrame = file.read().to_pandas()
    except pa.ArrowException as err:
        raise InvalidInputError(
            "Expected a table. Received: a damaged Parquet file; write it again."
        ) from err
    names = columns.names_of([str(name) for name in frame.columns])
    return _Cells(frame.map(_cell).set_axis(names, axis="columns"), True)


def _is_workbook(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return False
    return any(name.startswith("xl/") for name in names) or {"mimetype", "content.xml"} <= names


def _workbook(content: bytes, limits: TableLimits) -> _Cells:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    except (CalamineError, OSError, ValueError) as err:
        raise InvalidInputError(
            "Expected a table. Received: a workbook that cannot be read; save it again, or as CSV."
        ) from err
    filled = {name: rows for name, rows in sheets.items() if rows}
    if not filled:
        raise InvalidInputError("Expected a table. Received: a workbook without any cells.")
    name, rows = next(iter(filled.items()))
    _check_size(len(rows), max(map(len, rows)), limits)
    others = [other for other in filled if other != name]
    notices = (f'The sheet "{name}" is read; others are not: {", ".join(others)}.',)
    return _Cells(
        _frame([[_cell(value) for value in row] for row in rows]), False, notices if others else ()
    )


def _zipped(
    content: bytes, encoding: str | None, separator: str | None, limits: TableLimits
) -> _Cells:
    """The largest table in a zip."""
    within = ArchiveLimits(max_unpacked=4 * limits.max_bytes, max_member=limits.max_bytes)
    members = [
        member
        for member in read_zip(content, limits=within, suffixes=TABLE_SUFFIXES)
        if member.error is None
    ]
    if not members:
        raise InvalidInputError(
            "Expected a table. Received: a ZIP archive without one; choose the table itself."
        )
    chosen = max(members, key=lambda member: len(member.data))
    if chosen.data.startswith(b"PK\x03\x04") and not _is_workbook(chosen.data):
        raise InvalidInputError("Expected a table. Received: a ZIP archive within another.")
    cells = _read(chosen.data, encoding, separator, limits)
    others = [member.name for member in members if member is not chosen]
    left_out = f"; others are not: {', '.join(others)}" if others else ""
    notice = f"{chosen.name} is read{left_out}."
    return _Cells(
        cells.frame, cells.has_names, (notice, *cells.notices), cells.encoding, cells.separator
    )


def _json_records(text: str) -> list[Any]:
    try:
        if text.lstrip().startswith("["):
            listed = json.loads(text)
            return listed if isinstance(listed, list) else [listed]
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        pass
    try:  # one object over several lines
        whole = json.loads(text)
    except (ValueError, RecursionError) as err:
        raise InvalidInputError(
            "Expected a table. Received: a file that looks like JSON and is none; write one "
            "object a line, or a list of objects."
        ) from err
    lists = [value for value in whole.values() if isinstance(value, list)]
    return max(lists, key=len, default=[whole])


def _of_records(
    records: Sequence[Any], limits: TableLimits, notices: tuple[str, ...], encoding: str
) -> _Cells:
    if not records or not all(isinstance(record, dict) for record in records):
        raise InvalidInputError(
            "Expected a table. Received: JSON whose rows are no objects such as "
            '{"text": "...", "label": "..."}; write it so.'
        )
    names = list(dict.fromkeys(name for record in records for name in record))
    _check_size(len(records), len(names), limits)
    rows = [[_cell(record.get(name)) for name in names] for record in records]
    named = columns.names_of(names)
    return _Cells(_frame(rows).set_axis(named, axis="columns"), True, notices, encoding)


def _cell(value: Any) -> str:
    """What stands in a cell, as a text."""
    if value is None or isinstance(value, bytes):
        return ""
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.15g}"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _check_size(rows: int, width: int, limits: TableLimits) -> None:
    if rows > limits.max_rows + 1 or width > limits.max_columns:
        raise InvalidInputError(
            f"Expected a table of at most {limits.max_rows:,} rows and {limits.max_columns} "
            "columns. Received: more than that; leave some out."
        )


def _named(cells: _Cells) -> pd.DataFrame:
    """The rows below the names, under different names."""
    frame = cells.frame
    if cells.has_names:
        names = list(frame.columns)
    elif columns.has_names(frame):
        names, frame = columns.names_of(list(frame.iloc[0])), frame.iloc[1:]
    else:
        names = columns.names_of([""] * frame.shape[1])
    if frame.empty:
        raise InvalidInputError(
            "Expected a table with a text in each row. Received: no rows below the names "
            f"{', '.join(names)[:200]!r}; add some."
        )
    return frame.set_axis(names, axis="columns")
