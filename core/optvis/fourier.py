"""Pictures as sums of waves in colours that photos have independently of each other.

References
----------
Olah et al. (2017), https://distill.pub/2017/feature-visualization/#preconditioning
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_SPREAD = 0.01
# Columns are the directions of colour that photos vary in, with how much they vary: grey, then
# orange against blue, then green against magenta; measured on ImageNet by the authors of lucid.
_COLORS = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
_COLORS = (_COLORS / np.linalg.norm(_COLORS, axis=0).max()).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Window:
    """A square piece of a picture, perhaps enlarged or made smaller.

    `rows` and `columns` are matrices (out, in) that interpolate along each axis.
    """

    rows: np.ndarray
    columns: np.ndarray

    def cut(self, pictures: np.ndarray) -> np.ndarray:
        """(N, out, out, 3) float32"""
        return np.einsum("ij,njkc,lk->nilc", self.rows, pictures, self.columns, optimize=True)

    def pull_back(self, gradients: np.ndarray) -> np.ndarray:
        """Gradients at the piece as gradients at the picture."""
        return np.einsum("ij,nilc,lk->njkc", self.rows, gradients, self.columns, optimize=True)


class FourierPictures:
    """A batch of square pictures, and how a gradient at them is one at their waves.

    Attributes
    ----------
    waves : (N, side, side // 2 + 1, 3) complex64: what is optimised.
    """

    def __init__(self, count: int, side: int, random: np.random.Generator) -> None:
        shape = (count, side, side // 2 + 1, 3)
        waves = random.normal(0, _SPREAD, shape) + 1j * random.normal(0, _SPREAD, shape)
        self.waves = waves.astype(np.complex64)
        self._side = side
        across = np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None]
        frequency = np.maximum(np.hypot(*across), 1 / side)
        # as in photos, long waves are strong and short ones weak
        self._scale = (1 / frequency * side / 4)[None, :, :, None].astype(np.float32)

    def picture(self) -> np.ndarray:
        """(N, side, side, 3) float32, 0..255"""
        self._levels = 1 / (1 + np.exp(-self._colors()))
        return 255 * self._levels

    def pull_back(self, gradients: np.ndarray) -> np.ndarray:
        """Gradients at the last `picture` as gradients at the waves, complex64."""
        inner = 255 * gradients * self._levels * (1 - self._levels)
        spectrum = np.fft.rfft2((inner @ _COLORS).astype(np.float32), axes=(1, 2))
        doubled = np.full(self.waves.shape[2], 2.0, np.float32)  # each stands for its mirror too
        doubled[0] = 1.0
        if self._side % 2 == 0:
            doubled[-1] = 1.0
        factor = doubled[:, None] / self._side**2
        return (spectrum * self._scale * factor).astype(np.complex64)

    def window(self, size: int, margin: int, random: np.random.Generator) -> Window:
        """A piece of `size`, at a random place and of a random scale within the margin."""
        scale = random.uniform(0.92, 1.08)
        room = self._side - size * scale
        starts = random.uniform(0.25 * room, 0.75 * room, 2)
        return Window(*(_sampling(size, self._side, start, scale) for start in starts))

    def _colors(self) -> np.ndarray:
        spectrum = self.waves * self._scale
        values = np.fft.irfft2(spectrum, s=(self._side, self._side), axes=(1, 2))
        return values.astype(np.float32) @ _COLORS.T


def _sampling(size: int, side: int, start: float, scale: float) -> np.ndarray:
    """(size, side) float32: linear interpolation at `start + scale * i`."""
    at = np.clip(start + scale * np.arange(size), 0, side - 1.001)
    left = at.astype(int)
    matrix = np.zeros((size, side), np.float32)
    rows = np.arange(size)
    matrix[rows, left] = 1 - (at - left)
    matrix[rows, left + 1] = at - left
    return matrix
