"""The one layer of a text classifier: multinomial logistic regression on two kinds of evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

# What the inverse of the penalty may be; embeddings and TF-IDF rows both have length 1.
STRENGTHS = (1.0, 4.0, 16.0, 64.0, 256.0)
_MAX_STEPS = 200


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way to train, judged on the validation part.

    `strength` is the inverse of the penalty on large weights; the loss is a cross-entropy in
    nats, the accuracy in [0, 1].
    """

    strength: float
    loss: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Head:
    """The layer so far.

    Attributes
    ----------
    attempts : tuple of Attempt
    meaning_weights : (D, C) float32
    term_weights : (V, C) float32
    bias : (C,) float32
        All three empty until the last step.
    """

    attempts: tuple[Attempt, ...]
    meaning_weights: np.ndarray
    term_weights: np.ndarray
    bias: np.ndarray


def learn_head(
    vectors: np.ndarray | None, rows: csr_matrix | None, labels: np.ndarray, train: int
) -> Iterator[Head]:
    """Find the penalty on the validation part, then learn from both.

    Parameters
    ----------
    vectors : (N, D) float32, embeddings; or None
    rows : (N, V) float32, TF-IDF; or None. One of the two is there.
    labels : (N,) int64 in 0..C-1
    train : int, so many of the first are the training part, the others the validation part.

    Yields
    ------
    Head after every attempt, and at last the one that is complete.
    """
    from scipy import sparse
    from sklearn.metrics import accuracy_score, log_loss

    if rows is None:
        evidence: Any = vectors
    elif vectors is None:
        evidence = rows
    else:
        evidence = sparse.hstack([sparse.csr_matrix(vectors), rows], format="csr")
    width = 0 if vectors is None else vectors.shape[1]
    every = np.arange(labels.max() + 1)
    attempts: tuple[Attempt, ...] = ()
    empty = np.empty((0, 0), np.float32)
    for strength in STRENGTHS:
        layer = _fitted(evidence[:train], labels[:train], strength)
        said = layer.predict_proba(evidence[train:])
        loss = log_loss(labels[train:], said, labels=every)
        accuracy = accuracy_score(labels[train:], said.argmax(axis=1))
        attempts += (Attempt(strength, float(loss), float(accuracy)),)
        yield Head(attempts, empty, empty, np.empty(0, np.float32))
    best = min(attempts, key=lambda attempt: attempt.loss)
    layer = _fitted(evidence, labels, best.strength)
    weights, bias = layer.coef_.T, layer.intercept_
    if len(every) == 2:  # scikit-learn keeps one column for two classes
        weights, bias = np.hstack([-weights, weights]) / 2, np.append(-bias, bias) / 2
    weights, bias = weights.astype(np.float32), bias.astype(np.float32)
    yield Head(attempts, weights[:width], weights[width:], bias)


def _fitted(evidence: Any, labels: np.ndarray, strength: float) -> Any:
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # several are slower at matrices of this size
        return LogisticRegression(C=strength, max_iter=_MAX_STEPS).fit(evidence, labels)
