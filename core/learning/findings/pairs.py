"""Pairs of examples that are nearly the same, and the groups that they link."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, slots=True)
class DuplicatePair:
    """Two examples that are nearly the same, by their positions; first < second.

    `similarity` is the cosine of their embeddings. `overlap` in [-1, 1] is how well their contents
    agree: of photos the correlation of outlines where they lie over each other best, of texts the
    share of common runs of words, of recordings the correlation of levels at the best shift.
    """

    first: int
    second: int
    similarity: float
    overlap: float


def best_first(pairs: Iterable[DuplicatePair]) -> tuple[DuplicatePair, ...]:
    """Pairs, those that overlap best first."""
    return tuple(sorted(pairs, key=lambda pair: -pair.overlap))


def crossing(pairs: Iterable[DuplicatePair], groups: np.ndarray) -> tuple[DuplicatePair, ...]:
    """The pairs whose examples are in different groups.

    Parameters
    ----------
    pairs : near duplicates.
    groups : (N,) int
        Of each example its class, or the part of a split that it is in: a pair that crosses a
        split leaks, for the model is examined on what it has learned. Examples in a group below 0,
        such as those of neither part, do not count.
    """
    return tuple(
        pair
        for pair in pairs
        if groups[pair.first] != groups[pair.second]
        and min(groups[pair.first], groups[pair.second]) >= 0
    )


def linked(pairs: Iterable[DuplicatePair], count: int) -> np.ndarray:
    """(count,) int64: the same number for examples that pairs link, be it through others."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ends = np.array([(pair.first, pair.second) for pair in pairs], np.int64).reshape(-1, 2)
    links = coo_array((np.ones(len(ends), bool), (ends[:, 0], ends[:, 1])), (count, count))
    return connected_components(links, directed=False)[1].astype(np.int64)


def moved_pairs(pairs: Iterable[DuplicatePair], origin: np.ndarray) -> tuple[DuplicatePair, ...]:
    """The pairs of examples that are kept, by where these are now.

    Parameters
    ----------
    origin : (M,) int64, ascending: where each example that is kept was.
    """
    place = {int(before): after for after, before in enumerate(origin)}
    return tuple(
        replace(pair, first=place[pair.first], second=place[pair.second])
        for pair in pairs
        if pair.first in place and pair.second in place
    )
