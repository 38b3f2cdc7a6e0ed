"""Two classifiers on the same test part: which is right where the other is not, and by chance?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.errors import InvalidInputError
from core.learning.metrics import wilson_interval


@dataclass(frozen=True, slots=True)
class Comparison:
    """Positions of the examples that both, one or none of two classifiers got right.

    Attributes
    ----------
    both, only_first, only_second, neither : int64 arrays, (N,) together.
    difference : accuracy of the first minus that of the second.
    interval : in which that difference lies with 95 % confidence, given how many examples one alone
        got right: Wilson's for which of the two it was.
    p_value : how often two classifiers with the same accuracy differ at least as much, by
        McNemar's exact test.

    References
    ----------
    McNemar (1947), https://doi.org/10.1007/BF02295996; why it suits two classifiers with one test
    part: Dietterich (1998), https://doi.org/10.1162/089976698300017197
    """

    both: np.ndarray
    only_first: np.ndarray
    only_second: np.ndarray
    neither: np.ndarray
    difference: float
    interval: tuple[float, float]
    p_value: float


def compare(labels: np.ndarray, first: np.ndarray, second: np.ndarray) -> Comparison:
    """Compare what two classifiers predict with what is true, and with each other.

    Parameters
    ----------
    labels, first, second : (N,) int64, the true classes and those that each predicts; N >= 1.

    Raises
    ------
    InvalidInputError
        If they are not of the same examples.
    """
    if not len(labels) or not labels.shape == first.shape == second.shape:
        shapes = ", ".join(str(array.shape) for array in (labels, first, second))
        raise InvalidInputError(f"Expected labels of the same examples. Received: {shapes}.")
    from scipy.stats import binomtest  # takes a while

    is_first, is_second = first == labels, second == labels
    ones, others = np.flatnonzero(is_first & ~is_second), np.flatnonzero(is_second & ~is_first)
    apart = len(ones) + len(others)
    low, high = wilson_interval(len(ones), apart) if apart else (0.5, 0.5)
    share = apart / len(labels)
    return Comparison(
        both=np.flatnonzero(is_first & is_second),
        only_first=ones,
        only_second=others,
        neither=np.flatnonzero(~is_first & ~is_second),
        difference=(len(ones) - len(others)) / len(labels),
        interval=((2 * low - 1) * share, (2 * high - 1) * share),
        p_value=float(binomtest(len(ones), apart).pvalue) if apart else 1.0,
    )
