"""The one layer of a text classifier, on two kinds of evidence: embeddings and TF-IDF."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.learning.logistic_regression import LinearLayer, fit
from core.learning.penalty_search import Attempt, best_of, search_penalty

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

# Embeddings and TF-IDF rows both have length 1.
INVERSE_PENALTIES = (1.0, 4.0, 16.0, 64.0, 256.0)


@dataclass(frozen=True, slots=True)
class HeadStep:
    """A snapshot of learning: the attempts so far, and at last the layer.

    Its weights are for embeddings first, then for terms.
    """

    attempts: tuple[Attempt, ...]
    layer: LinearLayer | None = None


def learn_head(
    vectors: np.ndarray | None,
    rows: csr_matrix | None,
    labels: np.ndarray,
    train: int,
    tried: tuple[Attempt, ...] = (),
) -> Iterator[HeadStep]:
    """Choose the penalty by the validation part, then learn from both parts.

    Parameters
    ----------
    vectors : (N, D) float32, embeddings; or None
    rows : (N, V) float32, TF-IDF; or None. One of the two is there.
    labels : (N,) int64 in 0..C-1
    train : int, so many of the first are the training part, the others the validation part.
    tried : attempts that were made before, which are not made again.
    """
    x, classes = _side_by_side(vectors, rows), int(labels.max()) + 1
    positions = np.arange(len(labels))
    part = (positions[:train], positions[train:])
    attempts = tried
    for attempts in search_penalty(x, labels, classes, INVERSE_PENALTIES, [part], tried=tried):
        yield HeadStep(attempts)
    yield HeadStep(attempts, fit(x, labels, classes, best_of(attempts)))


def _side_by_side(vectors: np.ndarray | None, rows: csr_matrix | None) -> np.ndarray | csr_matrix:
    from scipy import sparse

    if vectors is None or rows is None:
        return rows if vectors is None else vectors
    return sparse.hstack([sparse.csr_matrix(vectors), rows], format="csr")
