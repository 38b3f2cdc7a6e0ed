"""What can be wrong with an example whatever its label: the findings of photos, texts and sounds.

References
----------
Robust distances: Iglewicz and Hoaglin, How to detect and handle outliers, 1993, whose advice is to
call 3.5 and more far.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

FAR = 3.5
"""From this robust distance on, a value is unlike the others."""
_TO_SIGMA = 1.4826  # of a normal distribution, by the median of the distances from its median


@dataclass(frozen=True, slots=True)
class QualityFinding:
    """Something that is wrong with an example.

    Attributes
    ----------
    position : int, among the examples.
    issue : what, in a word or two, such as "dark".
    value : what was measured, in the unit of `detail`.
    detail : the same in a few words, such as "mean luminance 12 of 255".
    """

    position: int
    issue: str
    value: float
    detail: str


def robust_distances(values: np.ndarray, *, least_spread: float = 0.0) -> np.ndarray:
    """How far each value is from the median, in standard deviations that outliers do not widen.

    Parameters
    ----------
    values : (N,) finite
    least_spread : float >= 0, what counts as a standard deviation at least.

    Returns
    -------
    (N,) float64, negative below the median; infinite where more than half of the values are equal
    and this one is another, unless there is a least spread.
    """
    if not len(values):
        return np.empty(0)
    apart = np.asarray(values, np.float64) - np.median(values)
    spread = max(_TO_SIGMA * float(np.median(np.abs(apart))), least_spread)
    if spread > 0:
        return apart / spread
    return np.where(apart == 0, 0.0, np.copysign(np.inf, apart))


def findings_where(
    is_found: np.ndarray, issue: str, values: np.ndarray, describe: Callable[[float], str]
) -> list[QualityFinding]:
    """A finding for each of (N,) examples with True in `is_found`, described by its value."""
    return [
        QualityFinding(int(position), issue, value, describe(value))
        for position in np.flatnonzero(is_found)
        for value in (float(values[position]),)
    ]


def in_order(findings: Iterable[QualityFinding]) -> tuple[QualityFinding, ...]:
    """Findings by issue, the most frequent first, then by position."""
    findings = list(findings)
    counts = Counter(each.issue for each in findings)
    return tuple(sorted(findings, key=lambda one: (-counts[one.issue], one.issue, one.position)))
