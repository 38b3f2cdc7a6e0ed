"""From a photo's bytes to the square of pixels that a network sees.

Exported classifiers carry this module and what it imports: nothing but Pillow and NumPy must be
needed to prepare an ordinary photo.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from core.errors import InvalidInputError
from core.media.image.decoding import open_image

_REDUCING_GAP = 3.0  # halve large photos first: by Pillow's documentation, no visible difference


@dataclass(frozen=True, slots=True)
class Region:
    """The part of a photo that a network sees, as fractions of its width and height.

    All in [0, 1], from the left and from the top.
    """

    left: float
    top: float
    right: float
    bottom: float


def centre_square(width: int, height: int) -> Region:
    """The largest centred square of a photo of `width` x `height` pixels."""
    side = min(width, height)
    x, y = (1 - side / width) / 2, (1 - side / height) / 2
    return Region(x, y, 1 - x, 1 - y)


def square_at(width: int, height: int, x: float, y: float, share: float = 1.0) -> Region:
    """A square of a photo of `width` x `height` pixels, moved inside where it would reach beyond.

    Parameters
    ----------
    x, y : float in [0, 1], its centre, from the left and from the top.
    share : float in (0, 1], its side as a share of the photo's shorter side.
    """
    side = share * min(width, height)
    half_x, half_y = side / width / 2, side / height / 2
    x, y = min(max(x, half_x), 1 - half_x), min(max(y, half_y), 1 - half_y)
    return Region(x - half_x, y - half_y, x + half_x, y + half_y)


def fit(image: Image.Image, size: int, region: Region | None = None) -> np.ndarray:
    """What a network with `size` x `size` inputs sees of an RGB image.

    Parameters
    ----------
    region : the part that it sees; None for the largest centred square.

    Returns
    -------
    (size, size, 3) uint8: that part, resampled with a bicubic filter.
    """
    if region is None:
        side = min(image.size)
        left, top = ((length - side) / 2 for length in image.size)
        box = (left, top, left + side, top + side)
    else:
        width, height = image.size
        box = (
            max(0.0, region.left * width),
            max(0.0, region.top * height),
            min(float(width), region.right * width),
            min(float(height), region.bottom * height),
        )
    return np.asarray(
        image.resize((size, size), Image.Resampling.BICUBIC, box=box, reducing_gap=_REDUCING_GAP)
    )


def opened_for(photo: bytes, size: int, region: Region | None = None) -> Image.Image:
    """A photo, decoded large enough to `fit` the region.

    Raises
    ------
    InvalidInputError
        See `core.media.open_image`; or if the region is no part of a photo.
    """
    if region is None:
        return open_image(photo, size_hint=size)
    if not (0 <= region.left < region.right <= 1 and 0 <= region.top < region.bottom <= 1):
        raise InvalidInputError(
            f"Expected a part of the photo, with edges from 0 to 1. Received: {region}."
        )
    share = max(region.right - region.left, region.bottom - region.top)
    return open_image(photo, size_hint=math.ceil(size / share))


def prepare(photo: bytes, size: int, region: Region | None = None) -> np.ndarray:
    """Decode a photo and `fit` it.

    Raises
    ------
    InvalidInputError
        As `opened_for`.
    """
    return fit(opened_for(photo, size, region), size, region)
