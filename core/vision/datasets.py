"""Photos with labels: read from folders in a zip, checked, split, corrected."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import NamedTuple

from core.engine import machine
from core.errors import InvalidInputError
from core.labelled import LabelledExamples, SkippedFile
from core.media import IMAGE_SUFFIXES, open_image, probe, read_zip

_CHECK_PX = 64  # large JPEGs are decoded at a fraction of their size to see if they are whole


@dataclass(frozen=True, slots=True)
class LabelledPhoto:
    """An encoded photo that was decoded once and is known to be whole.

    `label` is the position of its class in `ImageDataset.classes`; `width` and `height` are
    in pixels, upright.
    """

    name: str
    data: bytes
    label: int
    width: int
    height: int


class _File(NamedTuple):
    name: str
    label: str
    data: bytes
    error: InvalidInputError | None = None


@dataclass(frozen=True)
class ImageDataset(LabelledExamples):
    """Photos of named classes. Nothing changes one: corrections make another.

    Attributes
    ----------
    classes : tuple of str, sorted.
    photos : tuple of LabelledPhoto
    skipped : tuple of SkippedFile
    """

    examples = "photos"

    classes: tuple[str, ...]
    photos: tuple[LabelledPhoto, ...]
    skipped: tuple[SkippedFile, ...] = ()

    @classmethod
    def from_zip(cls, archive: bytes | str | os.PathLike[str]) -> ImageDataset:
        """Photos of a zip whose folders are the classes; the innermost folder counts.

        A file that cannot be used is listed in `skipped` and does not end the reading.

        Raises
        ------
        InvalidInputError
            If the archive is refused (see `core.media.read_zip`), or holds no photo in a folder.
        """
        return cls._checked(
            _File(member.name, PurePosixPath(member.name).parent.name, member.data, member.error)
            for member in read_zip(archive, suffixes=IMAGE_SUFFIXES)
        )

    @classmethod
    def from_classes(cls, files: Mapping[str, Iterable[tuple[str, bytes]]]) -> ImageDataset:
        """Photos given class by class, as file names with encoded photos.

        Raises
        ------
        InvalidInputError
            If there is no photo that can be used.
        """
        return cls._checked(
            _File(name, label, data) for label, named in files.items() for name, data in named
        )

    @classmethod
    def _checked(cls, files: Iterable[_File]) -> ImageDataset:
        found: list[tuple[_File, tuple[int, int]]] = []
        skipped: list[SkippedFile] = []
        with ThreadPoolExecutor(machine().cores) as pool:
            for file, size in pool.map(_check, files):
                if isinstance(size, InvalidInputError):
                    skipped.append(SkippedFile(file.name, str(size)))
                else:
                    found.append((file, size))
        if not found:
            example = f" {skipped[0].name}: {skipped[0].reason}" if skipped else ""
            raise InvalidInputError(
                "Expected photos in folders, one folder for each class. "
                f"Received: {len(skipped)} photos, none of which can be used.{example}"
            )
        classes = tuple(sorted({file.label for file, _ in found}))
        photos = tuple(
            LabelledPhoto(file.name, file.data, classes.index(file.label), *size)
            for file, size in found
        )
        return cls(classes, photos, tuple(skipped))

    @staticmethod
    def _content(example: LabelledPhoto) -> bytes:
        return example.data


def _check(file: _File) -> tuple[_File, tuple[int, int] | InvalidInputError]:
    """Width and height of a photo that can be decoded to its end, or what is wrong with it."""
    if file.error is not None:
        return file, file.error
    if not file.label:
        return file, InvalidInputError("It lies in no folder, so it has no class.")
    try:
        open_image(file.data, size_hint=_CHECK_PX)
        info = probe(file.data)
    except InvalidInputError as err:
        return file, err
    return file, (info.width, info.height)
