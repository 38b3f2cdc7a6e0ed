"""A visitor's words as names of files."""

from __future__ import annotations

import re
from pathlib import PurePath


def slug(name: str, default: str = "classifier") -> str:
    """What files are called, after the name of a data set."""
    stem = re.sub("[^a-z0-9]+", "-", PurePath(name).stem.lower()).strip("-")
    return stem or default
