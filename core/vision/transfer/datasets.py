"""Photos with labels: read from folders in a zip, checked, split, corrected."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import PurePath

from core.learning.datasets import LabelledExamples
from core.learning.examples import EncodedExample
from core.learning.folders import class_folder
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

    def to_zip(self) -> bytes:
        """A ZIP file from which `from_zip` reads the same photos at level 0, by the same names.

        A name that does not begin with the folder of its class, or comes again, becomes a number
        in that folder.
        """
        buffer, taken = io.BytesIO(), {photo.name for photo in self.photos}
        first: set[str] = set()
        with zipfile.ZipFile(buffer, "w") as archive:  # not compressed: photos are already
            for number, photo in enumerate(self.photos):
                label, name = self.classes[photo.label], photo.name
                if class_folder(name, 0) != label or name in first:
                    numbered = PurePath(name).suffix
                    while (name := f"{label}/{number}{numbered}") in taken:
                        numbered = f"_{numbered}"
                    taken.add(name)
                first.add(name)
                archive.writestr(name, photo.data)
        return buffer.getvalue()

    @classmethod
    def _read(cls, name: str, content: bytes) -> LabelledPhoto:
        open_image(content, size_hint=_CHECK_PX)
        info = probe(content)
        return LabelledPhoto(name, 0, content, info.width, info.height)
