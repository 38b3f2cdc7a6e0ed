"""Colours converted to sRGB by the profile that a picture carries."""

from __future__ import annotations

import io
from functools import lru_cache
from itertools import product

import numpy as np
from PIL import Image, ImageCms

_LEAST_CHANGE = 2  # levels: a profile that changes no colour by more is sRGB itself
_MOST_KEPT = 4 << 20  # bytes of a profile: with it, a transform is kept
_SPACES = {"L": "GRAY", "RGB": "RGB ", "CMYK": "CMYK", "LAB": "Lab "}


def in_srgb(image: Image.Image, profile: bytes | None, notices: list[str]) -> Image.Image:
    """The same picture in mode RGB, for screens.

    Parameters
    ----------
    image : of mode L, RGB, CMYK or LAB.
    profile : ICC profile, or None. One that is damaged, or of other colours than the picture's,
        counts as none.
    notices : list, which is told what was guessed.
    """
    transform: ImageCms.ImageCmsTransform | None = None
    if profile or image.mode == "LAB":
        try:
            profile = profile or b""
            is_kept = len(profile) <= _MOST_KEPT
            transform = (_kept_transform if is_kept else _transform)(profile, image.mode)
        except (ImageCms.PyCMSError, OSError, ValueError):
            notices.append("Its colour profile cannot be used: colours are shown without it.")
    elif image.mode == "CMYK":
        notices.append("It is made for print and has no colour profile: its colours are a guess.")
    if transform is not None:
        return transform.apply(image)
    return image if image.mode == "RGB" else image.convert("RGB")


def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """None if it would change nothing. Many threads may use it at once.

    Raises
    ------
    ImageCms.PyCMSError, OSError, ValueError
        If it is no profile, or none of such colours.
    """
    source: ImageCms.ImageCmsProfile | ImageCms.core.CmsProfile
    if profile:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = source.profile.xcolor_space
    else:
        source, space = ImageCms.createProfile("LAB"), _SPACES["LAB"]
    if space != _SPACES[mode]:
        raise ValueError(f"a profile for {space}")
    transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
    return None if mode in ("L", "RGB") and _changes_nothing(transform, mode) else transform


_kept_transform = lru_cache(maxsize=8)(_transform)  # one for print takes 2 MB


def _changes_nothing(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    if mode == "L":
        swatch = np.arange(256, dtype=np.uint8)[None]
    else:
        swatch = np.array([list(product(range(0, 256, 51), repeat=3))], np.uint8)
    image = Image.fromarray(swatch)
    shown = np.asarray(transform.apply(image)).astype(int)
    return int(np.abs(shown - np.asarray(image.convert("RGB"))).max()) <= _LEAST_CHANGE
