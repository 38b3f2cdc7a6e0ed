"""The one layer that learns: from vectors of windows to classes of sounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import InvalidInputError
from core.sound.encoders import Source

PENALTIES = (0.5, 5.0, 50.0)
"""Inverse strengths of the penalty to choose among, for vectors of about unit length."""

_LEAST = 1e-6  # a probability below counts as this much: one odd clip decides nothing


@dataclass(frozen=True, slots=True)
class SoundHead:
    """A linear classifier of windows.

    Attributes
    ----------
    classes : tuple of C str
    sources : the networks whose vectors it takes.
    weights : (D, C) float32
    bias : (C,) float32
    """

    classes: tuple[str, ...]
    sources: tuple[Source, ...]
    weights: np.ndarray
    bias: np.ndarray

    def logits(self, vectors: np.ndarray) -> np.ndarray:
        """(N, C) float32 of the (N, D) vectors of windows, or of whole sounds."""
        return vectors @ self.weights + self.bias


def fit_head(
    vectors: Sequence[np.ndarray],
    labels: np.ndarray,
    classes: Sequence[str],
    sources: Sequence[Source],
    penalty: float,
) -> SoundHead:
    """Multinomial logistic regression; every source has the same say before it learns.

    Parameters
    ----------
    vectors : (N, D) float32 for each source.
    labels : (N,) int64, positions in `classes`; at least two of them occur.
    penalty : > 0, the inverse strength; see `PENALTIES`.
    """
    (head,) = fit_heads(vectors, labels, classes, sources, (penalty,))
    return head


def fit_heads(
    vectors: Sequence[np.ndarray],
    labels: np.ndarray,
    classes: Sequence[str],
    sources: Sequence[Source],
    penalties: Sequence[float],
) -> Iterator[SoundHead]:
    """As `fit_head`, for one penalty after another: what they share is done once."""
    from sklearn.linear_model import LogisticRegression  # takes a second

    means = [part.mean(axis=0) for part in vectors]
    scales = [part.std(axis=0) + 1e-3 for part in vectors]
    parts = [
        (part - mean) / (scale * np.sqrt(part.shape[1]))
        for part, mean, scale in zip(vectors, means, scales, strict=True)
    ]
    scale = np.concatenate([s * np.sqrt(len(s)) for s in scales])
    x = np.concatenate(parts, axis=1)
    if x.shape[0] < x.shape[1]:  # N directions hold all there is to know
        _, lengths, axes = np.linalg.svd(x, full_matrices=False)
        axes = axes[lengths > 1e-6 * lengths[0]].T
    else:
        axes = np.eye(x.shape[1], dtype=np.float32)
    x = x @ axes
    for penalty in penalties:
        fitted = LogisticRegression(C=penalty, max_iter=300).fit(x, labels)
        learned = np.zeros((axes.shape[1], len(classes)), np.float32)
        bias = np.full(len(classes), -np.inf, np.float32)
        if len(fitted.classes_) == 2:
            learned[:, fitted.classes_] = np.concatenate([-fitted.coef_, fitted.coef_]).T / 2
            bias[fitted.classes_] = np.array([-0.5, 0.5]) * fitted.intercept_[0]
        else:
            learned[:, fitted.classes_] = fitted.coef_.T
            bias[fitted.classes_] = fitted.intercept_
        weights = (axes @ learned) / scale[:, None]
        bias = bias - np.concatenate(means) @ weights
        yield SoundHead(
            tuple(classes), tuple(sources), weights.astype(np.float32), bias.astype(np.float32)
        )


def choose_penalty(
    vectors: Sequence[np.ndarray],
    labels: np.ndarray,
    classes: Sequence[str],
    sources: Sequence[Source],
    folds: np.ndarray,
) -> float:
    """The penalty whose heads find folds that they have not seen most likely.

    Heads of many penalties are often right alike, and differ in how sure they are of it; so the
    likelihood is the better judge, and probabilities are what they say they are.

    Parameters
    ----------
    folds : (N,) int64, at least two different ones.
    """
    if len(np.unique(folds)) < 2:
        raise InvalidInputError("Expected examples of at least two folds. Received: one.")
    likelihoods = dict.fromkeys(PENALTIES, 0.0)
    for fold in np.unique(folds):
        seen, held = folds != fold, folds == fold
        if len(np.unique(labels[seen])) < 2:
            continue
        given = np.concatenate([p[held] for p in vectors], axis=1)
        heads = fit_heads([p[seen] for p in vectors], labels[seen], classes, sources, PENALTIES)
        for penalty, head in zip(PENALTIES, heads, strict=True):
            said = softmax(head.logits(given))[np.arange(len(given)), labels[held]]
            likelihoods[penalty] += float(np.log(np.maximum(said, _LEAST)).sum())
    return max(PENALTIES, key=likelihoods.__getitem__)


def softmax(logits: np.ndarray) -> np.ndarray:
    """(N, C) probabilities; a class that no head knows has logit -inf."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
