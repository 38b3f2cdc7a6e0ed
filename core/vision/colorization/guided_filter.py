"""Colours of coarse places fitted to a photo's edges.

References
----------
He, Sun and Tang, "Guided image filtering" (2013), https://doi.org/10.1109/TPAMI.2012.213;
He and Sun, "Fast guided filter" (2015), https://arxiv.org/abs/1505.00996
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image

from core.vision.colorization.color_space import lightness_of_grey

_RADIUS_PX = 6  # in the small picture
_EPSILON = 4.0  # L squared: changes of less than this are not taken for edges
_STRIP_PX = 1 << 20  # pixels at once, so that the largest photo needs little more than its result


def fitted(
    ab: np.ndarray, light: np.ndarray, grey: np.ndarray
) -> Iterator[tuple[slice, np.ndarray]]:
    """Colours of a small picture on all pixels of a large one, changing where the lightness does.

    Around each place they become a linear function of the lightness. Where nothing tells two
    sides of an edge apart, they run over it as smoothly as they were.

    Parameters
    ----------
    ab : (h, w, 2) float32
    light : (h, w) float32, L of 0..100, of the small picture.
    grey : (H, W) uint8, the large one.

    Yields
    ------
    rows of the large picture, and their colours (rows, W, 2) float32.
    """
    from scipy.ndimage import uniform_filter

    def mean(values: np.ndarray) -> np.ndarray:
        axes = (2 * _RADIUS_PX + 1,) * 2 + (1,) * (values.ndim - 2)
        return uniform_filter(values, axes, mode="nearest")

    around, of_color = mean(light), mean(ab)
    spread = mean(light * light) - around * around
    together = mean(light[..., None] * ab) - around[..., None] * of_color
    slope = together / (spread + _EPSILON)[..., None]
    offset = mean(of_color - slope * around[..., None])
    layers = [
        Image.fromarray(layer)
        for layer in np.moveaxis(np.dstack([mean(slope), offset]), -1, 0).copy()
    ]
    height, width = grey.shape
    step = max(1, _STRIP_PX // width)
    for begin in range(0, height, step):
        rows = slice(begin, min(begin + step, height))
        part = _enlarged(layers, width, rows, height)
        light_here = lightness_of_grey(grey[rows])[..., None]
        yield rows, part[..., :2] * light_here + part[..., 2:]


def resized(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(h, w, C) float32 of another (width, height), bilinear."""
    if values.shape[1::-1] == size:
        return values
    layers = [Image.fromarray(layer) for layer in np.moveaxis(values, -1, 0).astype(np.float32)]
    return _enlarged(layers, size[0], slice(0, size[1]), size[1])


def _enlarged(layers: list[Image.Image], width: int, rows: slice, height: int) -> np.ndarray:
    """Some rows of layers that are as high as `height` and as wide as `width`: (rows, width, C)."""
    share = layers[0].height / height
    box = (0, rows.start * share, layers[0].width, rows.stop * share)
    size = (width, rows.stop - rows.start)
    return np.stack(
        [np.asarray(layer.resize(size, Image.Resampling.BILINEAR, box)) for layer in layers],
        axis=-1,
    )
