"""Rows of a table of many photos, each with what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar

from core.errors import InvalidInputError
from core.media import preview
from pages._ui import pictures
from pages._ui.inputs import NamedPhoto

T = TypeVar("T")


class PhotoRow(NamedTuple, Generic[T]):
    """A photo, a small copy as a data URL, the answer about it, and what to know of the photo."""

    photo: NamedPhoto
    thumbnail: str
    answer: T
    notices: tuple[str, ...] = ()


class UnusablePhoto(NamedTuple):
    """What a photo is called, and why it cannot be used."""

    name: str
    error: InvalidInputError


def rows_so_far(
    photos: Sequence[NamedPhoto], answers: Iterable[T | InvalidInputError], side_px: int
) -> Iterator[list[PhotoRow[T] | UnusablePhoto]]:
    """The rows so far, again and again, as the answers come."""
    rows: list[PhotoRow[T] | UnusablePhoto] = []
    for photo, answer in zip(photos, answers, strict=True):
        if isinstance(answer, InvalidInputError):
            rows.append(UnusablePhoto(photo.name, photo.error or answer))
        else:
            small, notices = preview(photo.data, side_px)
            rows.append(PhotoRow(photo, pictures.data_url(small), answer, notices))
        yield rows


def parted(
    rows: Sequence[PhotoRow[T] | UnusablePhoto],
) -> tuple[list[PhotoRow[T]], list[UnusablePhoto]]:
    """Those with an answer, and the others."""
    answered = [row for row in rows if isinstance(row, PhotoRow)]
    return answered, [row for row in rows if isinstance(row, UnusablePhoto)]
