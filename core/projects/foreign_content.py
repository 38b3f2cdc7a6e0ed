"""Contents of a project file that somebody hands over: nothing that runs code.

Digests only say that they are whole. Data sets are looked at example by example, models by what
their files may hold; whatever else there is, `core.media` judges when it is read.
"""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from core.errors import InvalidInputError
from core.media import ArchiveMember, read_zip
from core.projects import datasets
from core.projects.items import Kind
from core.sound.heads import SoundHead
from core.text.transfer.classifier import TextClassifier
from core.vision.transfer import saved
from core.vision.transfer.keras_file import LIMITS, copy_checked

_MODELS = frozenset({"photo-model", "text-model", "sound-model"})
_ZIP = b"PK\x03\x04"
_PARTS = frozenset({".json", ".npy", ".npz", ".xml", ".bin", ".h5"})
"""What of a model is kept; the scripts beside it are ours, and come with each download."""


def check(kind: Kind, data: bytes) -> None:
    """Refuse a content of an item of a kind.

    Raises
    ------
    InvalidInputError
        If it asks for code to be run, or cannot be what it should be.
    """
    if data[:1] == b"\x80" and data[-1:] == b"." and data[1:2] in b"\2\3\4\5":
        raise InvalidInputError("It holds a pickle, which can run code, so it is refused.")
    if kind == "photos" or kind == "texts" or kind == "sounds":
        if datasets.is_packed(data):
            datasets.check(kind, data)
    elif kind in _MODELS:
        _check_model(kind, data)


def without_scripts(kind: Kind, data: bytes) -> bytes:
    """The content as it is, or the archive of a model without scripts that came along."""
    if kind not in _MODELS or not data.startswith(_ZIP):
        return data
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for member in read_zip(data, limits=LIMITS):
            if PurePosixPath(member.name).suffix in _PARTS:
                archive.writestr(zipfile.ZipInfo(member.name), _whole(member))
    return buffer.getvalue()


def _check_model(kind: Kind, data: bytes) -> None:
    if not data.startswith(_ZIP):
        try:
            json.loads(data)
        except (ValueError, RecursionError) as err:
            raise InvalidInputError("It holds something that is no model.") from err
        return
    data = without_scripts(kind, data)  # and no larger than its directory says
    with tempfile.TemporaryDirectory(prefix="graft-") as scratch:
        path = Path(scratch) / "model"
        path.write_bytes(data)
        if kind == "text-model":
            TextClassifier.load(data)
        elif kind == "sound-model":
            SoundHead.from_file(path)
        elif "config.json" in read_zip(data, limits=LIMITS).names:
            copy_checked(data, path.with_name("model.keras"))
        else:
            saved.check(path)


def _whole(member: ArchiveMember) -> bytes:
    if member.error is not None:
        raise member.error
    return member.data
