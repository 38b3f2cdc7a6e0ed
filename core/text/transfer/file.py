"""The file of a text classifier: JSON, a list of terms and plain arrays, and a script to run it."""

from __future__ import annotations

import io
import json
import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import InvalidInputError
from core.learning.card import CARD, ModelCard
from core.learning.carried_source import carry
from core.media import ArchiveLimits, read_zip
from core.text.tfidf import TermWeights
from core.text.transfer.script import PACKAGE, READING, SCRIPT

LIMITS = ArchiveLimits(
    max_bytes=256 << 20, max_files=64, max_unpacked=512 << 20, max_member=256 << 20
)
SCRIPT_NAME = "classify_texts.py"
_FORMAT = "graft text classifier 1"
_ARRAYS = ("meaning_weights", "term_weights", "bias", "idf")
_PARTS = ("classifier.json", "terms.json", *(f"{name}.npy" for name in _ARRAYS))


def write_archive(
    classes: tuple[str, ...],
    encoder: str | None,
    terms: TermWeights | None,
    arrays: dict[str, np.ndarray],
) -> bytes:
    """A zip with everything in it; see `read_archive`."""
    arrays = {**arrays, "idf": np.empty(0, np.float32) if terms is None else terms.idf}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        about = {"format": _FORMAT, "classes": classes, "encoder": encoder}
        archive.writestr("classifier.json", json.dumps(about, indent=1))
        archive.writestr("terms.json", json.dumps(terms.terms if terms else [], indent=0))
        archive.writestr(SCRIPT_NAME, SCRIPT)
        carry(archive, READING, PACKAGE)
        for name in _ARRAYS:
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, arrays[name], allow_pickle=False)
    return buffer.getvalue()


def read_archive(
    archive: bytes,
) -> tuple[
    tuple[str, ...], str | None, TermWeights | None, dict[str, np.ndarray], ModelCard | None
]:
    """Classes, encoder, terms, arrays by name, of what `write_archive` wrote, and the card in it.

    Raises
    ------
    InvalidInputError
        If it is something else, damaged, too large, or its parts do not fit together.
    """
    try:
        parts = _members(archive)
        card = ModelCard.from_json(parts[CARD]) if CARD in parts else None
        return (*_checked(parts), card)
    except (KeyError, TypeError, ValueError, RecursionError) as err:
        reason = str(err) if isinstance(err, InvalidInputError) else "It is damaged."
        raise InvalidInputError(
            "Expected a ZIP file with a text classifier that was exported here. This one could not "
            f"be opened: {reason} Export it again."
        ) from err


def unpacked_bytes(archive: Path) -> int:
    """What the parts of an archive take once they are read."""
    with zipfile.ZipFile(archive) as opened:
        return sum(part.file_size for part in opened.infolist() if part.filename in _PARTS)


def classes_in(archive: Path) -> tuple[str, ...]:
    """The classes of what `write_archive` wrote."""
    with zipfile.ZipFile(archive) as opened:
        return tuple(map(str, json.loads(opened.read("classifier.json"))["classes"]))


def _members(archive: bytes) -> dict[str, bytes]:
    parts = {}
    for member in read_zip(archive, limits=LIMITS):
        if member.name in (*_PARTS, CARD):
            if member.error is not None:
                raise member.error
            parts[member.name] = member.data
    if missing := [name for name in _PARTS if name not in parts]:
        raise InvalidInputError(f"It holds no {' and no '.join(missing)}.")
    return parts


def _checked(
    parts: dict[str, bytes],
) -> tuple[tuple[str, ...], str | None, TermWeights | None, dict[str, np.ndarray]]:
    about, names = json.loads(parts["classifier.json"]), json.loads(parts["terms.json"])
    if not isinstance(about, dict) or about.get("format") != _FORMAT:
        raise InvalidInputError(f"It does not say that it is a {_FORMAT!r}.")
    classes, encoder = about["classes"], about["encoder"]
    for listed, least in ((classes, 2), (names, 0)):
        if not _are_names(listed) or len(listed) < least:
            raise InvalidInputError("Its classes or terms are not lists of different names.")
    if encoder is not None and not (isinstance(encoder, str) and encoder.isidentifier()):
        raise InvalidInputError(
            f"It names no encoder of the zoo: {str(encoder)[:60]!r}. A module of TF-Hub can run "
            f"code of its own, so it is not opened because a file says so; {SCRIPT_NAME} does it."
        )
    arrays = {name: _array(parts[f"{name}.npy"]) for name in _ARRAYS}
    width = len(arrays["meaning_weights"]) if encoder is not None else 0
    shapes = {
        "meaning_weights": (width, len(classes)),
        "term_weights": (len(names), len(classes)),
        "bias": (len(classes),),
        "idf": (len(names),),
    }
    for name, shape in shapes.items():
        if arrays[name].shape != shape or not np.isfinite(arrays[name]).all():
            raise InvalidInputError(f"Its {name} do not fit to its classes and terms.")
    if not width and not names:
        raise InvalidInputError("It goes neither by words nor by meaning.")
    terms = TermWeights(tuple(names), arrays.pop("idf")) if names else None
    arrays.pop("idf", None)
    return tuple(classes), encoder, terms, arrays


def _are_names(value: Any) -> bool:
    return (
        isinstance(value, list)
        and all(isinstance(name, str) and name for name in value)
        and len(set(value)) == len(value)
    )


def _array(data: bytes) -> np.ndarray:
    """An array of 32-bit numbers as large as the file says; nothing larger is made room for."""
    file = io.BytesIO(data)
    if np.lib.format.read_magic(file) != (1, 0):
        raise InvalidInputError("One of its arrays is written in an unusual way.")
    shape, by_columns, dtype = np.lib.format.read_array_header_1_0(file)
    body = data[file.tell() :]
    if dtype != np.float32 or by_columns or math.prod(shape) * 4 != len(body):
        raise InvalidInputError("One of its arrays is not one of 32-bit numbers.")
    return np.frombuffer(body, np.float32).reshape(shape)
