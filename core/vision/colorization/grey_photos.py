"""Grey photos, old ones among them: what is grey, the frame, and the truth if there is one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from core.errors import InvalidInputError
from core.media import Source, open_image
from core.vision.colorization.color_space import grey, to_lab

_LEAST_CHROMA = 4.0  # mean, from which on a picture is in colour
_SAME_HUE = 0.95  # length of the mean hue's vector, from which on all colours are of one hue
_TONE_SPREAD = 3.0  # ab around what the lightness says, up to which they are a tone, as sepia is
_LEVELS = 25  # of lightness, that colours are compared within
_SMALL_PX = 256  # a smaller copy that colour and frame are judged on
_FRAME_SPREAD = 5.0  # grey levels, up to which a row is even
_WIDEST_FRAME = 0.2  # of a side
_NOISE_WINDOW, _NOISE_REACH = 5, 6  # px, of non-local means
_MEDIAN_OF_NORMAL = 0.6745  # of the absolute value of a standard normal number
MOST_DENOISED = 4_000_000  # px, some ten seconds of work


@dataclass(frozen=True, slots=True)
class GreyPhoto:
    """A photo without its colours.

    Attributes
    ----------
    grey : (H, W) uint8
    truth : (H, W, 3) uint8, RGB, or None if it came without colours of its own.
    tone : (2,) float32, mean ab of a photo in one tone, such as sepia, or None.
    inner : (top, bottom, left, right) [px], the picture without an even frame around it.
    """

    grey: np.ndarray
    truth: np.ndarray | None
    tone: np.ndarray | None
    inner: tuple[int, int, int, int]

    @property
    def is_framed(self) -> bool:
        height, width = self.grey.shape
        return self.inner != (0, height, 0, width)


def read_grey(image: Source, *, denoise: bool = False) -> GreyPhoto:
    """A photo of any kind as a grey one: colours are turned grey of the same lightness.

    Parameters
    ----------
    image : an encoded photo; see `core.media.open_image`.
    denoise : take grain away, by non-local means with the noise's own strength.

    Raises
    ------
    InvalidInputError
        If it is no photo that can be used, or too large to take grain away.

    References
    ----------
    Buades, Coll and Morel, "A non-local algorithm for image denoising" (2005),
    https://doi.org/10.1109/CVPR.2005.38; Immerkær, "Fast noise variance estimation" (1996),
    https://doi.org/10.1006/cviu.1996.0060
    """
    opened = open_image(image)
    rgb = np.asarray(opened)
    share = _SMALL_PX / max(opened.size)
    width, height = (max(1, round(share * side)) for side in opened.size)
    small = opened.resize((width, height), Image.Resampling.BOX)
    colored, tone = _color_and_tone(np.asarray(small))
    levels = grey(rgb)
    inner = _inner(np.asarray(small.convert("L")), levels.shape)
    if denoise:
        levels = _denoised(levels)
    return GreyPhoto(levels, rgb if colored else None, tone, inner)


def _color_and_tone(rgb: np.ndarray) -> tuple[bool, np.ndarray | None]:
    """Whether there are colours, and the tone if the lightness alone says which.

    Brown photos are of one hue too; only in toned ones is each grey one colour. With these bounds
    11 of 808 photos in colour count as toned, such as fog at dusk; by the hue alone 165 would.
    """
    light, *ab = to_lab(rgb).reshape(-1, 3).T
    chroma = float(np.hypot(*ab).mean())
    if chroma < _LEAST_CHROMA:
        return False, None
    mean = np.mean(ab, axis=1)
    level = (light * (_LEVELS / 100)).astype(int).clip(0, _LEVELS - 1)
    count = np.maximum(np.bincount(level, minlength=_LEVELS), 1)
    off = [x - (np.bincount(level, x, _LEVELS) / count)[level] for x in ab]
    spread = float(np.sqrt(np.square(off).sum(axis=0).mean()))
    if spread < _TONE_SPREAD and np.hypot(*mean) >= _SAME_HUE * chroma:
        return False, mean
    return True, None


def _inner(small: np.ndarray, shape: tuple[int, int]) -> tuple[int, int, int, int]:
    """Where the picture begins and ends, if even rows and columns of one grey surround it."""
    edges = np.concatenate([small[0], small[-1], small[:, 0], small[:, -1]]).astype(float)
    if min(small.shape) < 16 or edges.std() > _FRAME_SPREAD:
        return (0, shape[0], 0, shape[1])
    level = np.median(edges)

    def inside(lines: np.ndarray, side: int) -> tuple[int, int]:
        even = (lines.std(axis=1) <= _FRAME_SPREAD) & (
            np.abs(lines.mean(axis=1) - level) <= _FRAME_SPREAD
        )
        most = int(_WIDEST_FRAME * len(lines))
        before, after = (
            int(np.argmin([*ends, False])) for ends in (even[:most], even[::-1][:most])
        )
        scale = side / len(lines)
        return round(before * scale), side - round(after * scale)

    return (*inside(small, shape[0]), *inside(small.T, shape[1]))


def _denoised(levels: np.ndarray) -> np.ndarray:
    from skimage.restoration import denoise_nl_means

    if levels.size > MOST_DENOISED:
        raise InvalidInputError(
            f"Expected at most {MOST_DENOISED:,} pixels to take the noise from. "
            f"Received: {levels.size:,}; colour it as it is, or save it smaller."
        )
    if min(levels.shape) < 2 * _NOISE_WINDOW:
        return levels
    clean = levels.astype(np.float32) / 255
    sigma = _noise(clean)
    if not sigma:
        return levels
    clean = denoise_nl_means(
        clean,
        patch_size=_NOISE_WINDOW,
        patch_distance=_NOISE_REACH,
        h=0.8 * sigma,
        sigma=sigma,
        fast_mode=True,
    )
    return np.rint(np.clip(clean, 0, 1) * 255).astype(np.uint8)


def _noise(values: np.ndarray) -> float:
    """Its standard deviation, by what is left of a picture where edges and slopes are taken out.

    The mask is Immerkær's, with the median for the mean, since edges of edges stay.
    """
    from scipy.ndimage import convolve1d

    bends = convolve1d(convolve1d(values, [1, -2, 1], axis=0), [1, -2, 1], axis=1)
    return float(np.median(np.abs(bends))) / (6 * _MEDIAN_OF_NORMAL)
