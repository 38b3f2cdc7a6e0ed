"""Labelled data sets as one content: an index in JSON, then every example, as it came.

Examples are not packed, and nothing is run, so thousands of photos open at once. Whoever reads a
content of a project has it checked by its digest; `check` is for what comes from elsewhere.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, overload

from core.errors import InvalidInputError
from core.learning.examples import LabelledExample, SkippedFile
from core.learning.folders import FolderLayout
from core.sound.transfer.dataset import LabelledSound, SoundDataset
from core.text.transfer.dataset import LabelledText, TextDataset
from core.vision.transfer.datasets import ImageDataset, LabelledPhoto

DatasetKind = Literal["photos", "texts", "sounds"]
Dataset = ImageDataset | TextDataset | SoundDataset

_MAGIC = b"graft examples 1\n"
_LENGTH = struct.Struct("<Q")
_ROOM = 1 << 20


@dataclass(frozen=True, slots=True)
class PackedDataset:
    """A data set as pieces of bytes, which can be gone through as often as one likes."""

    dataset: Dataset

    def __iter__(self) -> Iterator[bytes]:
        index = json.dumps(_index(self.dataset), separators=(",", ":")).encode()
        yield _MAGIC + _LENGTH.pack(len(index)) + index
        pieces, size = [], 0
        for example in (*self.dataset.members, *self.dataset.beside):
            pieces.append(example.content)
            size += len(pieces[-1])
            if size >= _ROOM:
                yield b"".join(pieces)
                pieces, size = [], 0
        yield b"".join(pieces)


def pack(dataset: Dataset) -> PackedDataset:
    """What `Project.add` takes as a content."""
    return PackedDataset(dataset)


@overload
def unpack(kind: Literal["photos"], data: bytes) -> ImageDataset: ...
@overload
def unpack(kind: Literal["texts"], data: bytes) -> TextDataset: ...
@overload
def unpack(kind: Literal["sounds"], data: bytes) -> SoundDataset: ...
@overload
def unpack(kind: DatasetKind, data: bytes) -> Dataset: ...


def unpack(kind: DatasetKind, data: bytes) -> Dataset:
    """The data set that was packed, each example taken as it is.

    Raises
    ------
    InvalidInputError
        If it is something else, damaged, or of another kind.
    """
    try:
        index, start = _read_index(data)
        if index["kind"] != kind:
            raise InvalidInputError(f"Expected {kind}. Received: {str(index['kind'])[:40]}.")
        dataset = _KINDS[kind](index, _Reader(data, start))
        digests = tuple(map(_text, index["digests"]))
        if len(digests) != len(dataset.members):
            raise InvalidInputError("It is damaged.")
        vars(dataset)["digests"] = digests  # thousands of photos are not read again for them
        return dataset
    except (KeyError, TypeError, ValueError, IndexError, RecursionError, struct.error) as err:
        reason = str(err) if isinstance(err, InvalidInputError) else "It is damaged."
        raise InvalidInputError(
            f"Expected a data set that was saved here. This one could not be opened: {reason}"
        ) from err


def check(kind: DatasetKind, data: bytes) -> None:
    """Look at every example again, as for an upload: the digest of a file of strangers says
    nothing.

    Raises
    ------
    InvalidInputError
        If the data set or an example of it cannot be used.
    """
    dataset = unpack(kind, data)
    dataset.check()
    if dataset.digests != replace(dataset).digests:  # of the copy they are computed
        raise InvalidInputError("Its examples are not what the data set says.")


def _index(dataset: Dataset) -> dict[str, Any]:
    layout = dataset.layout
    return {
        "kind": _kind(dataset),
        "classes": dataset.classes,
        "members": [_described(example) for example in dataset.members],
        "digests": dataset.digests,
        "beside": [_described(example) for example in dataset.beside],
        "skipped": [[file.name, file.reason] for file in dataset.skipped],
        "layout": layout
        and {
            "level": layout.level,
            "levels": [[level, names] for level, names in layout.levels.items()],
            "encoding": layout.encoding,
            "stored_names": {n: raw.decode("latin-1") for n, raw in layout.stored_names.items()},
        },
    }


def _kind(dataset: Dataset) -> DatasetKind:
    if isinstance(dataset, ImageDataset):
        return "photos"
    return "texts" if isinstance(dataset, TextDataset) else "sounds"


def _described(example: LabelledExample) -> list[str | int]:
    size = [example.width, example.height] if isinstance(example, LabelledPhoto) else []
    return [example.name, example.label, len(example.content), *size]


def _read_index(data: bytes) -> tuple[dict[str, Any], int]:
    """The index, and where the examples start."""
    if not data.startswith(_MAGIC):
        raise InvalidInputError("It does not say that it is one.")
    start = len(_MAGIC) + _LENGTH.size
    (length,) = _LENGTH.unpack_from(data, len(_MAGIC))
    if length > len(data) - start:
        raise InvalidInputError("It is incomplete.")
    index = json.loads(data[start : start + length])
    if not isinstance(index, dict):
        raise InvalidInputError("It is damaged.")
    return index, start + length


class _Reader:
    """Takes the examples out of the bytes, one after another, and all that are there."""

    def __init__(self, data: bytes, start: int) -> None:
        self._data, self._at = memoryview(data), start

    def __call__(self, length: Any) -> bytes:
        at, self._at = self._at, self._at + _number(length)
        if self._at > len(self._data):
            raise InvalidInputError("It is incomplete.")
        return bytes(self._data[at : self._at])

    def end(self) -> None:
        if self._at != len(self._data):
            raise InvalidInputError("It is damaged.")


def _photos(index: dict[str, Any], read: _Reader) -> ImageDataset:
    def photo(row: list[Any], classes: int) -> LabelledPhoto:
        name, label, length, width, height = row
        return LabelledPhoto(
            _text(name), _number(label, classes), read(length), _number(width), _number(height)
        )

    return ImageDataset(**_parts(index, read, photo))


def _texts(index: dict[str, Any], read: _Reader) -> TextDataset:
    def text(row: list[Any], classes: int) -> LabelledText:
        name, label, length = row
        return LabelledText(_text(name), _number(label, classes), read(length).decode())

    return TextDataset(**_parts(index, read, text))


def _sounds(index: dict[str, Any], read: _Reader) -> SoundDataset:
    def sound(row: list[Any], classes: int) -> LabelledSound:
        name, label, length = row
        return LabelledSound(_text(name), _number(label, classes), read(length))

    return SoundDataset(**_parts(index, read, sound))


_KINDS: dict[str, Callable[[dict[str, Any], _Reader], Dataset]] = {
    "photos": _photos,
    "texts": _texts,
    "sounds": _sounds,
}


def _parts(
    index: dict[str, Any], read: _Reader, example: Callable[[list[Any], int], LabelledExample]
) -> dict[str, Any]:
    """The arguments of a data set."""
    classes = tuple(map(_text, index["classes"]))
    if not classes or len(set(classes)) != len(classes):
        raise InvalidInputError("Its classes are not different names.")
    members = tuple(example(row, len(classes)) for row in index["members"])
    beside = tuple(example(row, 1) for row in index["beside"])
    read.end()
    if not members:
        raise InvalidInputError("It holds no example.")
    return {
        "classes": classes,
        "members": members,
        "skipped": tuple(SkippedFile(_text(n), _text(reason)) for n, reason in index["skipped"]),
        "layout": _layout(index["layout"]),
        "beside": beside,
    }


def _layout(about: dict[str, Any] | None) -> FolderLayout | None:
    if about is None:
        return None
    return FolderLayout(
        _number(about["level"]),
        {_number(level): tuple(map(_text, names)) for level, names in about["levels"]},
        None if about["encoding"] is None else _text(about["encoding"]),
        {name: _text(raw).encode("latin-1") for name, raw in about["stored_names"].items()},
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidInputError("It is damaged.")
    return value


def _number(value: Any, below: int = 1 << 53) -> int:
    if type(value) is not int or not 0 <= value < below:
        raise InvalidInputError("It is damaged.")
    return value


def is_packed(data: bytes) -> bool:
    """Whether a content says that it is a data set."""
    return data.startswith(_MAGIC)
