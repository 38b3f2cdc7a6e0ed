"""What is known of single photos before they are compared: size, light, outlines and vector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from core.engine import on_all_cores
from core.errors import InvalidInputError
from core.media import probe
from core.vision.classification import DEFAULT_BACKBONE, embed_all
from core.vision.duplicates import THUMBNAIL_PX
from core.vision.quality import PhotoMeasures, looked_at

SQUARE_PX = 96
"""The side of the squares that thumbnails, tiles and means are made of."""
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601


@dataclass(frozen=True, slots=True, eq=False)
class PhotoLook:
    """What is known of a photo.

    Attributes
    ----------
    width, height : in pixels, upright.
    measures : of its light and sharpness.
    thumbnail : (48, 48) uint8, grey, of the largest centred square.
    vector : (D,) float32, its embedding.
    """

    width: int
    height: int
    measures: PhotoMeasures
    thumbnail: np.ndarray = field(repr=False)
    vector: np.ndarray = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class PhotoLooks:
    """The same of N photos; an array each, since there may be a million.

    Attributes
    ----------
    widths, heights : (N,) int64, in pixels.
    measures : of N photos.
    thumbnails : (N, 48, 48) uint8
    vectors : (N, D) float32
    """

    widths: np.ndarray
    heights: np.ndarray
    measures: Sequence[PhotoMeasures] = field(repr=False)
    thumbnails: np.ndarray = field(repr=False)
    vectors: np.ndarray = field(repr=False)


def look_at(photos: Sequence[bytes], *, backbone: str = DEFAULT_BACKBONE) -> tuple[PhotoLook, ...]:
    """Look at photos one by one, on all cores.

    Parameters
    ----------
    photos : encoded, at least one.
    backbone : the network that embeds them, as for `core.vision.classification.embed`.

    Raises
    ------
    InvalidInputError
        If there are none, or one cannot be used; its number is in the message.
    UnknownNameError, WeightsUnavailableError, MemoryBudgetError
        As for `core.vision.classification.embed`.
    """
    if not photos:
        raise InvalidInputError("Expected at least one photo. Received: none.")
    looks = []
    first = on_all_cores(photos, _size_measures_thumbnail)
    both = zip(first, embed_all(photos, backbone=backbone), strict=True)
    for number, (known, vector) in enumerate(both, 1):
        if isinstance(known, InvalidInputError):
            raise InvalidInputError(f"Photo {number}: {known}") from known
        if isinstance(vector, InvalidInputError):
            raise InvalidInputError(f"Photo {number}: {vector}") from vector
        looks.append(PhotoLook(*known, vector))
    return tuple(looks)


def _size_measures_thumbnail(photo: bytes) -> tuple[int, int, PhotoMeasures, np.ndarray]:
    square, measures = looked_at(photo, SQUARE_PX)
    info = probe(photo)
    return info.width, info.height, measures, rounded(thumbnail(square))


def shrunk(square: np.ndarray, side: int) -> np.ndarray:
    """(96, 96, 3) uint8 as (side, side, 3) float32; `side` divides 96."""
    block = SQUARE_PX // side
    total = np.zeros((side, side, 3), np.uint16)
    for row, column in np.ndindex(block, block):
        total += square[row::block, column::block]
    return total / np.float32(block * block)


def thumbnail(square: np.ndarray) -> np.ndarray:
    """(96, 96, 3) uint8 as (48, 48) float32, grey."""
    grey: np.ndarray = shrunk(square, THUMBNAIL_PX).dot(_LUMA)
    return grey


def rounded(pixels: np.ndarray) -> np.ndarray:
    """Pixels in 0..255 as uint8."""
    return np.rint(pixels).astype(np.uint8)
