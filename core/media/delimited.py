"""Tables as text: which character separates the fields, and the rows of fields."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

from core.errors import InvalidInputError, UnknownNameError
from core.media import columns
from core.media.limits import TableLimits

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
"""What may separate fields, and what that is called."""

_ORDER = "\t;,|"
_NONE = "\x1f"  # "unit separator": no text holds it
_DECLARED = re.compile(r'"?sep=([,;|\t])"?\n', re.IGNORECASE)  # Excel's hint to itself
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_SAMPLE_CHARACTERS = 1 << 16
_SAMPLE_ROWS = 200
_LEAST_SHARE = 0.8

csv.field_size_limit(1 << 26)  # of the whole process; by default a long text is refused


@dataclass(frozen=True, slots=True)
class Dialect:
    """How rows are cut into fields; `separator` is None where a row is one field."""

    separator: str | None
    is_quoted: bool = True
    escape: str | None = None


def read_delimited(
    text: str, separator: str | None, limits: TableLimits
) -> tuple[list[list[str]], str | None]:
    """The rows of a table, the first included, all of one length; and what separates fields.

    A separator at the end of each row only ends it. `sep=;` as the first line is obeyed.

    Parameters
    ----------
    separator : one of `SEPARATORS`, where somebody knows better.

    Raises
    ------
    InvalidInputError
        If rows have different numbers of fields, or there are too many rows or columns.
    UnknownNameError
        If it is no separator.
    """
    if separator is not None and separator not in SEPARATORS:
        raise UnknownNameError.among("separator", separator, SEPARATORS)
    if declared := _DECLARED.match(text):
        text, separator = text[declared.end() :], separator or declared[1]
    dialect = _dialect(text, separator)
    rows: list[list[str]] = []
    for number, row in enumerate(_fields(text, dialect), start=1):
        if row:
            rows.append(row)
        if len(rows) > limits.max_rows + 1 or len(row) > limits.max_columns:
            raise InvalidInputError(
                f"Expected a table of at most {limits.max_rows:,} rows and {limits.max_columns} "
                f"columns. Received: more than that in row {number:,}; leave some out."
            )
    return _of_one_length(rows), dialect.separator


def separators_in(text: str) -> tuple[str, ...]:
    """The `SEPARATORS` that the beginning of a text holds."""
    sample = text[:_SAMPLE_CHARACTERS]
    return tuple(separator for separator in SEPARATORS if separator in sample)


def _dialect(text: str, separator: str | None) -> Dialect:
    sample = text[:_SAMPLE_CHARACTERS]
    if len(text) > len(sample) and "\n" in sample:
        sample = sample[: sample.rindex("\n")]
    # in some programs' files a quote within quotes is escaped, in others doubled
    escape = "\\" if '\\"' in sample and '""' not in sample else None
    candidates = _ORDER if separator is None else separator
    best, most = separator, _LEAST_SHARE
    for candidate in candidates:
        rows = [
            row for row in _some(_fields(sample, Dialect(candidate, escape=escape))) if any(row)
        ]
        width = _filled(rows[0]) if rows else 0
        # the last fields of a row may be empty, or just its end
        alike = sum(width in (len(row), _filled(row)) for row in rows) / max(1, len(rows))
        if alike > most and width > 1:
            best, most = candidate, alike
    if best is None:
        _check_is_list(sample)
        return Dialect(None, is_quoted=False)
    # tab-separated files are often written without quoting, so that a quote is only a quote
    is_bare = best == "\t" and len({line.count("\t") for line in text.split("\n") if line}) == 1
    return Dialect(best, is_quoted=not is_bare, escape=escape)


def _check_is_list(sample: str) -> None:
    """A first line of several names is that of a table, and not the first of a list of texts."""
    first, _, rest = sample.partition("\n")
    for separator in _ORDER:
        names = first.split(separator)
        if rest.strip() and len(names) > 1 and columns.are_usual_names(names):
            raise InvalidInputError(
                "Expected a table with the same number of fields in each row. Received: "
                f"{len(names)} names, {', '.join(names)[:100]!r}, above rows with other numbers of "
                "fields; put texts that hold the separator in double quotes."
            )


def _fields(text: str, dialect: Dialect) -> Iterator[list[str]]:
    try:
        rows = csv.reader(
            (line.group() for line in _LINE.finditer(text)),  # StringIO takes 4 bytes a letter
            delimiter=dialect.separator or _NONE,
            quoting=csv.QUOTE_MINIMAL if dialect.is_quoted else csv.QUOTE_NONE,
            escapechar=dialect.escape if dialect.is_quoted else None,
            skipinitialspace=dialect.is_quoted,
        )
        for row in rows:
            yield row if dialect.is_quoted else [_unquoted(field) for field in row]
    except csv.Error as err:
        raise InvalidInputError(
            "Expected a table. Received: a row that cannot be cut into fields; put texts that hold "
            "the separator, quotes or line breaks in double quotes, and double the quotes in them."
        ) from err


def _some(rows: Iterator[list[str]]) -> list[list[str]]:
    return [row for row, _ in zip(rows, range(_SAMPLE_ROWS), strict=False)]


def _filled(row: list[str]) -> int:
    """Fields up to the last one that is not empty."""
    return max((i for i, field in enumerate(row, start=1) if field.strip()), default=0)


def _of_one_length(rows: list[list[str]]) -> list[list[str]]:
    """Missing fields are empty; empty ones beyond those of the first row go."""
    if not rows:
        raise InvalidInputError(
            "Expected a table with a text in each row. Received: no rows; add some."
        )
    width = max(_filled(rows[0]), 1)
    if width < len(rows[0]) and any(_filled(row) > width for row in rows):
        width = len(rows[0])  # a name is missing
    for number, row in enumerate(rows, start=1):
        if _filled(row) > width:
            raise InvalidInputError(
                "Expected a table with the same number of fields in each row. Received: "
                f"{width} in the first row and {_filled(row)} in row {number:,}; put texts that "
                "hold the separator in double quotes."
            )
    return [row[:width] + [""] * (width - len(row)) for row in rows]


def _unquoted(field: str) -> str:
    if len(field) > 1 and field[0] == field[-1] == '"':
        return field[1:-1].replace('""', '"')
    return field
