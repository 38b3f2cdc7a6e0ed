"""TIFF: Pillow for most of them, tifffile for the sample types that Pillow cannot read."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, TiffImagePlugin

from core.errors import InvalidInputError
from core.media.image.pixels import check_pixels, to_8bit, to_rgb, upright

_BITS, _PHOTOMETRIC, _ORIENTATION, _PLANAR = 258, 262, 274, 284
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB = 0, 1, 2
_SEPARATE_PLANES = 2


def open_tiff(file: io.BytesIO, *, max_pixels: int) -> Image.Image:
    """Open the first page of a TIFF: the header only, or decoded where tifffile must do it.

    Raises
    ------
    InvalidInputError
        Only tifffile could read it, and it is not installed, or the page has more than
        `max_pixels` pixels.
    """
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
            page = pages.pages[0]
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
