"""Documents that can be searched and drawn without being there: vectors, terms, places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_LEVELS = 127


@dataclass(frozen=True)
class DocumentIndex:
    """N documents, of which only this is kept.

    Attributes
    ----------
    vectors : (N, D) int8
        Embeddings of unit length times 127.
    labels : (N,) uint8, categories.
    places : (N, 2) float16, any unit: where they lie on the map.
    term_weights : csr_matrix, (N, V) float32
        TF-IDF of the weightiest terms of each, the largest first in a row, at unit length.
    """

    vectors: np.ndarray
    labels: np.ndarray
    places: np.ndarray
    term_weights: csr_matrix

    @classmethod
    def of(
        cls,
        vectors: np.ndarray,
        labels: np.ndarray,
        places: np.ndarray,
        term_weights: csr_matrix,
        *,
        kept_terms: int,
    ) -> DocumentIndex:
        """Keep the `kept_terms` weightiest terms of each document, and 8 bits of the vectors."""
        return cls(
            vectors=np.rint(vectors * _LEVELS).clip(-_LEVELS, _LEVELS).astype(np.int8),
            labels=labels.astype(np.uint8),
            places=places.astype(np.float16),
            term_weights=_weightiest(term_weights, kept_terms),
        )

    def by_meaning(self, vectors: np.ndarray) -> np.ndarray:
        """(Q, N) float32 cosines in [-1, 1] of the documents with (Q, D) float32 embeddings."""
        return directions(vectors) @ self._directions.T

    def by_keywords(self, rows: csr_matrix) -> np.ndarray:
        """(Q, N) float32 cosines in [0, 1] of what is kept of them with (Q, V) TF-IDF weights."""
        return (rows @ self.term_weights.T).toarray()

    def weightiest_terms(self, position: int) -> list[int]:
        """The terms that are kept of a document, the weightiest first."""
        start, end = self.term_weights.indptr[position : position + 2]
        return self.term_weights.indices[start:end].tolist()

    @cached_property
    def _directions(self) -> np.ndarray:
        return directions(self.vectors.astype(np.float32))

    def to_arrays(self) -> dict[str, np.ndarray]:
        """For a file."""
        return {
            "vectors": self.vectors,
            "labels": self.labels,
            "places": self.places,
            "term_starts": self.term_weights.indptr.astype(np.int32),
            "term_numbers": self.term_weights.indices.astype(np.int32),
            "term_weights": self.term_weights.data.astype(np.float16),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray], terms: int) -> DocumentIndex:
        """What `to_arrays` wrote; `terms` is how many terms there are in all."""
        from scipy.sparse import csr_matrix

        rows = (arrays["term_weights"], arrays["term_numbers"], arrays["term_starts"])
        weights = csr_matrix(
            (rows[0].astype(np.float32), *rows[1:]), shape=(len(arrays["labels"]), terms)
        )
        return cls(arrays["vectors"], arrays["labels"], arrays["places"], weights)


def directions(vectors: np.ndarray) -> np.ndarray:
    """Rows brought to unit length, zeros left alone."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def nearest(similarity: np.ndarray, count: int) -> np.ndarray:
    """(K,) int64: positions of the `count` largest, the largest first."""
    return np.argsort(-similarity, kind="stable")[:count]


def place_among(similarity: np.ndarray, places: np.ndarray, count: int = 10) -> np.ndarray:
    """(2,) float64: the mean place of the most similar, weighted with the cube of it.

    The cube lets a near twin outweigh the rest.
    """
    near = nearest(similarity, count)
    weights = np.maximum(similarity[near], 1e-6).astype(np.float64) ** 3
    return weights @ places[near].astype(np.float64) / weights.sum()


def same_category(
    similarities: np.ndarray, labels: np.ndarray, of: np.ndarray, count: int = 10
) -> float:
    """How many of the `count` most similar documents share the category of a query, on average.

    Parameters
    ----------
    similarities : (Q, N) float
    labels, of : (N,) and (Q,) int, categories of documents and queries.
    """
    near = np.argsort(-similarities, axis=1, kind="stable")[:, :count]
    return float((labels[near] == of[:, None]).mean())


def _weightiest(rows: csr_matrix, count: int) -> csr_matrix:
    from scipy.sparse import csr_matrix

    data, numbers, starts = [], [], [0]
    for begin, end in zip(rows.indptr[:-1], rows.indptr[1:], strict=True):
        kept = begin + np.argsort(-rows.data[begin:end], kind="stable")[:count]
        weights = rows.data[kept]
        data.append(weights / max(float(np.linalg.norm(weights)), 1e-12))
        numbers.append(rows.indices[kept])
        starts.append(starts[-1] + len(kept))
    return csr_matrix(
        (np.concatenate(data), np.concatenate(numbers), np.array(starts)), shape=rows.shape
    )
