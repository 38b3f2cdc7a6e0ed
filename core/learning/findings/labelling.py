"""Which examples to label next, so that as few as possible have to be.

References
----------
At the start, typical examples of many clusters: Hacohen et al. (2022),
https://arxiv.org/abs/2202.02794. Later, examples that are uncertain and unlike each other, by
k-means weighted with the uncertainty: Zhdanov (2019), https://arxiv.org/abs/1901.05954
"""

from __future__ import annotations

import numpy as np

from core.errors import InvalidInputError
from core.learning.findings.clusters import cluster
from core.learning.findings.examples import main_directions
from core.learning.findings.neighbours import unit_rows

BATCH = 20
"""Examples to label at once."""
_AXES = 50
_CANDIDATES = 10  # uncertain examples for each one that is chosen
_MOST_CLUSTERS = 400


def choose_for_labelling(
    vectors: np.ndarray,
    count: int = BATCH,
    *,
    labelled: np.ndarray | None = None,
    probabilities: np.ndarray | None = None,
    seed: int = 0,
) -> np.ndarray:
    """The examples whose labels help most.

    Parameters
    ----------
    vectors : (N, D) float32
    count : int >= 1
    labelled : (n,) int64, positions that have a label already; None for none.
    probabilities : (N, C), what a classifier that was trained on these says of every example; None
        where there is none.
    seed : int >= 0, of the clusters.

    Returns
    -------
    (K,) int64 positions without a label, the most useful first; K is `count`, or what is left.

    Raises
    ------
    InvalidInputError
        If vectors and probabilities do not fit together.
    """
    if vectors.ndim != 2 or not vectors.size:
        raise InvalidInputError(f"Expected vectors in rows. Received: shape {vectors.shape}.")
    if probabilities is not None and len(probabilities) != len(vectors):
        raise InvalidInputError(
            f"Expected probabilities of {len(vectors)} examples. Received: {len(probabilities)}."
        )
    has_label = np.zeros(len(vectors), bool)
    if labelled is not None:
        has_label[labelled] = True
    free = np.flatnonzero(~has_label)
    if len(free) <= count:
        return free
    x = main_directions(unit_rows(vectors))[:, :_AXES]
    if probabilities is None:
        return _typical(x, has_label, count, seed)
    return _uncertain(x, free, probabilities, count, seed)


def _typical(x: np.ndarray, has_label: np.ndarray, count: int, seed: int) -> np.ndarray:
    """The middle ones of the largest clusters that have no label yet."""
    clusters = min(int(has_label.sum()) + count, _MOST_CLUSTERS, len(x))
    members, distances = _clustered(x, clusters, seed)
    known = np.bincount(members, has_label, minlength=clusters)
    sizes = np.bincount(members, minlength=clusters)
    nearest = np.argsort(distances, kind="stable")
    nearest = nearest[~has_label[nearest]]
    # cluster after cluster, and round again if those without a label are too few
    taken = np.zeros(clusters)
    turns = np.empty(len(nearest))
    for place, position in enumerate(nearest):
        turns[place] = known[members[position]] + taken[members[position]]
        taken[members[position]] += 1
    return nearest[np.lexsort((-sizes[members[nearest]], turns))][:count]


def _uncertain(
    x: np.ndarray, free: np.ndarray, probabilities: np.ndarray, count: int, seed: int
) -> np.ndarray:
    """Of the examples with the smallest margin, those nearest to the middle of `count` clusters."""
    best_two = np.partition(probabilities[free], -2, axis=1)[:, -2:]
    doubt = 1 - (best_two[:, 1] - best_two[:, 0])
    order = np.argsort(-doubt, kind="stable")[: _CANDIDATES * count]
    free, doubt = free[order], doubt[order]
    members, distances = _clustered(x[free], count, seed, weights=doubt + 1e-3)
    firsts = [
        own[np.argmin(distances[own])]
        for own in (np.flatnonzero(members == one) for one in range(count))
        if len(own)
    ]
    rest = [place for place in range(len(free)) if place not in set(firsts)]
    chosen = [*sorted(firsts), *rest][:count]  # in the order of doubt
    return free[chosen]


def _clustered(
    x: np.ndarray, clusters: int, seed: int, weights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Of each example its cluster, and the distance to the middle of that."""
    members, distances = cluster(x, clusters, seed=seed, weights=weights)
    return members, distances[np.arange(len(x)), members]
