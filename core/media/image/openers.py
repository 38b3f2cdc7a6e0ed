"""Which decoder opens which format, and nothing but these."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager

import numpy as np
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from core.errors import InvalidInputError
from core.media.damage import DECODER_ERRORS, damage_explained
from core.media.image import jpeg, png
from core.media.image.formats import ImageFormat
from core.media.image.pixels import check_pixels, upright
from core.media.image.samples import to_8bit

# The classes themselves, not Image.open: no other plugin of Pillow can be reached, a JPEG never
# turns into a multi-picture one, and the size is judged here and not by Image.MAX_IMAGE_PIXELS,
# a global that warns or raises.
_OPENERS: dict[ImageFormat, Callable[[io.BytesIO], Image.Image]] = {
    "WEBP": WebPImagePlugin.WebPImageFile,
    "GIF": GifImagePlugin.GifImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "AVIF": AvifImagePlugin.AvifImageFile,
}

# TIFF 6.0: tags, and some of their values
_BITS, _PHOTOMETRIC, _ORIENTATION, _PLANAR, _SAMPLE_FORMAT = 258, 262, 274, 284, 339
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB = 0, 1, 2
_SEPARATE_PLANES = 2
_SIGNED = 2
_ICC_PROFILE = 34675

# What Pillow's decoders raise on damaged files beside `DECODER_ERRORS`. Warning: where the process
# has made warnings errors.
_PILLOW_ERRORS: tuple[type[Exception], ...] = (
    *(SyntaxError, Warning, Image.DecompressionBombError, struct.error, zlib.error),
)
_ALL_ERRORS = DECODER_ERRORS + _PILLOW_ERRORS


def open_header(
    data: bytes, form: ImageFormat, *, max_pixels: int, notices: list[str]
) -> Image.Image:
    """Open a photo of a known format, undecoded but for the rare TIFF that needs tifffile.

    Parameters
    ----------
    notices : list, which is told what was guessed or left out.

    Raises
    ------
    InvalidInputError
        More than `max_pixels` pixels, or the package for the format is not installed. Anything
        else that a decoder raises is left to `image_damage_explained`.
    """
    file = io.BytesIO(data)
    if form == "TIFF":
        image = _open_tiff(file, max_pixels, notices)
    elif form == "HEIF":
        image = _heif_opener()(file)
    elif form == "PNG":
        image = _open_png(data)
    elif form == "JPEG":
        image = _open_jpeg(data)
    else:
        image = _OPENERS[form](file)
    check_pixels(*image.size, max_pixels)
    if png.is_animated(data) if form == "PNG" else getattr(image, "is_animated", False):
        parts = {"TIFF": "pages", "HEIF": "pictures"}.get(form, "frames")
        notices.append(f"It holds several {parts}: the first is used.")
    return image


def image_damage_explained(form: ImageFormat) -> AbstractContextManager[None]:
    """`damage_explained` for all that opens photos."""
    return damage_explained(form, *_PILLOW_ERRORS)


def _heif_opener() -> Callable[[io.BytesIO], Image.Image]:
    try:
        from pillow_heif import HeifImageFile
    except ImportError as err:
        raise InvalidInputError(
            "This is a HEIC photo, and the package pillow_heif that reads them is not installed; "
            "save the photo as JPEG."
        ) from err
    return HeifImageFile


def _open_png(data: bytes) -> Image.Image:
    """A PNG without its metadata, which must not decide whether it can be read."""
    try:
        return PngImagePlugin.PngImageFile(io.BytesIO(png.picture_only(data)))
    except _ALL_ERRORS:
        return PngImagePlugin.PngImageFile(io.BytesIO(png.picture_only(data, about_it=False)))


def _open_jpeg(data: bytes) -> Image.Image:
    """A JPEG, without its metadata if they are damaged."""
    try:
        return JpegImagePlugin.JpegImageFile(io.BytesIO(data))
    except _ALL_ERRORS:
        return JpegImagePlugin.JpegImageFile(io.BytesIO(jpeg.picture_only(data)))


def _open_tiff(file: io.BytesIO, max_pixels: int, notices: list[str]) -> Image.Image:
    """The first page of a TIFF: by Pillow, or decoded by tifffile where Pillow cannot read it."""
    try:
        image = TiffImagePlugin.TiffImageFile(file)
    except SyntaxError as err:
        if "unknown pixel mode" not in str(err):
            raise
    else:
        if not _misread_by_pillow(image):
            return image
    file.seek(0)
    return _open_samples(file, max_pixels, notices)


def _misread_by_pillow(image: TiffImagePlugin.TiffImageFile) -> bool:
    """Pillow 13.0 mixes up the pixels of uncompressed 16-bit samples in separate planes, leaves
    deep samples that count from white to black a negative, and takes signed bytes for others."""
    tags = image.tag_v2
    bits = max(tags.get(_BITS, (1,)))
    if bits == 8:
        return _SIGNED in tags.get(_SAMPLE_FORMAT, ())
    return bits > 8 and (
        tags.get(_PLANAR) == _SEPARATE_PLANES or tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO
    )


def _open_samples(file: io.BytesIO, max_pixels: int, notices: list[str]) -> Image.Image:
    try:
        import tifffile
    except ImportError as err:
        raise InvalidInputError(
            "This TIFF holds numbers that only the package tifffile reads, and it is not "
            "installed; save the picture as 8-bit TIFF or PNG."
        ) from err
    try:
        with tifffile.TiffFile(file) as pages:
            page = pages.pages[0].aspage()
            check_pixels(page.imagewidth, page.imagelength, max_pixels)
            if page.photometric not in (_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB):
                raise _unusual("its colours are given in an unusual way")
            if page.size > 4 * max_pixels:
                raise _unusual(f"it has {page.size:,} samples")
            samples = page.asarray()
            if not samples.size:  # such as where channels are not of one depth
                raise OSError("no samples")
            if page.axes == "SYX":
                samples = np.moveaxis(samples, 0, -1)
            pixels = to_8bit(samples, notices)
            if page.photometric == _WHITE_IS_ZERO:
                pixels = 255 - pixels
            lies, profile = page.tags.get(_ORIENTATION), page.tags.get(_ICC_PROFILE)
            if len(pages.pages) > 1:
                notices.append("It holds several pages: the first is used.")
    except tifffile.TiffFileError as err:
        raise OSError(str(err)) from err
    if pixels.ndim == 3 and pixels.shape[-1] > 4:
        pixels = pixels[..., :3]
    image = upright(Image.fromarray(np.ascontiguousarray(pixels)), lies.value if lies else 1)
    if profile:
        image.info["icc_profile"] = profile.value
    return image


def _unusual(why: str) -> InvalidInputError:
    return InvalidInputError(
        f"This TIFF cannot be shown: {why}; save the picture as 8-bit TIFF or PNG."
    )
