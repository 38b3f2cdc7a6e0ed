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
from core.media.damage import damage_explained
from core.media.image.formats import ImageFormat
from core.media.image.pixels import check_pixels, to_8bit, to_rgb, upright

# The classes themselves, not Image.open: no other plugin of Pillow can be reached, a JPEG never
# turns into a multi-picture one, and the size is judged here and not by Image.MAX_IMAGE_PIXELS,
# a global that warns or raises.
_OPENERS: dict[ImageFormat, Callable[[io.BytesIO], Image.Image]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "WEBP": WebPImagePlugin.WebPImageFile,
    "GIF": GifImagePlugin.GifImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "AVIF": AvifImagePlugin.AvifImageFile,
}

# TIFF 6.0: tags, and some of their values
_BITS, _PHOTOMETRIC, _ORIENTATION, _PLANAR = 258, 262, 274, 284
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB = 0, 1, 2
_SEPARATE_PLANES = 2

# What Pillow's decoders raise on damaged files beside `DECODER_ERRORS`. Warning: where the process
# has made warnings errors.
_PILLOW_ERRORS = (SyntaxError, Warning, Image.DecompressionBombError, struct.error, zlib.error)


def open_header(data: bytes, form: ImageFormat, *, max_pixels: int) -> Image.Image:
    """Open a photo of a known format, undecoded but for the rare TIFF that needs tifffile.

    Raises
    ------
    InvalidInputError
        More than `max_pixels` pixels, or the package for the format is not installed. Anything
        else that a decoder raises is left to `image_damage_explained`.
    """
    file = io.BytesIO(data)
    if form == "TIFF":
        image = _open_tiff(file, max_pixels)
    elif form == "HEIF":
        image = _heif_opener()(file)
    else:
        image = _OPENERS[form](file)
    check_pixels(*image.size, max_pixels)
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


def _open_tiff(file: io.BytesIO, max_pixels: int) -> Image.Image:
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
    return _open_samples(file, max_pixels)


def _misread_by_pillow(image: TiffImagePlugin.TiffImageFile) -> bool:
    """Pillow 13.0 mixes up the pixels of uncompressed 16-bit samples in separate planes, and
    leaves deep samples that count from white to black a negative."""
    tags = image.tag_v2
    return max(tags.get(_BITS, (1,))) > 8 and (
        tags.get(_PLANAR) == _SEPARATE_PLANES or tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO
    )


def _open_samples(file: io.BytesIO, max_pixels: int) -> Image.Image:
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
                raise ValueError(f"photometric interpretation {page.photometric}")
            if page.size > 4 * max_pixels:
                raise ValueError(f"{page.size:,} samples")
            samples = page.asarray()
            if page.axes == "SYX":
                samples = np.moveaxis(samples, 0, -1)
            pixels = to_8bit(samples)
            if page.photometric == _WHITE_IS_ZERO:
                pixels = 255 - pixels
            tag = page.tags.get(_ORIENTATION)
    except tifffile.TiffFileError as err:
        raise OSError(str(err)) from err
    if pixels.ndim == 3 and pixels.shape[-1] > 4:
        pixels = pixels[..., :3]
    image = Image.fromarray(np.ascontiguousarray(pixels))
    return upright(to_rgb(image), tag.value if tag else 1)
