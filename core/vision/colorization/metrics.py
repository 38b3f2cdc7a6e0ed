"""How close painted colours come to the true ones.

References
----------
AuC: Zhang, Isola and Efros (2016), https://arxiv.org/abs/1603.08511, section 3.1; CIEDE2000 and
PSNR are scikit-image's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from core.errors import InvalidInputError
from core.vision.colorization.bins import smoothed, soft_bins
from core.vision.colorization.color_space import to_lab

_FARTHEST = 150.0  # error of ab, up to which the curve is followed


@dataclass(frozen=True, slots=True)
class ColorScores:
    """Painted photos against true ones; means over all their pixels.

    Attributes
    ----------
    auc : float in [0, 1]
        Area under the curve of how many pixels err by less than each distance of 0..150 in ab.
    balanced_auc : float in [0, 1]
        The same where each colour counts as much as any other, however often it occurs.
    psnr : float [dB], mean over the photos; infinite for equal ones.
    ciede2000 : float >= 0, the difference as an eye sees it; 1 is just noticeable.
    chroma, true_chroma : float >= 0
    """

    auc: float
    balanced_auc: float
    psnr: float
    ciede2000: float
    chroma: float
    true_chroma: float


def color_scores(
    pairs: Iterable[tuple[np.ndarray, np.ndarray]], frequency: np.ndarray
) -> ColorScores:
    """Compare true and painted pictures.

    Parameters
    ----------
    pairs : truth and painted, (H, W, 3) uint8, at least one pair.
    frequency : (Q,), how often each of `core.vision.colorization.bins.bins` occurs.

    Raises
    ------
    InvalidInputError
        If the pictures of a pair differ in size, or there is none.
    """
    from skimage.color import deltaE_ciede2000
    from skimage.metrics import peak_signal_noise_ratio

    rarity = 1 / smoothed(frequency)
    sums, decibels = np.zeros(7), []
    for truth, painted in pairs:
        if truth.shape != painted.shape:
            raise InvalidInputError(
                f"Expected two pictures of one size. Received: {truth.shape} and {painted.shape}."
            )
        true, guessed = to_lab(truth), to_lab(painted)
        share = np.clip(1 - _length(guessed - true) / _FARTHEST, 0, 1)
        weight = rarity[soft_bins(true[..., 1:])[0][..., 0]]
        sums += [
            share.size,
            share.sum(),
            weight.sum(),
            (share * weight).sum(),
            deltaE_ciede2000(true, guessed).sum(),
            _length(guessed).sum(),
            _length(true).sum(),
        ]
        with np.errstate(divide="ignore"):  # equal pictures have no noise
            decibels.append(peak_signal_noise_ratio(truth, painted))
    if not decibels:
        raise InvalidInputError("Expected pictures to compare. Received: none.")
    pixels, shares, weights, weighted, differences, chroma, true_chroma = sums.tolist()
    return ColorScores(
        auc=shares / pixels,
        balanced_auc=weighted / weights,
        psnr=float(np.mean(decibels)),
        ciede2000=differences / pixels,
        chroma=chroma / pixels,
        true_chroma=true_chroma / pixels,
    )


def _length(lab: np.ndarray) -> np.ndarray:
    return np.hypot(lab[..., 1], lab[..., 2])
