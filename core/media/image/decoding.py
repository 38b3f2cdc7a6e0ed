"""Photos: encoded bytes in, upright 8-bit RGB out, and back."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from core.errors import InvalidInputError
from core.media.image.formats import ImageFormat, image_format
from core.media.image.openers import image_damage_explained, open_header
from core.media.image.pixels import orientation
from core.media.image.reading import Photo, read_photo
from core.media.limits import IMAGE_LIMITS, ImageLimits
from core.media.source import Source, read_source

_LOOKED_AT_PX = 256  # shorter side of the copy that notices are taken from
_BLACK, _NEARLY_ALL = 8, 0.995  # a level, and a share of the pixels below it


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """What the header of a photo says.

    Attributes
    ----------
    width, height : int > 0 [pixels]
        As the photo is looked at: after the rotation that EXIF asks for.
    format : str
        `"JPEG"`, `"PNG"`, `"WEBP"`, `"GIF"`, `"BMP"`, `"TIFF"`, `"HEIF"` or `"AVIF"`.
    mode : str
        Pillow's name for the pixels in the file: `"RGB"`, `"L"`, `"CMYK"`, `"I;16"` ...
    """

    width: int
    height: int
    format: ImageFormat
    mode: str


def open_image(
    data: Source, *, size_hint: int | None = None, limits: ImageLimits = IMAGE_LIMITS
) -> Image.Image:
    """Decode a photo: JPEG, PNG, WebP, GIF or TIFF (first frame), BMP, HEIC or AVIF.

    Parameters
    ----------
    data : bytes-like, str or PathLike
        The encoded photo, or the path of its file.
    size_hint : int >= 1 [pixels], optional
        The caller will shrink the photo until its shorter side is about this long. A JPEG is
        then decoded at 1/2, 1/4 or 1/8 of its size, whatever is the smallest that keeps both
        sides at least this long; the result is smaller than the photo, and much sooner there.
    limits : ImageLimits

    Returns
    -------
    PIL.Image.Image
        Mode RGB, upright, without metadata. Colours are converted to sRGB by the profile that
        comes with them; transparency is laid on white; deep samples are scaled to 8 bits.

    Raises
    ------
    InvalidInputError
        Not a photo of these formats, damaged, truncated, or beyond the limits.
    TypeError
        `data` is neither bytes nor a path.
    """
    return read_photo(data, size_hint=size_hint, limits=limits).image


def photo_notices(data: Source, *, limits: ImageLimits = IMAGE_LIMITS) -> tuple[str, ...]:
    """What whoever looks at a photo should know: what was guessed, replaced or left out.

    Parameters and errors are those of `open_image`. Often empty.
    """
    return _notices_of(read_photo(data, size_hint=_LOOKED_AT_PX, limits=limits))


def decode(
    data: Source, *, size_hint: int | None = None, limits: ImageLimits = IMAGE_LIMITS
) -> np.ndarray:
    """Decode a photo into an array; parameters and errors are those of `open_image`.

    Returns
    -------
    np.ndarray, shape (H, W, 3), uint8, RGB, 0..255
        Read-only, so that it can be cached and shared.
    """
    return np.asarray(open_image(data, size_hint=size_hint, limits=limits))


def probe(data: Source, *, limits: ImageLimits = IMAGE_LIMITS) -> ImageInfo:
    """Read the header of a photo; parameters and errors are those of `open_image`.

    Damage behind the header goes unnoticed.
    """
    data = read_source(data, max_bytes=limits.max_bytes, what="photo")
    form = image_format(data)
    with image_damage_explained(form):
        image = open_header(data, form, max_pixels=limits.max_pixels, notices=[])
        width, height = image.size
        if orientation(image) >= 5:  # these lie on their side
            width, height = height, width
    return ImageInfo(width, height, form, image.mode)


def encode_png(array: np.ndarray) -> bytes:
    """Encode a picture without loss.

    Parameters
    ----------
    array : np.ndarray, shape (H, W, 3) for RGB or (H, W) for grey, uint8

    Raises
    ------
    InvalidInputError
        Another shape or dtype.
    """
    return _encode(array, "PNG")


def encode_jpeg(array: np.ndarray, quality: int = 90) -> bytes:
    """Encode a picture as JPEG at a quality of 1..95; `array` is as for `encode_png`.

    Raises
    ------
    InvalidInputError
        Another shape or dtype, a quality out of its bounds, or a side above 65,500 pixels,
        which is as long as JPEG allows.
    """
    if not 1 <= quality <= 95:
        raise InvalidInputError(f"quality must be within 1..95. Received: quality={quality!r}.")
    if max(np.shape(array), default=0) > 65_500:
        raise InvalidInputError(
            f"A JPEG has sides of at most 65,500 pixels. Received: shape {np.shape(array)}; "
            "use PNG or a smaller picture."
        )
    return _encode(array, "JPEG", quality=quality)


def thumbnail(data: Source, size_px: int, *, limits: ImageLimits = IMAGE_LIMITS) -> bytes:
    """Shrink a photo into a square of `size_px` (>= 1) pixels a side and encode it as JPEG.

    The proportions stay, a photo that fits already keeps its size, and no metadata are carried
    over. Errors are those of `open_image`.
    """
    return preview(data, size_px, limits=limits)[0]


def preview(
    data: Source, size_px: int, *, limits: ImageLimits = IMAGE_LIMITS
) -> tuple[bytes, tuple[str, ...]]:
    """`thumbnail` and `photo_notices` of a photo that is decoded once."""
    photo = read_photo(data, size_hint=size_px, limits=limits)
    notices = _notices_of(photo)
    photo.image.thumbnail((size_px, size_px), Image.Resampling.LANCZOS)
    return encode_jpeg(np.asarray(photo.image), quality=85), notices


def _notices_of(photo: Photo) -> tuple[str, ...]:
    pixels = np.asarray(photo.image)
    black = float((pixels.max(axis=-1) < _BLACK).mean())
    if black >= _NEARLY_ALL and pixels.size > 3:
        return (*photo.notices, "Nearly all of it is black: there is hardly anything to see.")
    return photo.notices


def _encode(array: np.ndarray, form: str, **options: int) -> bytes:
    array = np.asarray(array)
    colour = array.ndim == 3 and array.shape[-1] == 3
    if array.dtype != np.uint8 or not (colour or array.ndim == 2) or 0 in array.shape:
        raise InvalidInputError(
            "Expected a picture of shape (H, W, 3) or (H, W) and dtype uint8. "
            f"Received: shape {array.shape}, dtype {array.dtype}."
        )
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, form, **options)
    return buffer.getvalue()
