"""Samples of other kinds than 8 bits, brought to 8 bits."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image, ImageFile

# How many bits cameras, scanners and microscopes use of samples of 16. Photoshop's 15 are written
# as 16, but a signed type has no more than 15.
_DEPTHS = (8, 10, 12, 14, 16)
_SIGNED_DEPTHS = (8, 10, 12, 14, 15, 16)
_MOST_16_BIT = 0xFFFF
# Pillow's names of 16-bit colour by the byte that it takes, and what takes the other one.
_NATIVE_OTHER = ";16B" if sys.byteorder == "little" else ";16L"
_OTHER_BYTE = {";16B": ";16L", ";16L": ";16B", ";16N": _NATIVE_OTHER}
_GREY_WITH_ALPHA = "LA;16B"  # for which RGBA takes all four bytes
_LEAST_DEEP = 64  # high byte, from which on all 16 bits are in use


def to_8bit(samples: np.ndarray, notices: list[str] | None = None) -> np.ndarray:
    """Scale samples to 8 bits, so that their levels fill the range.

    Parameters
    ----------
    samples : np.ndarray, any shape, of a real dtype
        Integers within 0..65535 count as having 8, 10, 12, 14 or 16 bits (15 in a signed type),
        the least that hold the largest, and keep the 8 highest of them. Floats within 0..1 count
        as these divided by 65,535. Anything else is stretched from its smallest to its largest
        finite value; NaN becomes 0.
    notices : list, which is told what was guessed.

    Returns
    -------
    np.ndarray, the same shape, uint8
    """
    notices = [] if notices is None else notices
    if samples.dtype == np.uint8:
        return samples
    if samples.dtype.kind == "b":
        return samples.astype(np.uint8) * np.uint8(255)
    is_float = samples.dtype.kind == "f"
    if is_float:
        finite = samples[np.isfinite(samples)]
        if finite.size < samples.size:
            notices.append("Some of its samples are no numbers, and are shown black or white.")
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    else:
        low, high = float(samples.min()), float(samples.max())
    if low >= 0 and high <= (1 if is_float else _MOST_16_BIT):
        whole = round(high * _MOST_16_BIT) if is_float else int(high)
        depth = _depth(whole, signed=samples.dtype.kind == "i", notices=notices)
        if not is_float:
            return (samples >> (depth - 8)).clip(0, 255).astype(np.uint8)
        low, high = 0.0, (1 << depth) / (_MOST_16_BIT + 1)
    else:
        notices.append(
            f"Its samples run from {low:,.6g} to {high:,.6g}: the lowest is shown black, the "
            "highest white."
        )
    with np.errstate(over="ignore"):  # what overflows is clipped below
        scaled = samples.astype(np.float32)
        scaled -= low
        scaled *= 255 / ((high - low) or 1)
    np.nan_to_num(scaled, copy=False)
    return np.rint(np.clip(scaled, 0, 255, out=scaled), out=scaled).astype(np.uint8)


def sixteen_bit_layout(image: Image.Image) -> str | None:
    """Pillow's name for how 16-bit colours lie in a file that is not loaded yet; else None."""
    if not isinstance(image, ImageFile.ImageFile) or image.mode not in ("RGB", "RGBA", "CMYK"):
        return None
    for tile in image.tile:
        name = tile.args if isinstance(tile.args, str) else (tile.args or ("",))[0]
        if isinstance(name, str) and (name == _GREY_WITH_ALPHA or name[-4:] in _OTHER_BYTE):
            return name
    return None


def with_all_bits(
    high: Image.Image, layout: str, reopened: Callable[[], Image.Image], notices: list[str]
) -> Image.Image:
    """A picture of 16-bit colours scaled by the bits that they use, where these are not all.

    Pillow keeps the high byte of each sample, which is nearly nothing of 12 bits in 16.

    Parameters
    ----------
    high : loaded by Pillow.
    layout : as from `sixteen_bit_layout`, before it was loaded.
    reopened : the same picture, not loaded.
    """
    if layout.startswith("RGBa") or high.mode == "CMYK":  # premultiplied, or inverted
        return high
    colors = np.asarray(high)[..., :3]
    other = reopened() if colors.max() < _LEAST_DEEP else None
    if not isinstance(other, ImageFile.ImageFile):
        return high
    if layout == _GREY_WITH_ALPHA:
        samples = _pairs(np.asarray(_loaded_as(other, "RGBA")))
        image_mode = "LA"
    else:
        low = np.asarray(_loaded_as(other, layout[:-4] + _OTHER_BYTE[layout[-4:]]))
        samples = np.asarray(high).astype(np.uint16) << 8 | low
        image_mode = high.mode
    is_alpha = image_mode in ("LA", "RGBA")
    most = int((samples[..., :-1] if is_alpha else samples).max())
    shift = _depth(most, signed=False, notices=notices) - 8
    scaled = (samples >> shift).clip(0, 255).astype(np.uint8)
    image = Image.fromarray(scaled)
    image.info = high.info
    return image


def _depth(most: int, *, signed: bool, notices: list[str]) -> int:
    """How many bits are in use if `most` is the largest sample."""
    depths = _SIGNED_DEPTHS if signed else _DEPTHS
    depth = next(bits for bits in depths if most < 1 << bits)
    if depth < (15 if signed else 16) and most > 0:
        notices.append(
            f"Its levels seem to have {depth} bits: the highest that these hold is shown white."
        )
    return depth


def _pairs(samples: np.ndarray) -> np.ndarray:
    """(H, W, 2) uint16 of (H, W, 4) bytes, the high ones first."""
    wide = samples.astype(np.uint16)
    return wide[..., ::2] << 8 | wide[..., 1::2]


def _loaded_as(image: ImageFile.ImageFile, layout: str) -> Image.Image:
    """Load a picture as if its samples lay otherwise."""

    def named(args: Any) -> Any:
        return layout if isinstance(args, str) else (layout, *args[1:])

    image.tile = [tile._replace(args=named(tile.args)) for tile in image.tile]
    image.load()
    return image
