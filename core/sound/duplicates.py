"""Recordings that are nearly the same: copies, other formats and levels, parts of one another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from core.learning.findings.neighbours import NeighbourSearch
from core.learning.findings.pairs import DuplicatePair

_MIN_COSINE = 0.9
_MIN_OVERLAP = 0.85
_NEIGHBOURS = 5
_ROWS = 64  # recordings that are compared at once
_LEAST_SHARE = 0.5  # of the shorter one that has to lie over the other


def overlap(first: np.ndarray, second: np.ndarray) -> float:
    """How well two recordings agree at the best shift, in [-1, 1].

    Parameters
    ----------
    first, second : (n, B) and (m, B) float32, levels of bands over time, as fingerprints in
        `core.sound.quality` are.

    Returns
    -------
    float
        The correlation of what deviates from each band's mean, where they lie over each other.
    """
    from scipy.signal import correlate

    if not (len(first) and len(second)):
        return -1.0
    x, y = (one - one.mean(axis=0) for one in (first, second))
    ones = correlate(np.ones(len(x)), np.ones(len(y)), method="direct")
    products = sum(correlate(x[:, b], y[:, b], method="fft") for b in range(x.shape[1]))
    of_x = correlate(np.square(x).sum(axis=1), np.ones(len(y)), method="fft")
    of_y = correlate(np.ones(len(x)), np.square(y).sum(axis=1), method="fft")
    norms = np.sqrt(np.maximum(of_x, 0) * np.maximum(of_y, 0))
    is_enough = ones >= max(1.0, _LEAST_SHARE * min(len(x), len(y)))
    floor = 1e-3 * max(float(norms.max()), 1e-9)
    return float(np.where(is_enough & (norms > floor), products / (norms + floor), -1.0).max())


def find_duplicates(
    vectors: np.ndarray, fingerprints: Sequence[np.ndarray]
) -> Iterator[tuple[float, tuple[DuplicatePair, ...]]]:
    """Near duplicates step by step: the share of the work that is done, and pairs.

    A pair is a candidate if one is among the five most similar embeddings of the other. It is kept
    if the levels of its bands go up and down together, for at least half of the shorter one.

    Parameters
    ----------
    vectors : (N, D) float32, embeddings.
    fingerprints : of N recordings, see `overlap`.
    """
    search = NeighbourSearch(vectors)
    seen: set[tuple[int, int]] = set()
    for start in range(0, len(vectors), _ROWS):
        rows = np.arange(start, min(start + _ROWS, len(vectors)))
        near, cosines = search.around(rows, _NEIGHBOURS)
        pairs = []
        for at, column in np.argwhere(cosines >= _MIN_COSINE).tolist():
            first, second = sorted((int(rows[at]), int(near[at, column])))
            if (first, second) in seen:
                continue
            seen.add((first, second))
            agreement = overlap(fingerprints[first], fingerprints[second])
            if agreement >= _MIN_OVERLAP:
                pairs.append(DuplicatePair(first, second, float(cosines[at, column]), agreement))
        yield (int(rows[-1]) + 1) / len(vectors), tuple(pairs)
