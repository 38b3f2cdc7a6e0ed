"""A visitor's words inside Markdown and as names of files."""

from __future__ import annotations

import re
from pathlib import PurePath

_MARKS = "\\`*_{}[]()#+-.!|~$:<>&"


def escaped(text: str) -> str:
    """The text on one line, without a meaning as Markdown."""
    return "".join(
        f"\\{letter}" if letter in _MARKS else letter for letter in " ".join(text.split())
    )


def slug(name: str, default: str = "classifier") -> str:
    """What files are called, after the name of a data set."""
    stem = re.sub("[^a-z0-9]+", "-", PurePath(name).stem.lower()).strip("-")
    return stem or default
