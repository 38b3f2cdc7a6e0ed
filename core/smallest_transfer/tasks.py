"""Questions about Fisher's irises, and which flowers teach and test the answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from core.errors import InvalidInputError, UnknownNameError

_MOST_LAYERS, _MOST_UNITS, _MOST_EPOCHS = 4, 256, 1000
_SPECIES = 3


class IrisTask(NamedTuple):
    """A question; `label` takes (N, 4) measurements in cm and (N,) species, and gives (N,) int.

    The label is -1 for flowers that the question is not about.
    """

    title: str
    classes: tuple[str, ...]
    label: Callable[[np.ndarray, np.ndarray], np.ndarray]


TASKS: dict[str, IrisTask] = {
    "versicolor_virginica": IrisTask(
        "Versicolor or virginica", ("versicolor", "virginica"), lambda cm, species: species - 1
    ),
    "species": IrisTask(
        "Which of three species", ("setosa", "versicolor", "virginica"), lambda cm, species: species
    ),
    "setosa": IrisTask(
        "Setosa or another", ("setosa", "another"), lambda cm, species: species.clip(0, 1)
    ),
    "wide_sepal": IrisTask(
        "Sepals at least 3 cm wide", ("narrow", "wide"), lambda cm, species: 1 * (cm[:, 1] >= 3)
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IrisSettings:
    """What is transferred to what.

    Attributes
    ----------
    source, target : keys of `TASKS`, not the same.
    examples : int >= 1
        Labelled flowers of each class of the target task.
    frozen : int in 0..len(hidden)
        So many of the lower layers do not learn the target task.
    hidden : units of 1 to 4 hidden layers, each in 1..256.
    epochs : int in 1..1000
        Steps of gradient descent, each over all examples.
    seed : int >= 0
        Decides the split, the examples and the random weights.
    """

    source: str = "versicolor_virginica"
    target: str = "species"
    examples: int = 3
    frozen: int = 1
    hidden: tuple[int, ...] = (16, 16)
    epochs: int = 100
    seed: int = 0


class Part(NamedTuple):
    """Standardised measurements (n, 4) float32 and labels (n,) int64 of a task's flowers."""

    x: np.ndarray
    y: np.ndarray
    test_x: np.ndarray
    test_y: np.ndarray


def check(settings: IrisSettings) -> None:
    """Refuse what cannot be trained, before anything is loaded.

    Raises
    ------
    UnknownNameError, InvalidInputError
    """
    for name in (settings.source, settings.target):
        if name not in TASKS:
            raise UnknownNameError.among("task", name, TASKS)
    depth = len(settings.hidden)
    widths_fit = all(1 <= units <= _MOST_UNITS for units in settings.hidden)
    rules = (
        (settings.source != settings.target, "two different tasks"),
        (
            1 <= depth <= _MOST_LAYERS and widths_fit,
            f"1 to {_MOST_LAYERS} hidden layers of 1 to {_MOST_UNITS} units",
        ),
        (0 <= settings.frozen <= depth, f"0 to {depth} frozen layers"),
        (1 <= settings.epochs <= _MOST_EPOCHS, f"1 to {_MOST_EPOCHS} epochs"),
        (settings.seed >= 0, "a seed of at least 0"),
    )
    for holds, expected in rules:
        if not holds:
            raise InvalidInputError(f"Expected {expected}. Received: {settings}.")


def parts(settings: IrisSettings) -> tuple[Part, Part]:
    """The source task on all training flowers, the target task on a few; tests share no flower.

    Half of each species is for the test, decided by the seed alone.

    Raises
    ------
    InvalidInputError
        If there are not so many examples.
    """
    from sklearn.datasets import load_iris

    iris = load_iris()
    order = np.random.default_rng(settings.seed).permutation(len(iris.target))
    is_test = np.zeros(len(order), bool)
    for species in range(_SPECIES):
        members = np.flatnonzero(iris.target[order] == species)
        is_test[members[: len(members) // 2]] = True
    train, test = order[~is_test], order[is_test]
    known = iris.data[train]
    x = ((iris.data - known.mean(axis=0)) / known.std(axis=0)).astype(np.float32)

    def part(name: str, examples: int | None = None) -> Part:
        task = TASKS[name]
        labels = task.label(iris.data, iris.target)
        of_class = [train[labels[train] == label] for label in range(len(task.classes))]
        most = min(map(len, of_class))
        if examples is not None and not 1 <= examples <= most:
            raise InvalidInputError(
                f"Expected 1 to {most} examples of each class. Received: {examples}."
            )
        learnt = np.concatenate([flowers[:examples] for flowers in of_class])
        tested = test[labels[test] >= 0]
        return Part(x[learnt], labels[learnt], x[tested], labels[tested])

    return part(settings.source), part(settings.target, settings.examples)
