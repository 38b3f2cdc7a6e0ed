"""What the points of a map are coloured by: categories, or shares on a scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pages._ui.charts import COLOURS, GREY, colours

DISC, CROSS, DOT = 0, 4, 5
_SHAPES = 4  # disc, square, triangle, diamond: with them 28 classes can be told apart
_LEVELS = 101  # of a scale: whole percents
# vermillion over reddish purple to blue, of Okabe and Ito's: none is lost on a light or dark page
_RAMP = ("#D55E00", "#CC79A7", "#0072B2")


@dataclass(frozen=True, slots=True)
class Colouring:
    """How N points look.

    Attributes
    ----------
    title : what they are coloured by.
    codes : (N,) int64, positions in `names`.
    names, colours, shapes : of each category, as the legend and the script of the map have them.
    scale : how many of the first categories are steps of a scale, which the legend shows as a
        bar; 0 for none.
    """

    title: str
    codes: np.ndarray
    names: tuple[str, ...]
    colours: tuple[str, ...]
    shapes: tuple[int, ...]
    scale: int = 0

    def with_excluded(self, excluded: np.ndarray) -> Colouring:
        """The same with a cross for each point of a mask."""
        if not excluded.any():
            return self
        return Colouring(
            self.title,
            np.where(excluded, len(self.names), self.codes),
            (*self.names, "Excluded"),
            (*self.colours, GREY),
            (*self.shapes, CROSS),
            self.scale,
        )


def by_category(
    title: str, labels: np.ndarray, names: Sequence[str], missing: str = ""
) -> Colouring:
    """Points of named categories.

    Parameters
    ----------
    labels : (N,) int, positions in `names`; -1 where there is none.
    missing : what the legend calls those without, which are small and grey.
    """
    found = Colouring(
        title,
        labels.astype(np.int64),
        tuple(names),
        tuple(colours(len(names))),
        tuple(i % _SHAPES for i in range(len(names))),
    )
    return _with_missing(found, labels < 0, missing)


def by_share(title: str, shares: np.ndarray, missing: str = "") -> Colouring:
    """Points on a scale from 0 to 100%.

    Parameters
    ----------
    shares : (N,) float in [0, 1]; NaN where there is none.
    missing : see `by_category`.
    """
    absent = np.isnan(shares)
    levels = np.rint(np.where(absent, 0, shares).clip(0, 1) * (_LEVELS - 1)).astype(np.int64)
    found = Colouring(
        title,
        levels,
        tuple(f"{title} {level}%" for level in range(_LEVELS)),
        tuple(_ramp(level / (_LEVELS - 1)) for level in range(_LEVELS)),
        (DISC,) * _LEVELS,
        scale=_LEVELS,
    )
    return _with_missing(found, absent, missing)


def _with_missing(found: Colouring, absent: np.ndarray, name: str) -> Colouring:
    if not absent.any():
        return found
    return Colouring(
        found.title,
        np.where(absent, len(found.names), found.codes),
        (*found.names, name),
        (*found.colours, COLOURS[-1]),
        (*found.shapes, DOT),
        found.scale,
    )


def _ramp(share: float) -> str:
    """The colour of a share, between those of the ramp."""
    stops = np.array([[int(code[i : i + 2], 16) for i in (1, 3, 5)] for code in _RAMP])
    at = np.linspace(0, 1, len(stops))
    red, green, blue = (round(float(np.interp(share, at, stops[:, i]))) for i in range(3))
    return f"#{red:02x}{green:02x}{blue:02x}"
