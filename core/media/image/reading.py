"""A photo read whole: its pixels, and what was guessed or left out on the way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from core.errors import InvalidInputError
from core.media.image.formats import ImageFormat, image_format
from core.media.image.openers import image_damage_explained, open_header
from core.media.image.pixels import orientation, to_rgb, upright
from core.media.image.samples import sixteen_bit_layout, with_all_bits
from core.media.limits import IMAGE_LIMITS, ImageLimits
from core.media.source import Source, read_source

_END_OF_JPEG = b"\xff\xd9"
# Bytes to go on with where a JPEG breaks off: if they make no difference, nothing was missing.
_CONTINUATIONS = (bytes(64), b"\xfe\x35" * 32)


@dataclass(frozen=True, slots=True)
class Photo:
    """A decoded photo.

    `image` is of mode RGB, upright and without metadata; `notices` are sentences about what was
    guessed, replaced or left out.
    """

    image: Image.Image
    notices: tuple[str, ...]


def read_photo(
    data: Source, *, size_hint: int | None = None, limits: ImageLimits = IMAGE_LIMITS
) -> Photo:
    """Decode a photo; parameters and errors are those of `core.media.open_image`."""
    if size_hint is not None and size_hint < 1:
        raise InvalidInputError(f"size_hint must be at least 1 pixel. Received: {size_hint!r}.")
    data = read_source(data, max_bytes=limits.max_bytes, what="photo")
    form = image_format(data)
    notices: list[str] = []
    with image_damage_explained(form):
        stored = _opened(data, form, size_hint, limits, notices)
        layout = sixteen_bit_layout(stored)
        try:
            stored.load()
        except OSError:
            if form != "JPEG":
                raise
            stored = _without_its_end(data, size_hint, limits, notices)
        how = orientation(stored)
        if layout is not None:
            stored = with_all_bits(
                stored, layout, lambda: _opened(data, form, None, limits, []), notices
            )
        image = upright(to_rgb(stored, notices), how)
    image.info = {}  # an orientation left in here would be obeyed twice
    return Photo(image, tuple(notices))


def _opened(
    data: bytes,
    form: ImageFormat,
    size_hint: int | None,
    limits: ImageLimits,
    notices: list[str],
) -> Image.Image:
    stored = open_header(data, form, max_pixels=limits.max_pixels, notices=notices)
    if size_hint and form == "JPEG":
        stored.draft("RGB", (size_hint, size_hint))
    return stored


def _without_its_end(
    data: bytes, size_hint: int | None, limits: ImageLimits, notices: list[str]
) -> Image.Image:
    """A JPEG that breaks off behind its last pixel.

    Raises
    ------
    OSError
        If it breaks off before.
    """
    trials = []
    for continuation in _CONTINUATIONS:
        whole = data.removesuffix(b"\xff") + continuation + _END_OF_JPEG
        trials.append(_opened(whole, "JPEG", size_hint, limits, []))
        trials[-1].load()
    first, second = map(np.asarray, trials)
    if not np.array_equal(first, second):
        raise OSError("pixels are missing")
    notices.append("The file breaks off behind its last pixel: none of the picture is lost.")
    return trials[0]
