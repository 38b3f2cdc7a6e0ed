"""How far the figures of a classifier may be off, given how few examples they were measured on."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from core.learning.metrics import Evaluation, wilson_interval

Interval = tuple[float, float]
_RESAMPLES = 4000
_SEED = 0


def intervals(evaluation: Evaluation, *, confidence: float = 0.95) -> dict[str, Interval]:
    """Between which values the figures of a classifier lie, by the name of each in `Evaluation`.

    They are `accuracy`, `macro_precision`, `macro_recall`, `macro_f1` and `macro_auc`: the first by
    Wilson, the last by DeLong, those between by a bootstrap. Those of a classifier without a single
    mistake are NaN but for the first: what never varied does not tell how much it may.

    Parameters
    ----------
    confidence : float in (0, 1), how often such an interval holds the true value.
    """
    correct = int(np.trace(evaluation.confusion))
    accuracy = wilson_interval(correct, evaluation.labels.size, confidence=confidence)
    return {
        "accuracy": accuracy,
        **_bootstrap(evaluation.confusion, confidence),
        "macro_auc": auc_interval(
            evaluation.labels, evaluation.probabilities, confidence=confidence
        ),
    }


def auc_interval(
    labels: np.ndarray, probabilities: np.ndarray, *, confidence: float = 0.95
) -> Interval:
    """The interval of the mean over the classes of each one's area against the rest.

    Parameters
    ----------
    labels : (N,) int in 0..C-1
    probabilities : (N, C) float
    confidence : float in (0, 1)

    Returns
    -------
    Its ends in [0, 1]. NaN if a class or all others are missing, or if every class is told apart
    without a mistake.

    References
    ----------
    DeLong et al. (1988), https://doi.org/10.2307/2531595: how much each example adds to the area.
    What it adds to those of all classes is summed first, so that their covariance counts. The ends
    are computed for the logit, which keeps them in [0, 1]: Pepe, The Statistical
    Evaluation of Medical Tests for Classification and Prediction (2003).
    """
    areas, added = [], np.zeros(len(labels))
    for column, scores in enumerate(probabilities.T):
        is_positive = labels == column
        positives, negatives = scores[is_positive], scores[~is_positive]
        if not len(positives) or not len(negatives):
            return float("nan"), float("nan")
        above = _share_below(positives, negatives)
        below = 1 - _share_below(negatives, positives)
        areas.append(above.mean())
        added[is_positive] += (above - above.mean()) / len(positives)
        added[~is_positive] += (below - below.mean()) / len(negatives)
    area = float(np.mean(areas))
    error = float(np.sqrt((added**2).sum())) / len(areas)
    if error == 0 or not 0 < area < 1:
        return float("nan"), float("nan")
    logit, spread = np.log(area / (1 - area)), _quantile(confidence) * error / (area * (1 - area))
    low, high = 1 / (1 + np.exp(-np.array([logit - spread, logit + spread])))
    return float(low), float(high)


def _share_below(values: np.ndarray, others: np.ndarray) -> np.ndarray:
    """For each value, the share of `others` below it; equal ones count half."""
    ordered = np.sort(others)
    counts = sum(np.searchsorted(ordered, values, side=side) for side in ("left", "right"))
    return np.asarray(counts / (2 * len(others)))


def _bootstrap(confusion: np.ndarray, confidence: float) -> dict[str, Interval]:
    """Percentiles of what resampled examples give.

    Only the cell counts of an example, so that as many drawn from the cells are a resample of them
    all: Efron and Tibshirani (1993), chapter 13.
    """
    names = ("macro_precision", "macro_recall", "macro_f1")
    total = int(confusion.sum())
    if np.trace(confusion) == total:
        return dict.fromkeys(names, (float("nan"), float("nan")))
    drawn = np.random.default_rng(_SEED).multinomial(
        total, confusion.ravel() / total, size=_RESAMPLES
    )
    counts = drawn.reshape(-1, *confusion.shape)
    correct = np.diagonal(counts, axis1=1, axis2=2)
    labelled, predicted = counts.sum(axis=2), counts.sum(axis=1)
    precision = correct / np.maximum(predicted, 1)
    recall = correct / np.maximum(labelled, 1)
    f1 = 2 * correct / np.maximum(labelled + predicted, 1)
    tail = (1 - confidence) / 2
    is_there = labelled > 0  # a class without examples has no figures
    found = {}
    for name, values in zip(names, (precision, recall, f1), strict=True):
        means = (values * is_there).sum(axis=1) / is_there.sum(axis=1)
        low, high = np.quantile(means, (tail, 1 - tail))
        found[name] = (float(low), float(high))
    return found


def _quantile(confidence: float) -> float:
    """How many standard errors such an interval reaches to both sides."""
    return NormalDist().inv_cdf((1 + confidence) / 2)
