"""Photos with labels: read from folders in a zip, checked, split, corrected."""

from __future__ import annotations

from dataclasses import dataclass

from core.learning.datasets import LabelledExamples
from core.learning.examples import EncodedExample
from core.media import IMAGE_LIMITS, ArchiveLimits, open_image, probe

_CHECK_PX = 64  # large JPEGs are decoded at a fraction of their size to see if they are whole


@dataclass(frozen=True, slots=True)
class LabelledPhoto(EncodedExample):
    """An encoded photo that was decoded once and is known to be whole; its size in px, upright."""

    width: int
    height: int


class ImageDataset(LabelledExamples[LabelledPhoto, bytes]):
    """Photos of named classes."""

    noun = "photos"
    expected = "photos in folders, one folder for each class"
    least_per_class = 4
    limits = ArchiveLimits(max_member=IMAGE_LIMITS.max_bytes)

    @property
    def photos(self) -> tuple[LabelledPhoto, ...]:
        """The examples."""
        return self.members

    @classmethod
    def _read(cls, name: str, content: bytes) -> LabelledPhoto:
        open_image(content, size_hint=_CHECK_PX)
        info = probe(content)
        return LabelledPhoto(name, 0, content, info.width, info.height)
