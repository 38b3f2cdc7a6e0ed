"""Photos as arrays of floats, and back."""

from __future__ import annotations

import numpy as np
from PIL import Image

from core.errors import InvalidInputError
from core.media import Source, open_image

SMALLEST_PX = 32
LARGEST_PX = 2048


def read_picture(data: Source, size: int) -> np.ndarray:
    """(H, W, 3) float32, 0..255: an encoded photo whose longer side is made `size` px.

    Raises
    ------
    InvalidInputError
        If it is no photo, or the size is out of 32..2048.
    """
    check_size(size)
    photo = open_image(data, size_hint=None)
    share = size / max(photo.size)
    width, height = (max(SMALLEST_PX, round(share * side)) for side in photo.size)
    return np.asarray(photo.resize((width, height), Image.Resampling.LANCZOS), np.float32)


def check_size(size: int) -> None:
    """Refuse what is no size of a picture."""
    if not SMALLEST_PX <= size <= LARGEST_PX:
        raise InvalidInputError(
            f"Expected a size of {SMALLEST_PX} to {LARGEST_PX} px. Received: {size}."
        )


def resized(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """(height, width, 3) float32: a picture in another size; values may leave 0..255."""
    if picture.shape[:2] == (height, width):
        return picture
    channels = [
        np.asarray(
            Image.fromarray(np.ascontiguousarray(picture[..., c], np.float32)).resize(
                (width, height), Image.Resampling.BICUBIC
            )
        )
        for c in range(picture.shape[-1])
    ]
    return np.stack(channels, axis=-1)


def rounded(picture: np.ndarray) -> np.ndarray:
    """uint8, for eyes."""
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601


def grey(picture: np.ndarray) -> np.ndarray:
    """The luma of a picture, in all three channels."""
    return np.repeat((picture @ _LUMA)[..., None], 3, axis=-1)


def with_colors_of(picture: np.ndarray, content: np.ndarray) -> np.ndarray:
    """The luma of a picture with the chroma of another of its size."""
    return picture @ _LUMA[:, None] + content - content @ _LUMA[:, None]


def same_light(picture: np.ndarray, other: np.ndarray) -> np.ndarray:
    """A picture whose mean and spread of luma are made those of another.

    Gatys et al. (2016), https://arxiv.org/abs/1606.05897
    """
    mine, theirs = picture @ _LUMA, other @ _LUMA
    scale = theirs.std() / max(float(mine.std()), 1e-6)
    return (picture - mine.mean()) * scale + theirs.mean()


def recolored(picture: np.ndarray, other: np.ndarray) -> np.ndarray:
    """A picture whose colours have the mean and the covariance of another's.

    Gatys et al. (2016), section 4, https://arxiv.org/abs/1606.05897
    """
    mine, theirs = picture.reshape(-1, 3), other.reshape(-1, 3)
    across = _root(np.cov(theirs.T), 0.5) @ _root(np.cov(mine.T), -0.5)
    moved = (mine - mine.mean(axis=0)) @ across.T + theirs.mean(axis=0)
    return moved.reshape(picture.shape).clip(0, 255).astype(np.float32)


def _root(covariance: np.ndarray, power: float) -> np.ndarray:
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.maximum(values, 1.0) ** power) @ vectors.T
