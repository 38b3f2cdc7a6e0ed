"""Which decoder opens which format, and nothing but these."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

from core.errors import GraftError, InvalidInputError
from core.media.image.formats import ImageFormat
from core.media.image.pixels import check_pixels
from core.media.image.tiff import open_tiff

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

# What decoders are seen to raise on damaged files. Warning: where the process has made
# warnings errors.
_DECODER_ERRORS = (
    ArithmeticError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    Warning,
    Image.DecompressionBombError,
    struct.error,
    zlib.error,
)


def open_header(data: bytes, form: ImageFormat, *, max_pixels: int) -> Image.Image:
    """Open a photo of a known format, undecoded but for the rare TIFF that needs tifffile.

    Raises
    ------
    InvalidInputError
        More than `max_pixels` pixels, or the package for the format is not installed. Anything
        else that a decoder raises is left to `damage_explained`.
    """
    file = io.BytesIO(data)
    if form == "TIFF":
        image = open_tiff(file, max_pixels=max_pixels)
    elif form == "HEIF":
        image = _heif_opener()(file)
    else:
        image = _OPENERS[form](file)
    check_pixels(*image.size, max_pixels)
    return image


@contextmanager
def damage_explained(form: ImageFormat) -> Iterator[None]:
    """Turn what a decoder raises on a damaged file into an InvalidInputError."""
    try:
        yield
    except GraftError:
        raise
    except _DECODER_ERRORS as err:
        why = "" if isinstance(err, struct.error) else f" ({err})"  # that one is about Python
        raise InvalidInputError(
            f"This {form} file is damaged or incomplete{why}; save or upload it again."
        ) from err


def _heif_opener() -> Callable[[io.BytesIO], Image.Image]:
    try:
        from pillow_heif import HeifImageFile
    except ImportError as err:
        raise InvalidInputError(
            "This is a HEIC photo, and the package pillow_heif that reads them is not installed; "
            "save the photo as JPEG."
        ) from err
    return HeifImageFile
