"""Tables of texts: CSV, Excel, Parquet or JSON, with or without names for their columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import InvalidInputError, UnknownNameError
from core.media import columns
from core.media.limits import TABLE_LIMITS, TableLimits
from core.media.source import Source, read_source
from core.media.table_cells import Cells, HowRead, read_cells

if TYPE_CHECKING:
    import pandas as pd


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
    is_certain : whether the encoding is.
    separators : of a text file, those that it holds.
    has_names : whether the first row was taken for names; None where the format says them.
    parts : sheets or tables that there are, if more than one, the one that was read first.
    doubt : what is there in place of texts, if `text_column` holds single words or numbers.
    """

    texts: tuple[str, ...]
    labels: tuple[str, ...] | None
    columns: tuple[str, ...]
    text_column: str
    label_column: str | None
    notices: tuple[str, ...] = ()
    encoding: str | None = None
    is_certain: bool = True
    separator: str | None = None
    separators: tuple[str, ...] = ()
    has_names: bool | None = None
    parts: tuple[str, ...] = ()
    doubt: str = ""


def read_table(
    data: Source,
    *,
    text_column: str | None = None,
    label_column: str | None = None,
    encoding: str | None = None,
    separator: str | None = None,
    has_names: bool | None = None,
    part: str | None = None,
    limits: TableLimits = TABLE_LIMITS,
) -> TextTable:
    """Read the texts of a table.

    CSV files with commas, semicolons, tabs or bars, workbooks (by default the first sheet with
    cells), Parquet, JSON lines or a list of JSON objects; or one of these in a zip (by default
    the largest). Of a zip of text files each is a row, labelled with its folder.

    Parameters
    ----------
    data : bytes-like, str or PathLike
        The encoded table, or the path of its file.
    text_column, label_column : names of columns, optional
        By default the column with a usual name (`text`, `review` ...; `label`, `category` ...),
        or else the one with the longest texts, and the one with the fewest different values
        that repeat; there may be no labels.
    encoding, separator, has_names, part : where somebody knows better; see `HowRead`.
    limits : TableLimits

    Raises
    ------
    InvalidInputError
        No table, too large, no rows, or rows with different numbers of fields.
    UnknownNameError
        If there is no such column, encoding, separator or part.
    TypeError
        `data` is neither bytes nor a path.
    """
    how = HowRead(part, encoding, separator, has_names)
    return _read(data, how, text_column, label_column, limits)[0]


def read_rows(data: Source, limits: TableLimits = TABLE_LIMITS) -> tuple[TextTable, pd.DataFrame]:
    """`read_table`, and all cells of the table: strings, a row for each text.

    Raises
    ------
    InvalidInputError
        As `read_table`.
    """
    return _read(data, HowRead(), None, None, limits)


def _read(
    data: Source,
    how: HowRead,
    text_column: str | None,
    label_column: str | None,
    limits: TableLimits,
) -> tuple[TextTable, pd.DataFrame]:
    content = read_source(data, max_bytes=limits.max_bytes, what="table")
    cells = read_cells(content, how, limits)
    frame, are_names = _named(cells, how.has_names)
    for asked in (text_column, label_column):
        if asked is not None and asked not in frame.columns:
            raise UnknownNameError.among("column", asked, frame.columns)
    texts = text_column or columns.text_column(frame, label_column)
    labels = label_column or columns.label_column(frame.drop(columns=texts))
    table = TextTable(
        texts=tuple(frame[texts]),
        labels=None if labels is None else tuple(frame[labels].str.strip()),
        columns=tuple(frame.columns),
        text_column=texts,
        label_column=labels,
        notices=cells.notices,
        encoding=cells.encoding,
        is_certain=cells.is_certain,
        separator=cells.separator,
        separators=cells.separators,
        has_names=are_names,
        parts=cells.parts,
        doubt="" if columns.holds_texts(tuple(frame[texts])) else _doubt(frame, texts),
    )
    return table, frame


def _doubt(frame: pd.DataFrame, column: str) -> str:
    cell = next((cell.strip() for cell in frame[column] if cell.strip()), "")
    what = f"single words or numbers, such as {cell[:40]!r}" if cell else "empty cells"
    other = "another column or file" if frame.shape[1] > 1 else "another file"
    return f"Expected texts in {column!r}. Received: {what}; choose {other}."


def _named(cells: Cells, has_names: bool | None) -> tuple[pd.DataFrame, bool | None]:
    """The rows below the names, under different names; whether the first row was taken for them."""
    frame = cells.frame
    are_names = None
    if cells.are_named:
        names = list(frame.columns)
    else:
        are_names = columns.has_names(frame) if has_names is None else has_names
        if are_names:
            names, frame = columns.names_of(list(frame.iloc[0])), frame.iloc[1:]
        else:
            names = columns.names_of([""] * frame.shape[1])
    if frame.empty:
        raise InvalidInputError(
            "Expected a table with a text in each row. Received: no rows below the names "
            f"{', '.join(names)[:200]!r}; add some."
        )
    return frame.set_axis(names, axis="columns"), are_names
