"""Colours as classes: the ab plane in squares, as far as sRGB reaches.

References
----------
Zhang, Isola and Efros, "Colorful image colorization" (2016), https://arxiv.org/abs/1603.08511
"""

from __future__ import annotations

from functools import cache

import numpy as np

from core.vision.colorization.color_space import to_lab

GRID = 10  # side of a square, in units of ab
NEIGHBOURS = 5  # bins that a colour is shared among
_SPREAD = 5.0  # of the Gaussian that shares it
_REACH = 128  # ab lies in -128..127
_MIXED = 0.5  # share of a uniform distribution in what rebalancing divides by


@cache
def bins() -> np.ndarray:
    """Centres of the bins: (Q, 2) float32, those squares that some sRGB colour falls into."""
    levels = np.arange(0, 256, 5, dtype=np.uint8)
    cube = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(-1, 3)
    places = np.unique(np.rint(to_lab(cube)[:, 1:] / GRID).astype(int), axis=0)
    return (places * GRID).astype(np.float32)


@cache
def _table() -> tuple[np.ndarray, np.ndarray]:
    """For each whole a and b: its nearest bins (256, 256, K), the nearest first, and shares."""
    from scipy.spatial import KDTree

    axis = np.arange(-_REACH, _REACH)
    plane = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1)
    distances, nearest = KDTree(bins()).query(plane, NEIGHBOURS)
    nearer = distances[..., :1]  # far outside of sRGB, all shares would be 0 without it
    shares = np.exp((nearer**2 - distances**2) / (2 * _SPREAD**2))
    shares /= shares.sum(axis=-1, keepdims=True)
    return nearest.astype(np.int32), shares.astype(np.float32)


def soft_bins(ab: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bins near colours (..., 2), and the share of each: (..., K) int32 and float32."""
    whole = np.clip(np.rint(ab), -_REACH, _REACH - 1).astype(int) + _REACH
    nearest, shares = _table()
    return nearest[whole[..., 0], whole[..., 1]], shares[whole[..., 0], whole[..., 1]]


def smoothed(frequency: np.ndarray) -> np.ndarray:
    """How often each bin occurs, spread over neighbouring colours: (Q,) float64, its sum is 1."""
    distances = np.square(bins()[:, None] - bins()[None]).sum(axis=-1)
    kernel = np.exp(-distances / (2 * _SPREAD**2))
    return (kernel / kernel.sum(axis=0)) @ (frequency / frequency.sum())


def rebalancing(frequency: np.ndarray) -> np.ndarray:
    """What a bin's loss is multiplied with, so that rare colours count: mean 1 over the pixels.

    Parameters
    ----------
    frequency : (Q,), how often a bin occurs.

    Returns
    -------
    (Q,) float32
    """
    smooth = smoothed(frequency)
    weights = 1 / ((1 - _MIXED) * smooth + _MIXED / len(smooth))
    return (weights / (weights * smooth).sum()).astype(np.float32)


def annealed_mean(logits: np.ndarray, temperature: float) -> np.ndarray:
    """The mean colour of a distribution that is sharpened first.

    Parameters
    ----------
    logits : (..., Q) float32
    temperature : above 0; 1 leaves the distribution as it is, near 0 its mode alone is left.

    Returns
    -------
    (..., 2) float32, ab
    """
    sharp = logits / np.float32(temperature)
    sharp = np.exp(sharp - sharp.max(axis=-1, keepdims=True))
    return sharp @ bins() / sharp.sum(axis=-1, keepdims=True)
