"""Odd ones out: examples that are unlike others of their class.

References
----------
Mean distance to the nearest neighbours: Angiulli and Pizzuti (2002),
https://doi.org/10.1007/3-540-45681-3_2; on the features of a deep network: Sun et al. (2022),
https://arxiv.org/abs/2204.06507. Conformal p-values: Bates et al. (2023),
https://doi.org/10.1214/22-AOS2244
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from core.errors import InvalidInputError
from core.learning.findings.neighbours import NeighbourSearch

_NEIGHBOURS = 10
_ROWS = 1024  # between two snapshots


@dataclass(frozen=True, slots=True)
class OutlierFinding:
    """An example that is unlike others.

    Attributes
    ----------
    position : int, among the examples.
    p_value : float in (0, 1], the share of all examples that are at least as far from others.
    distance : float in [0, 2], mean of 1 - cosine to the nearest of its class.
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
    neighbours: int = _NEIGHBOURS,
) -> Iterator[OutliersStep]:
    """Rank examples by how far they are from others, with snapshots.

    Parameters
    ----------
    vectors : (N, D) float32, N >= 2
    labels : (N,) int64 >= 0, or None for examples without classes.
    most : int >= 0, findings.
    neighbours : int >= 1, the nearest ones that the distance is measured to; fewer if a class has
        fewer. An example that is alone in its class is as far as those of any class.

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
    search = NeighbourSearch(vectors)
    near, overall = np.empty((count, 0), np.int64), np.empty(count)
    rows = [np.empty((0, 0), np.int64)]
    distances = []
    for found, cosines, share in _around_all(search, neighbours):
        rows.append(found)
        distances.append(1 - cosines)
        yield OutliersStep(share / parts)
    near, apart = np.concatenate(rows[1:]), np.concatenate(distances)
    overall = apart.mean(axis=1)
    within = overall.copy()
    done = 0
    for label in () if labels is None else np.unique(labels):
        own = np.flatnonzero(labels == label)
        if len(own) > 1:
            of_class = [
                1 - cosines.mean(axis=1)
                for _, cosines, _ in _around_all(NeighbourSearch(vectors[own]), neighbours)
            ]
            within[own] = np.concatenate(of_class)
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
            neighbour_distances=tuple(apart[position].tolist()),
        )
        for position in order
    )
    yield OutliersStep(1.0, findings, p_values)


def rank_shares(scores: np.ndarray) -> np.ndarray:
    """(N,) float64 in (0, 1]: the share of (N,) `scores` that are at least as large as each."""
    ordered = np.sort(scores)
    return (len(scores) - np.searchsorted(ordered, scores, side="left")) / len(scores)


def _around_all(
    search: NeighbourSearch, neighbours: int
) -> Iterator[tuple[np.ndarray, np.ndarray, float]]:
    """The neighbours of all vectors, some after some: positions, cosines, the share done."""
    for start in range(0, len(search), _ROWS):
        stop = min(start + _ROWS, len(search))
        yield *search.around(np.arange(start, stop), neighbours), stop / len(search)
