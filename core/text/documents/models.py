"""Two classifiers of documents: words alone, and words beside meaning; arrays in, numpy only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.text.tfidf import TermWeights

_LEVELS = 127


@dataclass(frozen=True)
class TermEvidence:
    """What the terms of a text say for each of K classes, added up.

    Attributes
    ----------
    terms : TermWeights, V of them.
    weights : (V, K) float32
    bias : (K,) float32
    """

    terms: TermWeights
    weights: np.ndarray
    bias: np.ndarray

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        """(N, K) float32: distances from the hyperplane of each class against the rest."""
        return (self.terms(texts) @ self.weights + self.bias).astype(np.float32)

    def to_arrays(self, name: str) -> dict[str, np.ndarray]:
        """For a file: weights in 8 bits, a scale for each class. The terms are kept elsewhere."""
        scale = np.abs(self.weights).max(axis=0) / _LEVELS
        levels = np.rint(self.weights / scale).astype(np.int8)
        return {f"{name}_weights": levels, f"{name}_scale": scale, f"{name}_bias": self.bias}

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, np.ndarray], name: str, terms: TermWeights
    ) -> TermEvidence:
        """What `to_arrays` wrote."""
        weights = arrays[f"{name}_weights"] * arrays[f"{name}_scale"].astype(np.float32)
        return cls(terms, weights, arrays[f"{name}_bias"].astype(np.float32))


@dataclass(frozen=True)
class EvidenceSvm:
    """The baseline: a linear support vector machine over TF-IDF, its scores calibrated.

    Attributes
    ----------
    evidence : TermEvidence
    sharpness : float > 0
        What the scores are multiplied with before the softmax: temperature scaling (Guo et al.,
        On Calibration of Modern Neural Networks, ICML 2017), which leaves the order as it is.
    """

    evidence: TermEvidence
    sharpness: float

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        """(N, C) float64 probabilities."""
        from scipy.special import softmax  # takes a while

        logits = self.evidence(texts).astype(np.float64) * self.sharpness
        return softmax(logits, axis=1)


@dataclass(frozen=True)
class EvidenceNetwork:
    """Frozen embeddings and the evidence of terms, side by side into one dense layer.

    It was taught to tell finer classes apart; their probabilities are added up.

    Attributes
    ----------
    evidence : TermEvidence of F fine classes.
    weights : (D + F, F) float32, for the embedding and then for the evidence.
    bias : (F,) float32
    coarse : (F,) int64, the class of each fine class.
    """

    evidence: TermEvidence
    weights: np.ndarray
    bias: np.ndarray
    coarse: np.ndarray

    def __call__(self, texts: Sequence[str], vectors: np.ndarray) -> np.ndarray:
        """(N, C) float64 probabilities of texts and their (N, D) float32 embeddings."""
        from scipy.special import softmax

        features = np.concatenate([vectors, self.evidence(texts)], axis=1)
        logits = (features @ self.weights + self.bias).astype(np.float64)
        return softmax(logits, axis=1) @ np.eye(self.coarse.max() + 1)[self.coarse]
