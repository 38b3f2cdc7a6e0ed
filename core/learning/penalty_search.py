"""How strongly a logistic regression is to be penalised, by examples that it has not seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.errors import InvalidInputError
from core.learning.calibration import loss_and_accuracy
from core.learning.logistic_regression import Scaling, fit

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_FLOOR = 1e-6  # a probability below counts as this much: one odd example decides nothing

Part = tuple[np.ndarray, np.ndarray]
"""Positions to learn from, and positions that judge what was learned."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A penalty, and what layers with it do on examples that they have not seen.

    The loss is a cross-entropy in nats, the accuracy in [0, 1].
    """

    inverse_penalty: float
    loss: float
    accuracy: float


def best_of(attempts: Sequence[Attempt]) -> float:
    """The inverse penalty of the attempt with the lowest loss.

    Layers of many penalties are often right alike, and differ in how sure they are of it; so the
    loss is the better judge, and probabilities are what they say they are.
    """
    return min(attempts, key=lambda attempt: attempt.loss).inverse_penalty


def folds_as_parts(folds: np.ndarray) -> list[Part]:
    """Each fold judges what was learned from the others; (N,) int64 `folds`.

    Raises
    ------
    InvalidInputError
        If all examples are in one fold.
    """
    numbers = np.unique(folds)
    if len(numbers) < 2:
        raise InvalidInputError("Expected examples of at least two folds. Received: one.")
    return [(np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)) for fold in numbers]


def search_penalty(
    x: np.ndarray | csr_matrix,
    labels: np.ndarray,
    classes: int,
    inverse_penalties: Sequence[float],
    parts: Sequence[Part],
    scaling_of: Callable[[np.ndarray], Scaling] | None = None,
    tried: tuple[Attempt, ...] = (),
) -> Iterator[tuple[Attempt, ...]]:
    """Try penalties, one after another; yields the attempts so far.

    Parameters
    ----------
    x, labels, classes : as for `fit`.
    inverse_penalties : to choose among.
    parts : one with a validation part, several with folds. One without two classes to learn from
        is left out.
    scaling_of : finds the scaling of the examples that are learned from.
    tried : attempts with the first penalties that were made before, and are not made again.
    """
    scaled_parts = [
        (None if scaling_of is None else scaling_of(x[train]), train, held)
        for train, held in parts
        if len(np.unique(labels[train])) > 1
    ]
    targets = np.eye(classes, dtype=np.float32)[labels]
    all_held = np.concatenate([held for _, _, held in scaled_parts])
    attempts = tried
    for inverse_penalty in inverse_penalties[len(tried) :]:
        probabilities = np.concatenate(
            [
                fit(x[train], labels[train], classes, inverse_penalty, scaling).predict(x[held])
                for scaling, train, held in scaled_parts
            ]
        )
        loss, accuracy = loss_and_accuracy(probabilities, targets[all_held], floor=_FLOOR)
        attempts += (Attempt(inverse_penalty, loss, accuracy),)
        yield attempts
