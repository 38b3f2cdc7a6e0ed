"""What a review says of a data set after corrections, without another look."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.learning.findings.groups import WeakGroup, confused_classes
from core.learning.findings.labels import LabelFinding, LabelsStep
from core.learning.findings.outliers import OutliersStep
from core.learning.findings.review import Review
from core.learning.metrics import exact_interval


def corrected_review(
    known: Review, before: np.ndarray, labels: np.ndarray, classes: int, origin: np.ndarray
) -> Review:
    """A review of examples some of which are left out or labelled otherwise now.

    Predictions stay those of classifiers that learned from the labels as they were. Of an example
    whose label has changed, no finding is kept; qualities of labels and confused classes are
    counted again. A weak group keeps the p-value that it was found with, and is dropped once it is
    predicted no worse than the rest.

    Parameters
    ----------
    known : of the examples as they were.
    before : (N,) int64, their labels by then.
    labels : (M,) int64 in 0..classes-1, of those that are kept, as they are now.
    origin : (M,) int64, ascending: where each of these was.
    """
    places = np.full(len(before), -1, np.int64)
    places[origin] = np.arange(len(origin))
    is_same = labels == before[origin]
    step = replace(
        known,
        labels=None if known.labels is None else _labels(known.labels, labels, places, is_same),
        outliers=None if known.outliers is None else _outliers(known.outliers, places, is_same),
    )
    predicted = step.predictions
    if predicted is None:
        return step
    if step.confused is not None:
        step = replace(step, confused=confused_classes(labels, predicted, classes))
    if step.weak is not None:
        step = replace(step, weak=_weak(step.weak, predicted == labels, places))
    return step


def _labels(
    known: LabelsStep, labels: np.ndarray, places: np.ndarray, is_same: np.ndarray
) -> LabelsStep:
    kept = places >= 0
    findings = []
    for each in known.findings:
        at = int(places[each.position])
        if at >= 0 and is_same[at]:
            near = [int(places[one]) for one in each.neighbours if places[one] >= 0]
            findings.append(_moved_label(each, at, near, labels))
    if known.probabilities is None:
        return replace(known, findings=tuple(findings))
    probabilities = known.probabilities[kept]
    own = probabilities[np.arange(len(labels)), labels]
    others = probabilities.copy()
    others[np.arange(len(labels)), labels] = -1
    return replace(
        known,
        findings=tuple(findings),
        quality=own if known.quality is None else np.where(is_same, known.quality[kept], own),
        suggested=others.argmax(axis=1),
        probabilities=probabilities,
    )


def _moved_label(
    finding: LabelFinding, position: int, near: list[int], labels: np.ndarray
) -> LabelFinding:
    return replace(
        finding,
        position=position,
        neighbours=tuple(near),
        neighbour_labels=tuple(labels[near].tolist()),
    )


def _outliers(known: OutliersStep, places: np.ndarray, is_same: np.ndarray) -> OutliersStep:
    findings = []
    for each in known.findings:
        at = int(places[each.position])
        if at < 0 or not is_same[at]:
            continue
        near = [
            (int(places[one]), distance)
            for one, distance in zip(each.neighbours, each.neighbour_distances, strict=True)
            if places[one] >= 0
        ]
        findings.append(
            replace(
                each,
                position=at,
                neighbours=tuple(one for one, _ in near),
                neighbour_distances=tuple(distance for _, distance in near),
            )
        )
    p_values = known.p_values
    if p_values is not None:
        p_values = np.where(is_same, p_values[places >= 0], 1.0)  # of a class that it has left
    return OutliersStep(known.share, tuple(findings), p_values)


def _weak(
    known: tuple[WeakGroup, ...], is_correct: np.ndarray, places: np.ndarray
) -> tuple[WeakGroup, ...]:
    found = []
    for group in known:
        own = places[group.positions]
        own = own[own >= 0]
        elsewhere = np.delete(is_correct, own)
        if not len(own) or not len(elsewhere):
            continue
        correct = int(is_correct[own].sum())
        changed = replace(
            group,
            positions=own,
            correct=correct,
            accuracy=correct / len(own),
            interval=exact_interval(correct, len(own)),
            accuracy_elsewhere=float(elsewhere.mean()),
        )
        if changed.accuracy < changed.accuracy_elsewhere:
            found.append(changed)
    return tuple(found)
