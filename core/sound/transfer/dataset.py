"""Recordings with labels: from the folders of a zip, or class by class, checked and split."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from core.engine import machine
from core.learning.datasets import (
    LabelledExamples,
    LabelledFile,
    SkippedFile,
    by_class,
    checked,
    in_folders,
)
from core.media import AUDIO_LIMITS, AUDIO_SUFFIXES, ArchiveLimits, probe_audio, read_zip

_LIMITS = ArchiveLimits(max_unpacked=1 << 30, max_member=AUDIO_LIMITS.max_bytes)


@dataclass(frozen=True, slots=True)
class LabelledSound:
    """An encoded recording; `label` is the position of its class in `SoundDataset.classes`."""

    name: str
    data: bytes = field(repr=False)
    label: int


@dataclass(frozen=True)
class SoundDataset(LabelledExamples):
    """Recordings of named classes. Nothing changes one: corrections make another.

    Attributes
    ----------
    classes : tuple of str, sorted.
    sounds : tuple of LabelledSound
    skipped : tuple of SkippedFile
    """

    examples = "sounds"

    classes: tuple[str, ...]
    sounds: tuple[LabelledSound, ...]
    skipped: tuple[SkippedFile, ...] = ()

    @classmethod
    def from_zip(cls, archive: bytes | str | os.PathLike[str]) -> SoundDataset:
        """Recordings of a zip whose folders are the classes; the innermost folder counts.

        A file that cannot be used is listed in `skipped` and does not end the reading.

        Raises
        ------
        InvalidInputError
            If the archive is refused (see `core.media.read_zip`), or holds no recording in a
            folder.
        """
        return cls._checked(in_folders(read_zip(archive, suffixes=AUDIO_SUFFIXES, limits=_LIMITS)))

    @classmethod
    def from_classes(cls, files: Mapping[str, Iterable[tuple[str, bytes]]]) -> SoundDataset:
        """Recordings given class by class, as file names with encoded sounds.

        Raises
        ------
        InvalidInputError
            If there is no recording that can be used.
        """
        return cls._checked(by_class(files))

    @classmethod
    def _checked(cls, files: Iterable[LabelledFile]) -> SoundDataset:
        found, skipped = checked(files, probe_audio, threads=machine().cores, what="recordings")
        kept: dict[bytes, LabelledFile] = {}  # one that is there twice could be on both sides
        again: list[SkippedFile] = []
        for file, _ in found:
            first = kept.setdefault(file.data, file)
            if first is not file:
                reason = f"The same as {first.name}, which is labelled {first.label}."
                again.append(SkippedFile(file.name, reason))
        classes = tuple(sorted({file.label for file in kept.values()}))
        sounds = tuple(LabelledSound(f.name, f.data, classes.index(f.label)) for f in kept.values())
        return cls(classes, sounds, (*skipped, *again))

    @staticmethod
    def _content(example: LabelledSound) -> bytes:
        return example.data
