"""Labels that look wrong, over a whole data set.

References
----------
Confident learning: Northcutt et al. (2021), https://doi.org/10.1613/jair.1.12125. Their library,
cleanlab, prints, starts processes, and imports all that it has; the few lines that are needed of
it stand here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from core.learning.findings.neighbours import NeighbourSearch
from core.learning.findings.out_of_fold import (
    checked_examples,
    main_directions,
    predict_out_of_fold,
    stratified_folds,
)

_INVERSE_PENALTY = 50.0
_REPEATS = 3
_ROUNDS = 2
_SLACK = 1e-6  # of a threshold, as cleanlab has it


@dataclass(frozen=True, slots=True)
class LabelFinding:
    """An example whose label looks wrong.

    Attributes
    ----------
    position : int, among the examples.
    given, suggested : int in 0..C-1, the label that it has and the most probable other one.
    quality : float in [0, 1], of the label: the lower, the likelier it is wrong.
    neighbours : positions of the most similar examples, the nearest first.
    neighbour_labels : their labels.
    """

    position: int
    given: int
    suggested: int
    quality: float
    neighbours: tuple[int, ...]
    neighbour_labels: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class LabelsStep:
    """What is known of the labels of N examples so far.

    Attributes
    ----------
    share : float in [0, 1], of the work that is done.
    findings : those of confident learning, the likeliest first; in the last step.
    quality : (N,) float64 in [0, 1], of each label; in the last step, as what follows. 1 for an
        example that is alone in its class: nothing speaks of it.
    suggested : (N,) int64, the most probable class other than the given one.
    probabilities : (N, C) float64, out of fold.
    """

    share: float
    findings: tuple[LabelFinding, ...] = ()
    quality: np.ndarray | None = field(default=None, repr=False)
    suggested: np.ndarray | None = field(default=None, repr=False)
    probabilities: np.ndarray | None = field(default=None, repr=False)


def find_wrong_labels(
    vectors: np.ndarray,
    labels: np.ndarray,
    classes: int,
    *,
    widths: Sequence[int] = (),
    groups: np.ndarray | None = None,
    neighbours: int = 5,
    seed: int = 0,
) -> Iterator[LabelsStep]:
    """Look for labels that look wrong, with a snapshot after every fold.

    A classifier that has not seen an example says how probable its label is. That is asked several
    times, with other folds each time, then once more of classifiers that do not learn from what
    looked wrong at first.

    Parameters
    ----------
    vectors : (N, D) float32, of a frozen network, or of several side by side.
    labels : (N,) int64 in 0..classes-1; at least two classes have two examples.
    widths : of the blocks of columns of several networks; one block if empty.
    groups : (N,) int or None; near duplicates have the same number, and are in one fold.
    neighbours : int >= 0, of each finding.
    seed : int >= 0, of the folds.

    Raises
    ------
    InvalidInputError
        If vectors and labels do not fit together, or there are too few.
    """
    labels = checked_examples(vectors, labels, classes)
    yield LabelsStep(0.0)
    x = main_directions(vectors, widths)
    is_learned, total, done = None, _ROUNDS * _REPEATS * 5, 0
    for turn in range(_ROUNDS):
        sums = np.zeros((len(labels), classes))
        for repeat in range(_REPEATS):
            folds = stratified_folds(labels, seed=_REPEATS * seed + repeat, groups=groups)
            for held, probabilities in predict_out_of_fold(
                x, labels, classes, folds, _INVERSE_PENALTY, weigh=is_learned
            ):
                sums[held] += probabilities
                done += 1
                yield LabelsStep(min(done / total, 1.0))
        probabilities = sums / sums.sum(axis=1, keepdims=True)
        if turn < _ROUNDS - 1:
            is_learned = ~is_confidently_wrong(labels, probabilities)
    yield _last(vectors, labels, probabilities, neighbours)


def label_quality(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """(N,) float64 in [0, 1]: half of 1 plus the margin of the given label over the best other.

    Parameters
    ----------
    labels : (N,) int64 in 0..C-1
    probabilities : (N, C), of examples that were not learned from.
    """
    own, others = _own_and_others(labels, probabilities)
    quality = (1 + own - others.max(axis=1)) / 2
    quality[np.bincount(labels, minlength=probabilities.shape[1])[labels] < 2] = 1
    return np.clip(quality, 0, 1)


def is_confidently_wrong(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """(N,) bool: which labels confident learning counts as wrong.

    An example belongs confidently to a class that is at least as probable as it is on average for
    the examples labelled so; to the most probable one of several. Its label is wrong if that is
    another class, and the most probable one is another, too.
    """
    classes = probabilities.shape[1]
    own, _ = _own_and_others(labels, probabilities)
    counts = np.bincount(labels, minlength=classes)
    thresholds = np.bincount(labels, own, minlength=classes) / np.maximum(counts, 1)
    thresholds[counts == 0] = np.inf  # nobody is of that class
    is_candidate = probabilities >= thresholds - _SLACK
    confident = np.where(is_candidate, probabilities, -1).argmax(axis=1)
    is_wrong = is_candidate.any(axis=1) & (confident != labels)
    return is_wrong & (probabilities.argmax(axis=1) != labels) & (counts[labels] > 1)


def _own_and_others(labels: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rows = np.arange(len(labels))
    others = np.array(probabilities, np.float64)
    others[rows, labels] = -1
    return probabilities[rows, labels], others


def _last(
    vectors: np.ndarray, labels: np.ndarray, probabilities: np.ndarray, neighbours: int
) -> LabelsStep:
    quality = label_quality(labels, probabilities)
    suggested = _own_and_others(labels, probabilities)[1].argmax(axis=1)
    wrong = np.flatnonzero(is_confidently_wrong(labels, probabilities))
    wrong = wrong[np.argsort(quality[wrong], kind="stable")]
    near = np.empty((len(wrong), 0), np.int64)
    if len(wrong) and neighbours:
        near, _ = NeighbourSearch(vectors, most_exact=len(vectors)).around(wrong, neighbours)
    findings = tuple(
        LabelFinding(
            position=int(position),
            given=int(labels[position]),
            suggested=int(suggested[position]),
            quality=float(quality[position]),
            neighbours=tuple(row.tolist()),
            neighbour_labels=tuple(labels[row].tolist()),
        )
        for position, row in zip(wrong, near, strict=True)
    )
    return LabelsStep(1.0, findings, quality, suggested, probabilities)
