"""What a project holds: items of a kind, each with JSON about it and parts of content."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from core.errors import InvalidInputError
from core.media.source import mib

Kind = Literal[
    "photos",
    "texts",
    "sounds",
    "photo-model",
    "text-model",
    "sound-model",
    "picture",
    "settings",
    "reviews",
    "documents",
    "labels",
    "job",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
Content = bytes | Path | Iterable[bytes]
"""Bytes, the path of a file with them, or pieces of them that can be gone through twice."""

MAX_POSITION = 10_000_000
PART_NAME = r"^[\w.-]{1,64}$"
_MAX_ABOUT = 1 << 20
_MAX_NAME = 200
_MAX_LABEL = 1000


class Part(NamedTuple):
    """A content by its SHA-256, in hexadecimal, and its size."""

    digest: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Item:
    """Something in a project, as it was when it was asked for.

    Attributes
    ----------
    id : str, not to be guessed.
    kind : one of `KINDS`.
    name : what its owner calls it.
    about : what is known of it, as JSON has it.
    parts : by name, the contents that `Project.read` returns.
    created, changed : UTC.
    """

    id: str
    kind: Kind
    name: str
    about: dict[str, Any]
    parts: Mapping[str, Part]
    created: datetime
    changed: datetime

    @property
    def bytes(self) -> int:
        """Of all its contents."""
        return sum(part.bytes for part in self.parts.values())


@dataclass(frozen=True, slots=True)
class Correction:
    """Another label for an example of a data set; None excludes it.

    `tested` says that whoever made it had seen a test result.
    """

    label: str | None
    tested: bool


def clean_name(name: str, otherwise: str) -> str:
    """A name in one line that can be printed, of at most 200 characters."""
    printable = "".join(" " if _is_control(c) else c for c in name[: 4 * _MAX_NAME])
    return " ".join(printable.split())[:_MAX_NAME].strip() or otherwise


def checked_about(about: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """`about` as JSON gives it back, with its size there.

    Raises
    ------
    InvalidInputError
        If it is not JSON, or larger than 1 MiB.
    """
    try:
        text = json.dumps(dict(about), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as err:
        raise InvalidInputError("Expected what JSON can hold. Received: something else.") from err
    if len(text) > _MAX_ABOUT:
        raise InvalidInputError(
            f"Expected at most {mib(_MAX_ABOUT)} of settings and figures. Received: "
            f"{mib(len(text))}; save them as content."
        )
    return json.loads(text), len(text)


def checked_label(label: str | None) -> str | None:
    """A label that a database can hold.

    Raises
    ------
    InvalidInputError
        If it is empty, too long, or holds characters that are none.
    """
    if label is not None and (not 0 < len(label) <= _MAX_LABEL or any(map(_is_control, label))):
        raise InvalidInputError(
            f"Expected a label of 1 to {_MAX_LABEL:,} printable characters. Received: "
            f"{label[:40]!r}."
        )
    return label


def _is_control(character: str) -> bool:
    """Whether it ends a line, or is no character at all; joiners, as in emoji, are others."""
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
