"""Photos of a few classes as a camera takes them, with their features, kept in a session."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from core.errors import InvalidInputError
from core.memory.held import room_for
from core.vision.transfer.early_features import EarlyFeatures

CLASSES = range(2, 7)
MOST_PHOTOS = 150
"""Of each class: some 9 MB, and their features take seconds."""
_AT_FIRST = 4


class CameraPhoto(NamedTuple):
    """An encoded photo and a number that no other photo of the session has."""

    number: int
    data: bytes


@dataclass(slots=True)
class CameraClass:
    """A class with its photos, in the order in which they were taken."""

    number: int
    name: str
    photos: list[CameraPhoto] = field(default_factory=list)


class CameraClasses:
    """The classes of a session.

    Parameters
    ----------
    photos : encoded, of each class; without any, there are four classes without photos.

    Attributes
    ----------
    features : of the photos, computed as they come.
    """

    def __init__(self, photos: Mapping[str, Sequence[bytes]] | None = None) -> None:
        names = photos or {f"Class {number}": () for number in range(1, _AT_FIRST + 1)}
        self.features = EarlyFeatures()
        self._numbers = itertools.count(1)
        self._classes = {
            number: CameraClass(
                number, name, [CameraPhoto(next(self._numbers), data) for data in taken]
            )
            for number, (name, taken) in enumerate(names.items(), start=1)
        }

    def __iter__(self) -> Iterator[CameraClass]:
        return iter([*self._classes.values()])

    def __len__(self) -> int:
        return len(self._classes)

    def files(self) -> dict[str, list[tuple[str, bytes]]]:
        """Named photos of each class that has some, as a data set takes them.

        Raises
        ------
        InvalidInputError
            If two classes have the same name.
        """
        files: dict[str, list[tuple[str, bytes]]] = {}
        for each in self:
            if each.name in files:
                raise InvalidInputError(
                    f"Expected a different name for each class. Received: {each.name!r} twice."
                )
            files[each.name] = [
                (f"{each.name}/photo {photo.number}.jpg", photo.data) for photo in each.photos
            ]
        return {name: photos for name, photos in files.items() if photos}

    def mark(self) -> Hashable:
        """Tells what `files` returns from what it returned before."""
        return tuple((each.name, tuple(p.number for p in each.photos)) for each in self)

    def compute_features(self) -> None:
        """Have those computed that were not asked for yet."""
        for each in self:
            for photo in each.photos:
                self.features.add(photo.data)

    def add(self, number: int, data: bytes) -> None:
        """Keep a photo, unless its class has gone, is full or has it already.

        Raises
        ------
        MemoryBudgetError
            If there is no room for it in the memory that all share.
        """
        of = self._classes.get(number)
        if of is None or len(of.photos) >= MOST_PHOTOS or data in {p.data for p in of.photos}:
            return
        with room_for(len(data)):
            of.photos.append(CameraPhoto(next(self._numbers), data))
        self.features.add(data)

    def remove(self, photo_number: int) -> None:
        """Remove a photo."""
        for each in self:
            each.photos = [photo for photo in each.photos if photo.number != photo_number]

    def rename(self, number: int, name: str) -> None:
        """Call a class something else; without a name, by its number."""
        self._classes[number].name = name.strip() or f"Class {number}"

    def add_class(self) -> None:
        """Add one without photos."""
        number = max(self._classes) + 1
        self._classes[number] = CameraClass(number, f"Class {number}")

    def remove_class(self, number: int) -> None:
        """Remove one with its photos."""
        self._classes.pop(number, None)
