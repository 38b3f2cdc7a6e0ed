"""How good a classifier is: what any domain asks of labels and probabilities.

The numbers are scikit-learn's, which is imported on first use: that takes a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import InvalidInputError
from core.wording import counted

_SUM_TOLERANCE = 0.02  # bf16 keeps 8 bits: its softmax may miss 1 by that much


@dataclass(frozen=True, slots=True)
class RocCurve:
    """One class against the rest, over all thresholds."""

    false_positive_rate: np.ndarray
    """(K,) float64 in [0, 1], ascending from 0 to 1: a few hundred points of the curve at most;
    empty where it is undefined."""
    true_positive_rate: np.ndarray
    """(K,) float64, likewise."""
    auc: float
    """Area under the whole curve; NaN if the class, or any other, is missing from the labels."""


@dataclass(frozen=True, slots=True)
class Reliability:
    """Confidence against accuracy, in B bins of equal width.

    Attributes
    ----------
    edges : (B + 1,) float64, from 0 to 1; a bin holds its upper edge.
    confidence, accuracy : (B,) float64 in [0, 1]
        Means over the predictions in each bin; NaN in an empty one.
    count : (B,) int64
    expected_calibration_error : float in [0, 1]
        Mean distance between the two, weighted with the counts.
    """

    edges: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray
    count: np.ndarray
    expected_calibration_error: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a classifier of C classes did on N labelled examples.

    Attributes
    ----------
    classes : tuple of C str
    labels, predictions : (N,) int64 in 0..C-1
        What is true, and the most probable class.
    probabilities : (N, C) float64 in [0, 1], rows that sum to 1
    confidences : (N,) float64 in [0, 1]
        Probability of the predicted class.
    accuracy : float in [0, 1]
    log_loss : float >= 0 [nats]
    confusion : (C, C) int64
        Counts; the row is what is true, the column what was predicted.
    precision, recall, f1 : (C,) float64 in [0, 1]
        NaN for a class without examples; precision is 0 for one that was never predicted.
    support : (C,) int64, examples of each class.
    macro_precision, macro_recall, macro_f1, macro_auc : float in [0, 1]
        Means over the classes for which they are defined; NaN if there is none.
    roc : tuple of C RocCurve
    reliability : Reliability
    """

    classes: tuple[str, ...]
    labels: np.ndarray
    predictions: np.ndarray
    probabilities: np.ndarray
    confidences: np.ndarray
    accuracy: float
    log_loss: float
    confusion: np.ndarray
    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    support: np.ndarray
    macro_precision: float
    macro_recall: float
    macro_f1: float
    macro_auc: float
    roc: tuple[RocCurve, ...]
    reliability: Reliability


@dataclass(frozen=True, slots=True)
class Mistakes:
    """Examples that a classifier got wrong, the surest first, in parallel arrays of length M."""

    positions: np.ndarray
    """(M,) int64, among the examples."""
    true: np.ndarray
    """(M,) int64 in 0..C-1"""
    predicted: np.ndarray
    """(M,) int64 in 0..C-1"""
    confidence: np.ndarray
    """(M,) float64 in [0, 1], descending: probability of the predicted class."""


def evaluate(labels: np.ndarray, probabilities: np.ndarray, classes: Sequence[str]) -> Evaluation:
    """Compare what a classifier says with what is true.

    Parameters
    ----------
    labels : (N,) int in 0..C-1, N >= 1
    probabilities : (N, C) float in [0, 1], rows that sum to 1
    classes : C >= 2 names

    Raises
    ------
    InvalidInputError
        If shapes or values are others.
    """
    from sklearn import metrics

    labels, probabilities = _checked(labels, probabilities, len(classes))
    predictions = probabilities.argmax(axis=1)
    confidences = probabilities.max(axis=1)
    columns = np.arange(len(classes))
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        labels, predictions, labels=columns, zero_division=0.0
    )
    for scores in (precision, recall, f1):
        scores[support == 0] = np.nan
    curves = tuple(roc_curve(labels == k, probabilities[:, k]) for k in columns)
    return Evaluation(
        classes=tuple(classes),
        labels=labels,
        predictions=predictions,
        probabilities=probabilities,
        confidences=confidences,
        accuracy=float(metrics.accuracy_score(labels, predictions)),
        log_loss=float(metrics.log_loss(labels, probabilities, labels=columns)),
        confusion=metrics.confusion_matrix(labels, predictions, labels=columns),
        precision=precision,
        recall=recall,
        f1=f1,
        support=support,
        macro_precision=_mean_of_defined(precision),
        macro_recall=_mean_of_defined(recall),
        macro_f1=_mean_of_defined(f1),
        macro_auc=_mean_of_defined(np.array([curve.auc for curve in curves])),
        roc=curves,
        reliability=reliability(confidences, predictions == labels),
    )


def roc_curve(positive: np.ndarray, scores: np.ndarray, *, max_points: int = 300) -> RocCurve:
    """The ROC curve of (N,) float `scores` for (N,) bool `positive`.

    `max_points` (>= 2) bounds what is kept of it; the area is that of the whole curve.
    """
    from sklearn import metrics

    if positive.all() or not positive.any():
        return RocCurve(np.empty(0), np.empty(0), float("nan"))
    false_rate, true_rate, _ = metrics.roc_curve(positive, scores)
    # the curve rises along both axes, so their sum walks along it
    steps = np.linspace(0, 2, max_points)
    shown = np.unique(np.searchsorted(false_rate + true_rate, steps).clip(max=false_rate.size - 1))
    return RocCurve(false_rate[shown], true_rate[shown], float(metrics.auc(false_rate, true_rate)))


