"""What a training strategy works with: settings, the split, and a place for what it finds."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.errors import InvalidInputError
from core.vision.classification import DEFAULT_BACKBONE
from core.vision.datasets import ImageDataset
from core.vision.trained_model import Checkpoint

Strategy = Literal["scratch", "features", "augment", "fine_tune", "initialise"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings:
    """How to train.

    Attributes
    ----------
    strategy : a key of `STRATEGIES`.
    backbone : a network of the zoo with a feature map, on disk; `scratch` takes none.
    seed : int
        Decides the split, the views and the order of photos.
    test_share, validation_share : float in (0, 1)
        Of each class: photos that no decision of training sees, and, of the rest, photos that
        decide when to stop.
    photos_per_class : int or None
        Train with at most so many photos of each class, for learning curves.
    epochs : int or None
        At most so many rounds over the training photos; None as suits the strategy.
    patience : int
        Stop after so many rounds without a lower validation loss.
    """

    strategy: Strategy = "features"
    backbone: str = DEFAULT_BACKBONE
    seed: int = 0
    test_share: float = 0.2
    validation_share: float = 0.1
    photos_per_class: int | None = None
    epochs: int | None = None
    patience: int = 5


@dataclass(frozen=True, slots=True)
class Epoch:
    """One round over the training photos.

    `seconds` is since training began; losses are cross-entropies in nats; accuracies in [0, 1].
    """

    number: int
    seconds: float
    loss: float
    accuracy: float
    validation_loss: float
    validation_accuracy: float


@dataclass(frozen=True, slots=True)
class Split:
    """Positions in the data set of the three parts, (n,) int64 each."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


class TrainingRun:
    """What a strategy works with: the photos of each part, and a place for what it finds."""

    def __init__(self, dataset: ImageDataset, settings: TrainingSettings) -> None:
        self.dataset = dataset
        self.settings = settings
        self.split = _split(dataset, settings)
        self.epochs: list[Epoch] = []
        self.best: Checkpoint | None = None
        self._started = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.perf_counter() - self._started

    def photos(self, positions: np.ndarray) -> list[bytes]:
        """The encoded photos at `positions`."""
        return [self.dataset.photos[i].data for i in positions]

    def targets(self, positions: np.ndarray) -> np.ndarray:
        """(n, classes) float32: one-hot labels of the photos at `positions`."""
        return np.eye(len(self.dataset.classes), dtype=np.float32)[self.dataset.labels[positions]]

    def finish_epoch(
        self, training: tuple[float, float], validation: tuple[float, float], best: Checkpoint
    ) -> bool:
        """Note (loss, accuracy) of both parts and keep `best` if it is; False: time to stop."""
        self.epochs.append(Epoch(len(self.epochs) + 1, self.seconds, *training, *validation))
        losses = [epoch.validation_loss for epoch in self.epochs]
        if losses[-1] <= min(losses):
            self.best = best
        return len(losses) - 1 - int(np.argmin(losses)) < self.settings.patience


def _split(dataset: ImageDataset, settings: TrainingSettings) -> Split:
    for name in ("test_share", "validation_share"):
        if not 0 < getattr(settings, name) < 1:
            raise InvalidInputError(
                f"Expected {name} between 0 and 1. Received: {getattr(settings, name)}."
            )
    poor = [name for name, count in dataset.counts().items() if count < 4]
    if poor:
        raise InvalidInputError(
            "Expected at least four photos of each class: for training, for deciding when to "
            f"stop, and for the test. Received fewer of: {', '.join(poor)}."
        )
    rest, test = dataset.split(settings.test_share, settings.seed)
    within = dataset.at(rest)
    kept, validation = within.split(settings.validation_share, settings.seed)
    if settings.photos_per_class is not None:
        labels = within.labels[kept]
        firsts = [
            kept[np.flatnonzero(labels == label)[: settings.photos_per_class]]
            for label in range(len(dataset.classes))
        ]
        kept = np.random.default_rng(settings.seed).permutation(np.concatenate(firsts))
    return Split(rest[kept], rest[validation], test)
