"""Which training a set of examples is for: that of photos, texts or sounds."""

from __future__ import annotations

import os
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from core.errors import InvalidInputError
from core.media import AUDIO_SUFFIXES, IMAGE_SUFFIXES, TABLE_SUFFIXES

_KINDS = {"photos": IMAGE_SUFFIXES, "sounds": AUDIO_SUFFIXES, "texts": TABLE_SUFFIXES}


def training_kind(examples: Path) -> str:
    """`"photos"`, `"sounds"` or `"texts"`: what most files are, by their suffixes.

    Parameters
    ----------
    examples : a folder, a ZIP file, or a table of texts.

    Raises
    ------
    InvalidInputError
        If there is no file of these kinds, or no folder at all.
    """
    counts = Counter(kind for name in _names(examples) for kind in _kinds(name))
    if not counts:
        raise InvalidInputError(
            f"Expected a folder or ZIP file of photos, recordings or texts. Received: {examples}, "
            "which has none."
        )
    return counts.most_common(1)[0][0]


def _names(examples: Path) -> Iterator[str]:
    if examples.is_dir():
        for _folder, _folders, files in os.walk(examples):
            yield from files
    elif zipfile.is_zipfile(examples) and not any(_kinds(examples.name)):  # workbooks are ZIP files
        with zipfile.ZipFile(examples) as archive:
            yield from archive.namelist()
    elif examples.is_file():
        yield examples.name


def _kinds(name: str) -> Iterator[str]:
    suffix = Path(name).suffix.lower()
    yield from (kind for kind, suffixes in _KINDS.items() if suffix in suffixes)
