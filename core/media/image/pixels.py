"""From any of Pillow's pixel modes to upright 8-bit RGB."""

from __future__ import annotations

import struct

import numpy as np
from PIL import ExifTags, Image

from core.errors import InvalidInputError

_WHITE = (255, 255, 255)

# Where Pillow keeps EXIF, or XMP, which may hold the orientation too.
_ORIENTATION_CARRIERS = ("exif", "Raw profile type exif", "xmp", "XML:com.adobe.xmp")

# EXIF 2.32, tag 0x0112: how the stored picture lies -> what turns it upright.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def check_pixels(width: int, height: int, max_pixels: int) -> None:
    """Refuse a picture of more than `max_pixels` pixels, before its pixels are decoded."""
    if width * height > max_pixels:
        raise InvalidInputError(
            f"This picture is {width:,} x {height:,} pixels, and at most {max_pixels:,} in all "
            "are accepted; save it smaller."
        )


def to_rgb(image: Image.Image) -> Image.Image:
    """The same picture in mode RGB; `image` itself where it is that already.

    Transparency is laid on white, 16-bit samples keep their high byte, and other numeric
    modes are scaled as by `to_8bit`.
    """
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        return Image.fromarray(to_8bit(np.asarray(image))).convert("RGB")
    if image.has_transparency_data:
        return _on_white(image)
    return image if image.mode == "RGB" else image.convert("RGB")


def to_8bit(samples: np.ndarray) -> np.ndarray:
    """Scale samples to 8 bits.

    Parameters
    ----------
    samples : np.ndarray, any shape, of a real dtype
        Integers within 0..65535 count as 16-bit and keep their high byte, as Pillow does for
        16-bit colour. Floats within 0..1 are taken as 0 to 1. Anything else is stretched from
        its smallest to its largest finite value; NaN becomes 0.

    Returns
    -------
    np.ndarray, the same shape, uint8
    """
    if samples.dtype == np.uint8:
        return samples
    if samples.dtype.kind in "iu":
        low, high = float(samples.min()), float(samples.max())
        if low >= 0 and high <= 0xFFFF:
            return (samples >> 8).astype(np.uint8)
    else:
        finite = samples[np.isfinite(samples)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
        if low >= 0 and high <= 1:
            low, high = 0.0, 1.0
    with np.errstate(over="ignore"):  # what overflows is clipped below
        scaled = samples.astype(np.float32)
        scaled -= low
        scaled *= 255 / ((high - low) or 1)
    np.nan_to_num(scaled, copy=False)
    return np.rint(np.clip(scaled, 0, 255, out=scaled), out=scaled).astype(np.uint8)


def orientation(image: Image.Image) -> int:
    """How a picture lies, 1..8 as in EXIF; 1 (upright) where it does not say."""
    if image.format == "TIFF":  # Pillow turns these itself
        return 1
    if not any(key in image.info for key in _ORIENTATION_CARRIERS):
        return 1
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except (OSError, SyntaxError, ValueError, LookupError, TypeError, struct.error):
        return 1  # damaged metadata do not make a damaged picture
    return value if value in _TURNS else 1


def upright(image: Image.Image, how: int) -> Image.Image:
    """Turn a picture that lies as EXIF's orientation `how` (1..8) says."""
    return image.transpose(_TURNS[how]) if how in _TURNS else image


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode == "La":  # premultiplied grey, which has no direct way to RGBA
        image = image.convert("LA")
    rgba = image if image.mode == "RGBA" else image.convert("RGBA")
    page = Image.new("RGB", rgba.size, _WHITE)
    page.paste(rgba, mask=rgba)
    return page
