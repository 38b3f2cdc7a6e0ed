"""Odd ones out: examples that are unlike others of their class.

References
----------
Distance to the k-th nearest neighbour: Ramaswamy et al. (2000),
https://doi.org/10.1145/342009.335437; on the features of a deep network: Sun et al. (2022),
https://arxiv.org/abs/2204.06507. Conformal p-values: Bates et al. (2023),
https://doi.org/10.1214/22-AOS2244
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from core.errors import InvalidInputError
from core.learning.findings.neighbours import NeighbourSearch

# With 50 textures, photos of BSDS500, or cats and dogs among flowers, by seeds 0 and 1: of the
# first 50, 0.80 were those by the 20th nearest, and 0.67 by the mean distance to 20, for odd ones
# may be like each other. The 50th is as good, the 200th of 300 is not.
_RANK = 20
_OF_CLASS = 3  # at most every so many-th of a small class
_SHOWN = 5  # neighbours of a finding
_ROWS = 1024  # between two snapshots


@dataclass(frozen=True, slots=True)
class OutlierFinding:
    """An example that is unlike others.

    Attributes
    ----------
    position : int, among the examples.
    p_value : float in (0, 1], the share of all examples that are at least as far from others.
    distance : float in [0, 2], 1 - cosine to the 20th nearest of its class, or to a nearer one if
        the class is small.
    distance_to_all : the same, whatever their class.
    neighbours : positions of the most similar examples of all, the nearest first.
    neighbour_distances : 1 - cosine to each.
    """

    position: int
    p_value: float
    distance: float
    distance_to_all: float
    neighbours: tuple[int, ...]
    neighbour_distances: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class OutliersStep:
    """What is known of N examples so far.

    Attributes
    ----------
    share : float in [0, 1], of the work that is done.
    findings : the oddest first; in the last step, as what follows.
    p_values : (N,) float64 in (0, 1]
        If examples were drawn alike, at most a share p of them would have one of p or less.
    """

    share: float
    findings: tuple[OutlierFinding, ...] = ()
    p_values: np.ndarray | None = field(default=None, repr=False)


def find_outliers(
    vectors: np.ndarray,
    labels: np.ndarray | None = None,
    *,
    most: int = 100,
    rank: int = _RANK,
) -> Iterator[OutliersStep]:
    """Rank examples by how far they are from others, with snapshots.

    Parameters
    ----------
    vectors : (N, D) float32, N >= 2
    labels : (N,) int64 >= 0, or None for examples without classes.
    most : int >= 0, findings.
    rank : int >= 1
        Which of the nearest the distance is measured to: so many odd ones may be like each other.
        At most a third of a class. An example that is alone in its class is as far as from any.

    Raises
    ------
    InvalidInputError
        If there are fewer than two examples, or labels do not fit.
    """
    if vectors.ndim != 2 or len(vectors) < 2:
        raise InvalidInputError(f"Expected at least two vectors. Received: shape {vectors.shape}.")
    if not np.isfinite(vectors).all():
        raise InvalidInputError("Expected finite vectors. Received: others.")
    if labels is not None and labels.shape != vectors.shape[:1]:
        raise InvalidInputError(
            f"Expected a label for each of {len(vectors)} vectors. Received: {len(labels)}."
        )
    yield OutliersStep(0.0)
    count, parts = len(vectors), 1 if labels is None else 2
    rows, distances, overall = [], [], np.empty(count)
    for found, apart, share in _around_all(NeighbourSearch(vectors), rank):
        rows.append(found[:, :_SHOWN])
        distances.append(apart[:, :_SHOWN])
        stop = round(share * count)
        overall[stop - len(apart) : stop] = apart[:, -1]
        yield OutliersStep(share / parts)
    near, near_distances = np.concatenate(rows), np.concatenate(distances)
    within, done = overall.copy(), 0
    for label in () if labels is None else np.unique(labels):
        own = np.flatnonzero(labels == label)
        if len(own) > 1:
            search = NeighbourSearch(vectors[own])
            within[own] = np.concatenate(
                [apart[:, -1] for _, apart, _ in _around_all(search, rank)]
            )
        done += len(own)
        yield OutliersStep(0.5 + done / count / 2)
    p_values = rank_shares(within)
    order = np.argsort(-within, kind="stable")[:most]
    findings = tuple(
        OutlierFinding(
            position=int(position),
            p_value=float(p_values[position]),
            distance=float(within[position]),
            distance_to_all=float(overall[position]),
            neighbours=tuple(near[position].tolist()),
            neighbour_distances=tuple(near_distances[position].tolist()),
        )
        for position in order
    )
    yield OutliersStep(1.0, findings, p_values)


def rank_shares(scores: np.ndarray) -> np.ndarray:
    """(N,) float64 in (0, 1]: the share of (N,) `scores` that are at least as large as each."""
    ordered = np.sort(scores)
    return (len(scores) - np.searchsorted(ordered, scores, side="left")) / len(scores)


def _around_all(
    search: NeighbourSearch, rank: int
) -> Iterator[tuple[np.ndarray, np.ndarray, float]]:
    """The neighbours of all vectors up to a rank, some after some, and the share done.

    (M, K) positions, (M, K) distances, the K-th of which is that of the rank or of a third of all.
    """
    rank = min(rank, max(1, (len(search) - 1) // _OF_CLASS))
    for start in range(0, len(search), _ROWS):
        stop = min(start + _ROWS, len(search))
        positions, cosines = search.around(np.arange(start, stop), rank)
        yield positions, 1 - cosines, stop / len(search)
