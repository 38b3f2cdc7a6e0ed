"""Evaluation of heads on held-out folds, by their inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import train_test_split

from core.learning.metrics import evaluate
from core.recipes.sounds.clips import Clips, Input
from core.sound.heads import INVERSE_PENALTIES, choose_penalty, fit_head

HEAD_INPUTS: dict[str, tuple[Input, ...]] = {
    "photos": ("photos",),
    "book": ("book",),
    "birds": ("birds",),
    "both": ("photos", "birds"),
}
"""Of a head: names in `Clips.vectors`."""


@dataclass(frozen=True)
class HeldOutPredictions:
    """Predictions of heads for clips of folds that they have not learned from.

    Attributes
    ----------
    classes : tuple of C str
    labels : (N,) int64
    probabilities : (N, C) float32
    folds : (N,) int64
    """

    classes: tuple[str, ...]
    labels: np.ndarray
    probabilities: np.ndarray
    folds: np.ndarray

    def summary(self) -> dict[str, object]:
        """Accuracy of all and of each fold, and macro F1."""
        correct = self.probabilities.argmax(axis=1) == self.labels
        evaluation = evaluate(self.labels, self.probabilities, self.classes)
        return {
            "accuracy": round(float(correct.mean()), 4),
            "folds": {
                int(f): round(float(correct[self.folds == f].mean()), 4) for f in set(self.folds)
            },
            "macro_f1": round(evaluation.macro_f1, 4),
            "expected_calibration_error": round(
                evaluation.reliability.expected_calibration_error, 4
            ),
        }


def cross_validate(
    vectors: Sequence[np.ndarray],
    labels: np.ndarray,
    classes: tuple[str, ...],
    folds: np.ndarray,
    clips_of_each_class: int | None = None,
    seed: int = 0,
    penalty: float | None = None,
) -> HeldOutPredictions:
    """Each fold by a head that has learned from the others.

    Parameters
    ----------
    penalty : of every head; None lets the folds that it learns from choose.
    clips_of_each_class : learn from at most so many, drawn at random.
    """
    probabilities = np.empty((len(labels), len(classes)), np.float32)
    for fold in np.unique(folds):
        train = np.flatnonzero(folds != fold)
        if clips_of_each_class is not None:
            train = _subset(train, labels, clips_of_each_class, seed)
        inputs = [part[train] for part in vectors]
        chosen = penalty
        if chosen is None and clips_of_each_class is None and len(np.unique(folds[train])) > 1:
            chosen = choose_penalty(inputs, labels[train], classes, folds[train])
        head = fit_head(inputs, labels[train], classes, (), chosen or INVERSE_PENALTIES[1])
        held_out = folds == fold
        x = np.concatenate([part[held_out] for part in vectors], axis=1)
        probabilities[held_out] = head.predict(x)
    return HeldOutPredictions(classes, labels, probabilities, folds)


def by_recording(predictions: HeldOutPredictions, recordings: np.ndarray) -> dict[str, object]:
    """How mistakes are spread over the recordings that clips were cut from.

    Parameters
    ----------
    recordings : (N,) str, of each clip.

    Returns
    -------
    `right`, the share of recordings of which most clips are right, and `half_of_mistakes`, how few
    recordings hold half of all wrong clips.
    """
    _, places, counts = np.unique(recordings, return_inverse=True, return_counts=True)
    mistakes = predictions.probabilities.argmax(axis=1) != predictions.labels
    wrong = np.bincount(places, mistakes)
    worst = np.cumsum(np.sort(wrong)[::-1])
    return {
        "right": round(float((wrong < counts / 2).mean()), 4),
        "half_of_mistakes": int(np.searchsorted(worst, worst[-1] / 2)) + 1 if worst[-1] else 0,
    }


def leaking_accuracy(clips: Clips, inputs: Sequence[Input], seed: int) -> float:
    """Of windows split at random, as the book does: clips and recordings stand on both sides."""
    labels = clips.targets()[clips.owners]
    train, test = train_test_split(
        np.arange(len(labels)), test_size=0.2, random_state=seed, stratify=labels
    )
    parts = [clips.windows[name] for name in inputs]
    learned_from = [part[train] for part in parts]
    head = fit_head(learned_from, labels[train], clips.classes, (), INVERSE_PENALTIES[1])
    predicted = head.logits(np.concatenate([p[test] for p in parts], axis=1)).argmax(axis=1)
    return round(float((predicted == labels[test]).mean()), 4)


def _subset(positions: np.ndarray, labels: np.ndarray, count: int, seed: int) -> np.ndarray:
    shuffled = np.random.default_rng(seed).permutation(positions)
    firsts = [shuffled[labels[shuffled] == label][:count] for label in np.unique(labels)]
    return np.concatenate(firsts)
