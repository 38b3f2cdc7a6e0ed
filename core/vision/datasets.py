"""Photos with labels: read from folders in a zip, checked, split, corrected."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import NamedTuple

import numpy as np

from core.engine import machine
from core.errors import InvalidInputError
from core.labelled import SkippedFile, split_by_content
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
class ImageDataset:
    """Photos of named classes. Nothing changes one: corrections make another.

    Attributes
    ----------
    classes : tuple of str, sorted.
    photos : tuple of LabelledPhoto
    skipped : tuple of SkippedFile
    """

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

    @property
    def labels(self) -> np.ndarray:
        """(N,) int64: the label of each photo."""
        return np.array([photo.label for photo in self.photos], np.int64)

    def counts(self) -> dict[str, int]:
        """Photos of each class."""
        numbers = np.bincount(self.labels, minlength=len(self.classes))
        return dict(zip(self.classes, numbers.tolist(), strict=True))

    def split(self, held_out: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Divide the photos in two, each class in the same proportion.

        The seed and its own bytes decide where a photo comes in the order of its class, so that
        nearly every photo keeps its part when others come, go or change their class.

        Parameters
        ----------
        held_out : float in (0, 1), the share of each class in the second part.
        seed : int

        Returns
        -------
        (n,) and (m,) int64: positions of the photos of the two parts, in random order.

        Raises
        ------
        InvalidInputError
            If there are fewer than two classes, or a class with fewer than two photos.
        """
        contents = [photo.data for photo in self.photos]
        return split_by_content(contents, self.labels, self.classes, held_out, seed, what="photos")

    def at(self, positions: Sequence[int] | np.ndarray) -> ImageDataset:
        """The data set of the photos at some positions, in that order, with all classes."""
        return replace(self, photos=tuple(self.photos[i] for i in positions))

    def without(self, positions: Collection[int]) -> ImageDataset:
        """The same data set with some photos left out."""
        kept = [photo for i, photo in enumerate(self.photos) if i not in positions]
        return replace(self, photos=tuple(kept))

    def relabelled(self, classes: Mapping[int, str]) -> ImageDataset:
        """The same data set with other classes for the photos at some positions."""
        photos = list(self.photos)
        for position, name in classes.items():
            photos[position] = replace(photos[position], label=self.classes.index(name))
        return replace(self, photos=tuple(photos))


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
