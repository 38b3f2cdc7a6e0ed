"""The nearest of many vectors, without comparing each with each.

Up to some ten thousands every cosine is computed. Beyond, a graph of their main directions is
searched, that leads from vector to vector, and the cosines of what it finds are computed:
hierarchical navigable small worlds, Malkov and Yashunin (2018),
https://doi.org/10.1109/TPAMI.2018.2889473, in the library Voyager. USearch, imported first, keeps
OpenVINO from reading networks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from core.errors import InvalidInputError

MOST_EXACT = 20_000
"""As many vectors are compared each with each: near duplicates among 10,000 take 5 s of a processor
by that, and 53 s by a graph of all 1280 columns."""
_AT_ONCE = 256  # added or asked for together
_AXES, _SAMPLE = 128, 4096  # main directions in the graph, of so many vectors
_MORE, _LEAST = 4, 32  # candidates for each neighbour, and at least
_CONNECTIVITY, _EXPANSION = 16, 64  # edges of a vector; candidates while the graph is searched


def unit_rows(vectors: np.ndarray) -> np.ndarray:
    """(N, D) float32 rows of length 1; a row of zeros stays as it is."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)


class NeighbourSearch:
    """The nearest of N vectors by cosine.

    Parameters
    ----------
    vectors : (N, D) float32, N >= 1
    most_exact : up to so many vectors, answers are exact; beyond, nearly all are right.

    Raises
    ------
    InvalidInputError
        If the vectors are no matrix, or there are none.
    """

    def __init__(self, vectors: np.ndarray, *, most_exact: int = MOST_EXACT) -> None:
        if vectors.ndim != 2 or not vectors.size:
            raise InvalidInputError(f"Expected vectors in rows. Received: shape {vectors.shape}.")
        self.units = unit_rows(vectors)
        """(N, D) float32, the vectors at length 1."""
        self._graph: Any = None
        if len(vectors) > most_exact:
            self._axes = _main_axes(self.units)
            self._graph = _graph(self._axes.shape[1])

    def __len__(self) -> int:
        return len(self.units)

    def build(self) -> Iterator[float]:
        """Make ready for questions: the share done. Who asks before has to wait for it.

        Left in the middle, it goes on from there the next time.
        """
        if self._graph is None:
            return
        while (start := len(self._graph)) < len(self):
            keys = np.arange(start, min(start + _AT_ONCE, len(self)))
            # one thread, so that the same vectors make the same graph
            self._graph.add_items(self._projected(self.units[keys]), keys, num_threads=1)
            yield len(self._graph) / len(self)

    def nearest(self, queries: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The vectors that are most like others.

        Parameters
        ----------
        queries : (M, D) float32
        count : int >= 1; fewer come if there are fewer vectors.

        Returns
        -------
        (M, K) int64 positions and (M, K) float32 cosines in [-1, 1], descending
        """
        for _ in self.build():
            pass
        count = min(count, len(self))
        queries = unit_rows(queries)
        if not len(queries):
            return np.empty((0, count), np.int64), np.empty((0, count), np.float32)
        blocks = [
            self._nearest(queries[start : start + _AT_ONCE], count)
            for start in range(0, len(queries), _AT_ONCE)
        ]
        positions, cosines = zip(*blocks, strict=True)
        return np.concatenate(positions), np.concatenate(cosines)

    def around(self, positions: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """As `nearest`, of the vectors at (M,) int64 `positions`, each left out of its own."""
        found, cosines = self.nearest(self.units[positions], count + 1)
        if found.shape[1] < 2:
            return found[:, :0], cosines[:, :0]
        is_kept = found != positions[:, None]
        is_kept[is_kept.all(axis=1), -1] = False  # equal ones stood in its place
        shape = (len(found), found.shape[1] - 1)
        return found[is_kept].reshape(shape), cosines[is_kept].reshape(shape)

    def _nearest(self, queries: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        if self._graph is None:
            return self._exact(queries, count)
        from voyager import RecallError

        asked = min(max(_MORE * count, _LEAST), len(self))
        try:
            keys, _ = self._graph.query(
                self._projected(queries), asked, query_ef=max(_EXPANSION, 2 * asked)
            )
        except RecallError:  # parts of the graph that nothing leads to
            return self._exact(queries, count)
        positions = keys.astype(np.int64)
        cosines = np.einsum("md,mkd->mk", queries, self.units[positions])
        positions, cosines = _descending(positions, cosines)
        return positions[:, :count], cosines[:, :count]

    def _projected(self, rows: np.ndarray) -> np.ndarray:
        return unit_rows(rows @ self._axes)

    def _exact(self, queries: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        cosines = queries @ self.units.T
        if count < len(self):
            positions = np.argpartition(-cosines, count - 1, axis=1)[:, :count]
        else:
            positions = np.tile(np.arange(len(self)), (len(queries), 1))
        return _descending(positions, np.take_along_axis(cosines, positions, axis=1))


def _descending(positions: np.ndarray, cosines: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.lexsort((positions, -cosines))
    return (
        np.take_along_axis(positions, order, axis=1).astype(np.int64),
        np.take_along_axis(cosines, order, axis=1),
    )


def _main_axes(units: np.ndarray) -> np.ndarray:
    """(D, R) float32 with orthonormal columns, along which vectors are compared first."""
    from sklearn.utils.extmath import randomized_svd  # takes a second

    drawn = np.random.default_rng(0).permutation(len(units))[:_SAMPLE]
    if units.shape[1] <= _AXES or len(drawn) <= _AXES:
        return np.eye(units.shape[1], dtype=np.float32)
    _, _, axes = randomized_svd(units[drawn], _AXES, random_state=0)
    return np.asarray(axes.T, np.float32)


def _graph(width: int) -> Any:
    from voyager import Index, Space

    # of vectors of length 1 the inner product is the cosine, and zeros are like nothing
    return Index(
        Space.InnerProduct,
        width,
        M=_CONNECTIVITY,
        ef_construction=2 * _EXPANSION,
        random_seed=0,
    )
