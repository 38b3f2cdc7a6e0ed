"""From any of Pillow's pixel modes to upright 8-bit RGB."""

from __future__ import annotations

import struct

import numpy as np
from PIL import ExifTags, Image

from core.errors import InvalidInputError
from core.media.image.profiles import in_srgb
from core.media.image.samples import to_8bit

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


def to_rgb(image: Image.Image, notices: list[str]) -> Image.Image:
    """The same picture in mode RGB, in the colours of sRGB; `image` itself where it is that.

    Transparency is laid on white, unless all is transparent; numeric modes are scaled as by
    `to_8bit`.

    Parameters
    ----------
    notices : list, which is told what was guessed or left out.
    """
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        image = Image.fromarray(to_8bit(np.asarray(image), notices))
    alpha = None
    if image.has_transparency_data:
        image, alpha = _without_alpha(image)
    elif image.mode not in ("L", "RGB", "CMYK", "LAB"):
        image = image.convert("L" if image.mode == "1" else "RGB")
    colors = in_srgb(image, profile, notices)
    return colors if alpha is None else _on_white(colors, alpha, notices)


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


def _without_alpha(image: Image.Image) -> tuple[Image.Image, Image.Image]:
    """A picture of mode L or RGB, and how opaque it is in mode L."""
    if image.mode == "La":  # premultiplied grey, which has no direct way to RGBA
        image = image.convert("LA")
    is_grey = image.mode in ("L", "LA")
    whole = image.convert("LA" if is_grey else "RGBA")
    return whole.convert("L" if is_grey else "RGB"), whole.getchannel("A")


def _on_white(colors: Image.Image, alpha: Image.Image, notices: list[str]) -> Image.Image:
    least, most = alpha.getextrema()
    if most == 0:  # the bytes are there and mean nothing, as in bitmaps of many programs
        notices.append("All of it is transparent: its colours are shown as if they were opaque.")
        return colors
    if least == 255:
        return colors
    notices.append("Transparent parts are shown on white.")
    page = Image.new("RGB", colors.size, _WHITE)
    page.paste(colors, mask=alpha)
    return page
