"""What the columns of a table are called, and which of them hold texts and labels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

TEXT_NAMES = (
    *("text", "review", "content", "body", "message", "comment", "sentence", "document"),
    *("description", "post", "tweet"),
)
LABEL_NAMES = (
    *("label", "class", "category", "sentiment", "target", "topic", "group", "rating"),
    *("stars", "tag", "genre"),
)
_ROWS_LOOKED_AT = 200
_LOOKED_AT = 10_000  # letters of a cell
_LONGEST_NAME = 60
_MOST_LABELS = 200
_BETWEEN_WORDS = re.compile(r"[^\W\d_][^\w\s]*\s+[^\w\s]*[^\W\d_]")
_THAI = "\N{THAI CHARACTER KO KAI}"  # here and behind are the scripts without spaces
_SHORTER = 3  # a name has a third of the letters of a usual text below it, at most


def has_names(frame: pd.DataFrame) -> bool:
    """Whether the first row of a table, all strings, is made of names and not of values."""
    first = [cell.strip() for cell in frame.iloc[0]]
    if any(len(cell) > _LONGEST_NAME or _is_number(cell) for cell in first) or not any(first):
        return False
    if any(_is_among(cell, TEXT_NAMES) or _is_among(cell, LABEL_NAMES) for cell in first):
        return True
    below = frame.iloc[1 : _ROWS_LOOKED_AT + 1]
    if any(len(below) and below[name].map(_is_number).all() for name in frame.columns):
        return True
    lengths = _median_lengths(below)
    longest = max(range(len(first)), key=lengths.__getitem__)
    return len(first[longest]) * _SHORTER < lengths[longest]


def are_usual_names(cells: Sequence[str]) -> bool:
    """Whether all of them are short, and one of them is usual for texts or labels."""
    cells = [cell.strip().strip('"') for cell in cells]
    return all(0 < len(cell) <= _LONGEST_NAME and not _is_number(cell) for cell in cells) and any(
        cell.lower() in (*TEXT_NAMES, *LABEL_NAMES) for cell in cells
    )


def names_of(cells: Sequence[str]) -> list[str]:
    """Different names for columns, from what stands in the first row."""
    names: list[str] = []
    for number, cell in enumerate(cells, 1):
        name = cell.strip() or f"column {number}"
        while name in names:
            name += "'"
        names.append(name)
    return names


def text_column(frame: pd.DataFrame, labels: str | None) -> str:
    """The column with a usual name for texts, or the longest ones; not the one of `labels`."""
    candidates = [name for name in frame.columns if name != labels] or list(frame.columns)
    named = [name for name in candidates if _is_among(name, TEXT_NAMES)] or candidates
    lengths = dict(zip(frame.columns, _mean_lengths(frame), strict=True))
    return max(named, key=lengths.__getitem__)


def holds_texts(cells: Sequence[str]) -> bool:
    """Whether most of those that are not empty have more than a word or a number."""
    filled = [cell for cell in cells[:_ROWS_LOOKED_AT] if cell.strip()]
    return bool(filled) and 2 * sum(map(_is_text, filled)) >= len(filled)


def label_column(frame: pd.DataFrame) -> str | None:
    """The column with a usual name for labels, or the fewest different values that repeat."""
    different = {name: frame[name].str.strip().nunique() for name in frame.columns}
    named = [name for name in frame.columns if _is_among(name, LABEL_NAMES)]
    most = min(_MOST_LABELS, len(frame) // 2)
    repeating = [name for name, count in different.items() if 2 <= count <= most]
    return min(named or repeating, key=different.__getitem__, default=None)


def _is_among(name: str, usual: Sequence[str]) -> bool:
    return any(
        word.rstrip("s") in usual or word in usual for word in re.findall("[a-z]+", name.lower())
    )


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"[-+]?[\d.,]+%?", cell.strip()) is not None


def _is_text(cell: str) -> bool:
    """Whether there is a space between letters, or the writing has no spaces between words."""
    start = cell[:_LOOKED_AT]
    return _BETWEEN_WORDS.search(start) is not None or any(
        letter.isalpha() and letter >= _THAI for letter in start
    )


def _median_lengths(frame: pd.DataFrame) -> list[float]:
    return [float(frame[name].str.len().median()) if len(frame) else 0.0 for name in frame.columns]


def _mean_lengths(frame: pd.DataFrame) -> list[float]:
    return [float(frame[name].str.len().mean()) for name in frame.columns]
