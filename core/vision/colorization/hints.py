"""Colours that a person has put somewhere, and how far they reach.

A hint reaches as far as no edge comes between: its weight falls with the length of the shortest
way to it, on which every change of lightness is a climb. Texture such as fur or grass is none: it
is taken away first. Nor are changes of the colours guessed, which a hint is there to overrule.

References
----------
Yatziv and Sapiro, "Fast image and video colorization using chrominance blending" (2006),
https://doi.org/10.1109/TIP.2005.864231
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import InvalidInputError
from core.vision.colorization.color_space import to_lab

MOST_REACH = 100.0
_FALL = 6  # power of the distance that a weight falls with; the paper has up to 6
_PLAIN = 30.0  # cost of crossing the whole picture where nothing changes
_TEXTURE_PX = 5  # of the median that takes texture away
_SHADING = 0.8  # L a pixel, up to which a change is taken for light that falls on something
_NEAREST = 0.5  # the least distance, so that a hint's own place is all its colour


@dataclass(frozen=True, slots=True)
class ColorHint:
    """A colour at a place.

    Attributes
    ----------
    x, y : float in [0, 1], of the width and the height.
    rgb : three whole numbers of 0..255; their lightness does not matter.
    reach : float in (0, 100], how long a way is until the guess has as much weight as the hint.
    """

    x: float
    y: float
    rgb: tuple[int, int, int]
    reach: float = 25.0

    def __post_init__(self) -> None:
        if not (0 <= self.x <= 1 and 0 <= self.y <= 1 and 0 < self.reach <= MOST_REACH):
            raise InvalidInputError(
                "Expected a hint within the picture, x and y in [0, 1], and a reach above 0 and at "
                f"most {MOST_REACH:g}. Received: {self}."
            )
        if len(self.rgb) != 3 or not all(0 <= value <= 255 for value in self.rgb):
            raise InvalidInputError(f"Expected three numbers in 0..255. Received: {self.rgb}.")


def with_hints(light: np.ndarray, ab: np.ndarray, hints: Sequence[ColorHint]) -> np.ndarray:
    """The guessed colours with the hints' own around them.

    Parameters
    ----------
    light : (h, w) float32, L of 0..100, of a small picture.
    ab : (h, w, 2) float32, the guess.

    Returns
    -------
    (h, w, 2) float32
    """
    if not hints:
        return ab
    from scipy.ndimage import median_filter
    from skimage.graph import MCP_Geometric

    height, width = light.shape
    edges = _steepness(median_filter(light, _TEXTURE_PX, mode="nearest"))
    cost = np.maximum(edges - _SHADING, 0) + _PLAIN / max(height, width)
    total = np.ones((height, width), np.float32)
    blended = ab.copy()
    for hint in hints:
        place = (
            min(int(hint.y * height), height - 1),
            min(int(hint.x * width), width - 1),
        )
        far, _ = MCP_Geometric(cost).find_costs([place])
        weight = (hint.reach / np.maximum(far, _NEAREST)) ** _FALL
        color = to_lab(np.array(hint.rgb, np.uint8))[1:]
        total += weight.astype(np.float32)
        blended += weight[..., None].astype(np.float32) * color
    return blended / total[..., None]


def _steepness(values: np.ndarray) -> np.ndarray:
    if min(values.shape) < 2:
        return np.zeros_like(values)
    return np.hypot(*np.gradient(values))