def mean_roc(evaluation: Evaluation, *, points: int = 201) -> RocCurve:
    """The mean of the ROC curves of all classes, at so many false positive rates.

    Its area is `macro_auc`; both are undefined where that of a class is.
    """
    if any(np.isnan(curve.auc) for curve in evaluation.roc):
        return RocCurve(np.empty(0), np.empty(0), float("nan"))
    rates = np.linspace(0, 1, points)
    curves = [
        np.interp(rates, curve.false_positive_rate, curve.true_positive_rate)
        for curve in evaluation.roc
    ]
    start = np.zeros(1)  # each curve leaves it upwards
    return RocCurve(
        np.concatenate([start, rates]),
        np.concatenate([start, np.mean(curves, axis=0)]),
        evaluation.macro_auc,
    )


def reliability(confidences: np.ndarray, correct: np.ndarray, *, bins: int = 15) -> Reliability:
    """Whether (N,) `confidences` in [0, 1] are as often right as they say; (N,) bool `correct`.

    References
    ----------
    Guo et al., On Calibration of Modern Neural Networks, ICML 2017, where `bins` is 15.
    """
    edges = np.linspace(0, 1, bins + 1)
    place = np.searchsorted(edges[1:-1], confidences, side="left")
    count = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):  # 0 / 0 in an empty bin is the NaN that is promised
        confidence = np.bincount(place, confidences, minlength=bins) / count
        accuracy = np.bincount(place, correct, minlength=bins) / count
    error = np.nansum(count * np.abs(confidence - accuracy)) / count.sum()
    return Reliability(edges, confidence, accuracy, count, float(error))


def wilson_interval(correct: int, total: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Between which shares the true one lies if `correct` of `total` independent tries were.

    Parameters
    ----------
    correct, total : int, 0 <= correct <= total, total >= 1
    confidence : float in (0, 1), how often such an interval holds the true share.

    References
    ----------
    Wilson (1927), https://doi.org/10.1080/01621459.1927.10502953
    """
    from scipy import stats

    tried = stats.binomtest(correct, total)
    low, high = tried.proportion_ci(confidence, method="wilson")
    return float(low), float(high)


def exact_interval(correct: int, total: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """As `wilson_interval`, and never too narrow, however few the tries are.

    References
    ----------
    Clopper and Pearson (1934), https://doi.org/10.1093/biomet/26.4.404
    """
    from scipy import stats

    low, high = stats.binomtest(correct, total).proportion_ci(confidence, method="exact")
    return float(low), float(high)


def most_confident_mistakes(evaluation: Evaluation, limit: int | None = None) -> Mistakes:
    """The mistakes a classifier was surest of come first; at most `limit` of them."""
    wrong = np.flatnonzero(evaluation.labels != evaluation.predictions)
    order = np.argsort(-evaluation.confidences[wrong], kind="stable")[:limit]
    wrong = wrong[order]
    return Mistakes(
        positions=wrong,
        true=evaluation.labels[wrong],
        predicted=evaluation.predictions[wrong],
        confidence=evaluation.confidences[wrong],
    )


def cell(evaluation: Evaluation, true: int, predicted: int) -> np.ndarray:
    """Positions of the examples in a cell of the confusion matrix: (M,) int64, the surest first.

    Raises
    ------
    InvalidInputError
        If there is no such cell.
    """
    last = len(evaluation.classes) - 1
    if not (0 <= true <= last and 0 <= predicted <= last):
        raise InvalidInputError(
            f"Expected classes in 0..{last}. Received: true={true}, predicted={predicted}."
        )
    in_cell = (evaluation.labels == true) & (evaluation.predictions == predicted)
    positions = np.flatnonzero(in_cell)
    return positions[np.argsort(-evaluation.confidences[positions], kind="stable")]


def _mean_of_defined(values: np.ndarray) -> float:
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if defined.size else float("nan")


def _checked(
    labels: np.ndarray, probabilities: np.ndarray, classes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Labels as int64 and probabilities as float64 with rows that sum to 1."""
    labels, probabilities = np.asarray(labels), np.asarray(probabilities, np.float64)
    if classes < 2 or labels.ndim != 1 or not labels.size:
        raise InvalidInputError(
            "Expected at least one label and two classes. "
            f"Received: labels of shape {labels.shape}, {counted(classes, 'class')}."
        )
    if probabilities.shape != (labels.size, classes):
        raise InvalidInputError(
            f"Expected probabilities of shape {(labels.size, classes)}. "
            f"Received: shape {probabilities.shape}."
        )
    if labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= classes:
        raise InvalidInputError(
            f"Expected whole labels in 0..{classes - 1}. "
            f"Received: {labels.dtype} in {labels.min()}..{labels.max()}."
        )
    sums = probabilities.sum(axis=1)
    # written so that NaN fails it
    if not (probabilities.min() >= 0 and np.abs(sums - 1).max() <= _SUM_TOLERANCE):
        raise InvalidInputError(
            "Expected probabilities of at least 0 in rows that sum to 1. Received: a minimum of "
            f"{probabilities.min():.3g} and sums in {sums.min():.3g}..{sums.max():.3g}."
        )
    return labels.astype(np.int64), probabilities / sums[:, None]
