"""Results of networks as pictures."""

from __future__ import annotations

import base64

import numpy as np
from PIL import Image

from core.media import open_image
from core.vision.preparation import Region

_WIDTH_PX = 720
# Dark violet over magenta and orange to pale yellow, readable on any photo and in grey too.
_STOPS = np.array(
    [[38, 12, 81], [114, 31, 129], [190, 54, 109], [241, 105, 76], [252, 180, 89], [252, 244, 163]]
)
HEAT: np.ndarray = np.stack(
    [np.interp(np.linspace(0, 5, 256), range(6), channel) for channel in _STOPS.T], axis=-1
).astype(np.uint8)
"""(256, 3) uint8: the colours of a heat map, from nothing to everything."""


def photo_array(photo: bytes, width_px: int = _WIDTH_PX) -> np.ndarray:
    """(H, W, 3) uint8: the photo, at most `width_px` wide."""
    image = open_image(photo, size_hint=width_px)
    height = max(1, round(image.height * width_px / image.width))
    if image.width > width_px:
        image = image.resize((width_px, height), Image.Resampling.LANCZOS)
    return np.asarray(image)


def overlay(
    photo: np.ndarray, values: np.ndarray, region: Region, *, strength: float = 0.75
) -> np.ndarray:
    """Lay a map over a photo: the more a place speaks for the class, the more colour.

    Parameters
    ----------
    photo : (H, W, 3) uint8
    values : (h, w) float32; the smallest, and what is not positive, gets no colour.
    region : the part of the photo that `values` covers; the rest is dimmed.
    strength : float in [0, 1], the opacity at the largest value.

    Returns
    -------
    (H, W, 3) uint8
    """
    height, width = photo.shape[:2]
    left, right = _pixels(region.left, region.right, width)
    top, bottom = _pixels(region.top, region.bottom, height)
    floor = max(0.0, float(values.min()))
    share = np.maximum(values - floor, 0) / max(float(values.max()) - floor, 1e-12)
    small = Image.fromarray((share * 255).astype(np.uint8))
    large = np.asarray(
        small.resize((right - left, bottom - top), Image.Resampling.BICUBIC), np.uint8
    )
    result = photo // 3 + 96  # unseen by the network
    inside = photo[top:bottom, left:right].astype(np.uint16)
    opacity = (large.astype(np.uint16) * round(strength * 256) // 256)[..., None]
    blended = (inside * (255 - opacity) + HEAT[large] * opacity) // 255
    result[top:bottom, left:right] = blended
    return result


def _pixels(begin: float, end: float, size: int) -> tuple[int, int]:
    """The first pixel of a share of a side, and the one behind its last: one at the least."""
    first = min(round(begin * size), size - 1)
    return first, max(round(end * size), first + 1)


def activation_grid(values: np.ndarray, *, columns: int = 8, rows: int = 4) -> np.ndarray:
    """The channels of a layer that respond most, brightest first, as one grey picture.

    Parameters
    ----------
    values : (h, w, channels) float32; each channel is scaled by its own range.

    Returns
    -------
    (H, W, 3) uint8
    """
    strongest = np.argsort(-values.max(axis=(0, 1)))[: columns * rows]
    channels = values[..., strongest]
    low, high = channels.min(axis=(0, 1)), channels.max(axis=(0, 1))
    levels = ((channels - low) / np.maximum(high - low, 1e-12) * 255).astype(np.uint8)
    side = max(64, levels.shape[0])
    tiles = [
        np.asarray(Image.fromarray(levels[..., i]).resize((side, side), Image.Resampling.BICUBIC))
        for i in range(levels.shape[-1])
    ]
    tiles += [np.zeros((side, side), np.uint8)] * (-len(tiles) % columns)
    padded = [np.pad(tile, 2, constant_values=0) for tile in tiles]
    lines = [np.hstack(padded[i : i + columns]) for i in range(0, len(padded), columns)]
    return HEAT[np.vstack(lines)]


def data_url(jpeg: bytes) -> str:
    """A JPEG for a table's image column."""
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"


def side_by_side(pictures: list[np.ndarray], *, gap_px: int = 6) -> np.ndarray:
    """(H, W, 3) uint8: pictures of one size, the left of the first beside the right of the last.

    Each shows its own vertical strip of the scene, so that the whole keeps its shape.
    """
    width = pictures[0].shape[1]
    edges = np.linspace(0, width, len(pictures) + 1).round().astype(int)
    strips = [p[:, a:b].copy() for p, a, b in zip(pictures, edges[:-1], edges[1:], strict=True)]
    for strip in strips[:-1]:
        strip[:, -gap_px:] = 255
    return np.hstack(strips)
