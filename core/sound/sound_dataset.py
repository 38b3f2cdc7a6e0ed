"""Recordings with labels: from the folders of a zip, or class by class, checked and split."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import NamedTuple

from core.engine import machine
from core.errors import InvalidInputError
from core.labelled import LabelledExamples, SkippedFile
from core.media import AUDIO_LIMITS, AUDIO_SUFFIXES, ArchiveLimits, probe_audio, read_zip

_LIMITS = ArchiveLimits(max_unpacked=1 << 30, max_member=AUDIO_LIMITS.max_bytes)


@dataclass(frozen=True, slots=True)
class LabelledSound:
    """An encoded recording; `label` is the position of its class in `SoundDataset.classes`."""

    name: str
    data: bytes = field(repr=False)
    label: int


class _File(NamedTuple):
    name: str
    label: str
    data: bytes
    error: InvalidInputError | None = None


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
        members = read_zip(archive, suffixes=AUDIO_SUFFIXES, limits=_LIMITS)
        return cls._checked(
            _File(member.name, PurePosixPath(member.name).parent.name, member.data, member.error)
            for member in members
        )

    @classmethod
    def from_classes(cls, files: Mapping[str, Iterable[tuple[str, bytes]]]) -> SoundDataset:
        """Recordings given class by class, as file names with encoded sounds.

        Raises
        ------
        InvalidInputError
            If there is no recording that can be used.
        """
        return cls._checked(
            _File(name, label, data) for label, named in files.items() for name, data in named
        )

    @classmethod
    def _checked(cls, files: Iterable[_File]) -> SoundDataset:
        found: list[_File] = []
        skipped: list[SkippedFile] = []
        with ThreadPoolExecutor(machine().cores) as pool:
            for file, objection in pool.map(_check, files):
                if objection is None:
                    found.append(file)
                else:
                    skipped.append(SkippedFile(file.name, str(objection)))
        if not found:
            example = f" {skipped[0].name}: {skipped[0].reason}" if skipped else ""
            raise InvalidInputError(
                "Expected recordings in folders, one folder for each class. "
                f"Received: {len(skipped)} recordings, none of which can be used.{example}"
            )
        classes = tuple(sorted({file.label for file in found}))
        sounds = tuple(LabelledSound(f.name, f.data, classes.index(f.label)) for f in found)
        return cls(classes, sounds, tuple(skipped))

    @staticmethod
    def _content(example: LabelledSound) -> bytes:
        return example.data


def _check(file: _File) -> tuple[_File, InvalidInputError | None]:
    """What is wrong with a recording, as far as its header says."""
    if file.error is not None:
        return file, file.error
    if not file.label:
        return file, InvalidInputError("It lies in no folder, so it has no class.")
    try:
        probe_audio(file.data)
    except InvalidInputError as err:
        return file, err
    return file, None
