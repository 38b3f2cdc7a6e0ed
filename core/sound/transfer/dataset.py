"""Recordings with labels: from the folders of a zip, or class by class, checked and split."""

from __future__ import annotations

from dataclasses import dataclass

from core.learning.datasets import LabelledExamples
from core.learning.examples import EncodedExample
from core.media import AUDIO_LIMITS, ArchiveLimits, probe_audio


@dataclass(frozen=True, slots=True)
class LabelledSound(EncodedExample):
    """An encoded recording."""


class SoundDataset(LabelledExamples[LabelledSound, bytes]):
    """Recordings of named classes, each of them once."""

    noun = "recordings"
    expected = "recordings in folders, one folder for each class"
    limits = ArchiveLimits(max_unpacked=1 << 30, max_member=AUDIO_LIMITS.max_bytes)
    keeps_repeats = False

    @property
    def sounds(self) -> tuple[LabelledSound, ...]:
        """The examples."""
        return self.members

    @classmethod
    def _read(cls, name: str, content: bytes) -> LabelledSound:
        probe_audio(content)
        return LabelledSound(name, 0, content)
