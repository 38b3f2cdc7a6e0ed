"""All that is found in a labelled data set by the vectors of a frozen network, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from core.engine import with_heartbeat
from core.learning.findings.groups import (
    ConfusedClasses,
    WeakGroup,
    confused_classes,
    weak_groups,
)
from core.learning.findings.labels import LabelsStep, find_wrong_labels
from core.learning.findings.outliers import OutliersStep, find_outliers

MOST_OUTLIERS = 100
_LABELS_SHARE, _OUTLIERS_SHARE = 0.7, 0.25  # of the work


@dataclass(frozen=True, slots=True)
class Review:
    """What is known of N labelled examples so far; None is not known yet.

    Attributes
    ----------
    stage : what is looked for now.
    share : float in [0, 1], of the work that is done.
    labels : those that look wrong; without findings where fewer than two classes have two examples.
    outliers : the odd ones out of their classes.
    confused : classes that are taken for each other.
    weak : groups of like examples that are predicted worse than the others.
    """

    stage: Literal["labels", "outliers", "groups", "done"] = "labels"
    share: float = 0.0
    labels: LabelsStep | None = None
    outliers: OutliersStep | None = None
    confused: tuple[ConfusedClasses, ...] | None = None
    weak: tuple[WeakGroup, ...] | None = None

    @property
    def is_unjudged(self) -> bool:
        """Whether no label could be checked, as fewer than two classes have two examples."""
        return self.labels is not None and self.labels.probabilities is None

    @property
    def predictions(self) -> np.ndarray | None:
        """(N,) int64: the most probable class of each example, out of fold, once it is known."""
        known = None if self.labels is None else self.labels.probabilities
        return None if known is None else known.argmax(axis=1)


def review(
    vectors: np.ndarray,
    labels: np.ndarray,
    classes: int,
    *,
    groups: np.ndarray | None = None,
    seed: int = 0,
) -> Iterator[Review]:
    """Look for what is wrong, with a snapshot several times a second; the last has everything.

    Parameters
    ----------
    vectors : (N, D) float32, N >= 2
    labels : (N,) int64 in 0..classes-1
    groups : (N,) int, or None; near duplicates have the same number.
    seed : int >= 0, of folds and clusters.

    Raises
    ------
    InvalidInputError
        If vectors and labels do not fit together, or there are fewer than two examples.
    """
    step = Review()
    yield step
    if (np.bincount(labels, minlength=classes) > 1).sum() > 1:
        for found in find_wrong_labels(vectors, labels, classes, groups=groups, seed=seed):
            step = replace(step, share=_LABELS_SHARE * found.share)
            yield step
        step = replace(step, labels=found)
    else:
        step = replace(step, labels=LabelsStep(1.0))
    step = replace(step, stage="outliers", share=_LABELS_SHARE)
    yield step
    for odd in find_outliers(vectors, labels, most=MOST_OUTLIERS):
        yield replace(step, share=_LABELS_SHARE + _OUTLIERS_SHARE * odd.share)
    step = replace(step, stage="groups", share=_LABELS_SHARE + _OUTLIERS_SHARE, outliers=odd)
    yield step
    predicted = step.predictions
    if predicted is None:
        yield replace(step, stage="done", share=1.0, confused=(), weak=())
        return
    step = replace(step, confused=confused_classes(labels, predicted, classes))
    yield step
    for weak in with_heartbeat(lambda: weak_groups(vectors, predicted == labels, seed=seed)):
        if weak is None:
            yield step
        else:
            yield replace(step, stage="done", share=1.0, weak=weak)
