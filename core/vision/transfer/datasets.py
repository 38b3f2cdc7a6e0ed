"""Photos with labels: read from folders in a zip, checked, split, corrected."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.engine import machine
from core.learning.datasets import (
    LabelledExamples,
    LabelledFile,
    SkippedFile,
    by_class,
    checked,
    in_folders,
)
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
        return cls._checked(in_folders(read_zip(archive, suffixes=IMAGE_SUFFIXES)))

    @classmethod
    def from_classes(cls, files: Mapping[str, Iterable[tuple[str, bytes]]]) -> ImageDataset:
        """Photos given class by class, as file names with encoded photos.

        Raises
        ------
        InvalidInputError
            If there is no photo that can be used.
        """
        return cls._checked(by_class(files))

    @classmethod
    def _checked(cls, files: Iterable[LabelledFile]) -> ImageDataset:
        found, skipped = checked(files, _size, threads=machine().cores, what="photos")
        classes = tuple(sorted({file.label for file, _ in found}))
        photos = tuple(
            LabelledPhoto(file.name, file.data, classes.index(file.label), *size)
            for file, size in found
        )
        return cls(classes, photos, skipped)

    @staticmethod
    def _content(example: LabelledPhoto) -> bytes:
        return example.data


def _size(photo: bytes) -> tuple[int, int]:
    """Width and height of a photo that can be decoded to its end."""
    open_image(photo, size_hint=_CHECK_PX)
    info = probe(photo)
    return info.width, info.height
