"""Tables of texts: a CSV file, whatever separates its columns, with or without names for them."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import InvalidInputError, UnknownNameError
from core.media import columns
from core.media.limits import TABLE_LIMITS, TableLimits, TextLimits
from core.media.source import Source
from core.media.text import decode_text

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
    """

    texts: tuple[str, ...]
    labels: tuple[str, ...] | None
    columns: tuple[str, ...]
    text_column: str
    label_column: str | None


_DELIMITERS = "\t;,|"
_NONE = "\x1f"  # "unit separator": no text holds it
_SAMPLE_CHARACTERS = 1 << 16  # below what Python's csv accepts in one field
_SAMPLE_ROWS = 200
_LEAST_SHARE = 0.8


def read_table(
    data: Source,
    *,
    text_column: str | None = None,
    label_column: str | None = None,
    limits: TableLimits = TABLE_LIMITS,
) -> TextTable:
    """Read the texts of a CSV file, separated by commas, semicolons, tabs or bars.

    Parameters
    ----------
    data : bytes-like, str or PathLike
        The encoded table, or the path of its file; see `decode_text` for encodings.
    text_column, label_column : names of columns, optional
        By default the column with a usual name (`text`, `review` ...; `label`, `category` ...),
        or else the one with the longest texts, and the one with the fewest different values
        that repeat; there may be no labels.
    limits : TableLimits

    Raises
    ------
    InvalidInputError
        No text file, too large, no rows, or rows with different numbers of fields.
    UnknownNameError
        If there is no such column.
    TypeError
        `data` is neither bytes nor a path.
    """
    decoded = decode_text(data, limits=TextLimits(limits.max_bytes), what="CSV table")
    frame = _named(_parse(decoded.strip("\n"), limits))
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
    )


def _parse(text: str, limits: TableLimits) -> pd.DataFrame:
    """All fields as strings, the first row included."""
    import pandas as pd

    delimiter = _delimiter(text)
    # tab-separated files are often written without quoting, so that a quote is only a quote
    bare = delimiter is None or (delimiter == "\t" and _is_even(text))
    try:
        frame = pd.read_csv(
            io.StringIO(text),
            sep=delimiter or _NONE,
            header=None,
            dtype=str,
            keep_default_na=False,
            nrows=limits.max_rows + 2,
            quoting=csv.QUOTE_NONE if bare else csv.QUOTE_MINIMAL,
            skipinitialspace=not bare,
        ).fillna("")
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as err:
        raise InvalidInputError(
            "Expected a CSV table with the same number of fields in each row. Received: "
            f"{str(err).strip()}; put texts that hold the separator in double quotes."
        ) from err
    if len(frame) > limits.max_rows + 1 or frame.shape[1] > limits.max_columns:
        raise InvalidInputError(
            f"Expected a CSV table of at most {limits.max_rows:,} rows and {limits.max_columns} "
            "columns. Received: more than that; leave some out."
        )
    return frame.map(_unquoted) if bare else frame


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows below the names, under different names."""
    if columns.has_names(frame):
        names, frame = columns.names_of(list(frame.iloc[0])), frame.iloc[1:]
    else:
        names = columns.names_of([""] * frame.shape[1])
    if frame.empty:
        raise InvalidInputError(
            "Expected a CSV table with a text in each row. Received: no rows below the names "
            f"{', '.join(names)[:200]!r}; add some."
        )
    return frame.set_axis(names, axis="columns")


def _delimiter(text: str) -> str | None:
    """What cuts most rows into as many fields as the first; None if nothing does."""
    sample = text[:_SAMPLE_CHARACTERS]
    if len(text) > len(sample) and "\n" in sample:
        sample = sample[: sample.rindex("\n")]
    best, most = None, _LEAST_SHARE
    for delimiter in _DELIMITERS:
        rows = csv.reader(io.StringIO(sample), delimiter=delimiter, skipinitialspace=True)
        counts = [len(row) for row, _ in zip(rows, range(_SAMPLE_ROWS), strict=False) if row]
        alike = sum(count == counts[0] for count in counts) / max(1, len(counts))
        if alike > most and counts[0] > 1:
            best, most = delimiter, alike
    return best


def _is_even(text: str) -> bool:
    """Whether all lines hold as many tabs."""
    return len({line.count("\t") for line in text.split("\n") if line}) == 1


def _unquoted(field: str) -> str:
    if len(field) > 1 and field[0] == field[-1] == '"':
        return field[1:-1].replace('""', '"')
    return field
