"""Photos that are no good: nearly blank, dark, bright, blurred, tiny, of an odd size or shape.

References
----------
The issues and the bounds of light and shape are those of cleanvision,
https://github.com/cleanlab/cleanvision. It looks for blur in photos of 64 pixels, where all but
the worst are sharp again. Here the pixels that go into a network are looked at: how fast they
change in the sharpest places, as the mean square of second differences over that of first ones,
which falls as what is fine disappears.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageStat

from core.learning.findings.quality import (
    FAR,
    QualityFinding,
    findings_where,
    in_order,
    robust_distances,
)
from core.vision.preparation import fit, opened_for

SHARPNESS_PX = 224  # what most networks take

_DARK, _BRIGHT = 0.32 * 255, 0.95 * 255
_SLIMMEST = 0.35
_TINY_PX = 48
_BLANK = 3.0  # JPEG makes 1 of a plain surface
# Chosen on flowers and on cats and dogs: of 400 photos each, none is below 0.85; blurred by a
# Gaussian of 1.5 pixels of 224, 19 of 20 are below 0.61.
_BLURRED = 0.65
_TILES = 8
_LEAST_SLOPE = 4.0  # squared, of a tile that has something in it
_LEAST_TILES = 3
_ODD_TIMES = 2.0
_SPREAD_OF_SIZES = 0.1  # of logarithms: photos whose sides differ by less are of one size


@dataclass(frozen=True, slots=True)
class PhotoMeasures:
    """What is measured of a photo.

    Attributes
    ----------
    darkest, brightest : float in 0..255, luminance that 5 % and 99 % of the pixels are below.
    contrast : float >= 0, the standard deviation of the channel that varies most.
    sharpness : float >= 0, some 2 of a usual photo; NaN where there is nothing to see it by.
    """

    darkest: float
    brightest: float
    contrast: float
    sharpness: float


def looked_at(photo: bytes, size: int) -> tuple[np.ndarray, PhotoMeasures]:
    """A photo as `core.vision.preparation.prepare` makes it, and its measures, decoded once.

    Parameters
    ----------
    size : at most 224.

    Returns
    -------
    (size, size, 3) uint8, and the measures

    Raises
    ------
    InvalidInputError
        As `core.vision.preparation.prepare`.
    """
    image = opened_for(photo, SHARPNESS_PX)
    square = fit(image, size)
    # enlarged, a small photo would look blurred
    large = fit(image, min(SHARPNESS_PX, *image.size))
    return square, measured(square, large)


def measured(small: np.ndarray, large: np.ndarray) -> PhotoMeasures:
    """The measures of a photo: of light by (S, S, 3) uint8, of sharpness by one of up to 224."""
    darkest, brightest = np.percentile(_grey(small), (5, 99))
    return PhotoMeasures(
        darkest=float(darkest),
        brightest=float(brightest),
        contrast=max(ImageStat.Stat(Image.fromarray(small)).stddev),
        sharpness=sharpness(np.asarray(_grey(large), np.float32)),
    )


def _grey(pixels: np.ndarray) -> np.ndarray:
    """(S, S, 3) uint8 as (S, S) uint8: ITU-R BT.601, by Pillow, which is quick at it."""
    return np.asarray(Image.fromarray(pixels).convert("L"))


def sharpness(grey: np.ndarray) -> float:
    """How fine the finest is that (S, S) float32 shows; NaN if it shows nothing."""
    if min(grey.shape) < 4 * _TILES:
        return float("nan")
    ratios, powers = np.zeros(_TILES**2), np.zeros(_TILES**2)
    for axis in (0, 1):
        slopes = np.diff(grey, axis=axis)
        first, second = _power(slopes), _power(np.diff(slopes, axis=axis))
        ratios += second / (first + 1) / 2
        powers += first / 2
    is_full = powers > _LEAST_SLOPE
    if is_full.sum() < _LEAST_TILES:
        return float("nan")
    return float(np.percentile(ratios[is_full], 95))


def _power(values: np.ndarray) -> np.ndarray:
    """(64,): the mean square in each tile."""
    side = min(values.shape) // _TILES
    kept = values[: side * _TILES, : side * _TILES]
    rows = kept.reshape(_TILES, side, _TILES, side)
    return np.einsum("abcd,abcd->ac", rows, rows).ravel() / side**2


def find_poor_photos(
    measures: Sequence[PhotoMeasures], widths: np.ndarray, heights: np.ndarray
) -> tuple[QualityFinding, ...]:
    """What is wrong with photos, the most frequent issue first.

    Issues are "near-blank", "dark", "bright", "blurred", "tiny", "odd size" and "odd shape". Of a
    near-blank photo no other of the first four is said.

    Parameters
    ----------
    measures : of N photos.
    widths, heights : (N,) int64 [pixels]
    """
    darkest, brightest, contrast, sharp = (
        np.array([getattr(one, name) for one in measures], np.float64)
        for name in ("darkest", "brightest", "contrast", "sharpness")
    )
    is_blank = contrast < _BLANK
    findings = [
        *findings_where(
            is_blank, "near-blank", contrast, lambda x: f"standard deviation {x:.1f} of 255"
        ),
        *findings_where(
            (brightest < _DARK) & ~is_blank,
            "dark",
            brightest,
            lambda x: f"99 % of the pixels are below {x:.0f} of 255",
        ),
        *findings_where(
            (darkest > _BRIGHT) & ~is_blank,
            "bright",
            darkest,
            lambda x: f"95 % of the pixels are above {x:.0f} of 255",
        ),
        *findings_where(
            (sharp < _BLURRED) & ~is_blank,
            "blurred",
            sharp,
            lambda x: f"sharpness {x:.2f}, where usual photos have 1 to 3",
        ),
        *_sizes(widths.astype(np.float64), heights.astype(np.float64)),
    ]
    return in_order(findings)


def _sizes(widths: np.ndarray, heights: np.ndarray) -> Iterable[QualityFinding]:
    shorter = np.minimum(widths, heights)
    yield from findings_where(
        shorter < _TINY_PX, "tiny", shorter, lambda x: f"its shorter side has {x:.0f} pixels"
    )
    sizes = np.log(widths * heights) / 2
    times = np.exp(sizes - np.median(sizes)) if len(sizes) else sizes
    is_odd = np.abs(robust_distances(sizes, least_spread=_SPREAD_OF_SIZES)) > FAR
    is_odd &= (np.maximum(times, 1 / times) > _ODD_TIMES) & (shorter >= _TINY_PX)
    yield from findings_where(
        is_odd, "odd size", times, lambda x: f"its sides are {x:.2g} times as long as usual"
    )
    shapes = np.log(widths / heights)
    is_slim = shorter < _SLIMMEST * np.maximum(widths, heights)
    is_slim &= np.abs(robust_distances(shapes, least_spread=_SPREAD_OF_SIZES)) > FAR
    yield from findings_where(
        is_slim, "odd shape", np.exp(shapes), lambda x: f"width to height is {x:.2g}"
    )
