"""What a training strategy works with: settings, the split, and a place for what it finds."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from core.errors import InvalidInputError
from core.vision.classification import DEFAULT_BACKBONE
from core.vision.transfer.datasets import ImageDataset
from core.vision.transfer.trained_model import Checkpoint

Strategy = Literal["scratch", "features", "augment", "fine_tune", "initialise"]
_PRIOR_DEVIATION = 0.5
# Tuned blocks are right on 0.940 of 360 flowers, frozen features on 0.897; of 720 cats and dogs
# on 0.989 against 0.992 (three seeds each). Fewer validation photos see such a difference badly,
# so that tuning is believed unless they speak against it.
_DOUBT = 0.5  # standard errors


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
        judge its rounds: when to stop, what to keep, how sure to be.
    photos_per_class : int or None
        Train with at most so many photos of each class, for learning curves.
    epochs : int or None
        At most so many rounds over the training photos; None as suits the strategy.
    patience : int or None
        Stop after so many rounds without a lower validation loss; None as suits the strategy.
    """

    strategy: Strategy = "features"
    backbone: str = DEFAULT_BACKBONE
    seed: int = 0
    test_share: float = 0.2
    validation_share: float = 0.1
    photos_per_class: int | None = None
    epochs: int | None = None
    patience: int | None = None


@dataclass(frozen=True, slots=True)
class Epoch:
    """One round over the training photos; of the dense layer, which is solved, ten steps.

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


@dataclass(slots=True)
class FrozenFeatures:
    """What frozen backbones make of photos, so that several trainings need not ask twice.

    Attributes
    ----------
    vectors : by backbone and position in the data set, (D,) float32 each.
    seconds : what computing each of them took.
    """

    vectors: dict[tuple[str, int], np.ndarray] = field(default_factory=dict)
    seconds: dict[tuple[str, int], float] = field(default_factory=dict)


class TrainingRun:
    """What a strategy works with: the photos of each part, and a place for what it finds.

    Parameters
    ----------
    known : features that are there already; the time they took counts, so that trainings can be
        compared whatever came before them. New ones are added.
    """

    def __init__(
        self, dataset: ImageDataset, settings: TrainingSettings, known: FrozenFeatures
    ) -> None:
        self.dataset = dataset
        self.settings = settings
        self.split = split_of(dataset, settings)
        self.known = known
        self.epochs: list[Epoch] = []
        self.best: Checkpoint | None = None
        self._stage = self._patience = 0
        # Losses of the validation photos: by `best`, and by the best of the stages before
        self._kept: np.ndarray | None = None
        self._to_beat: np.ndarray | None = None
        self._started = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Since the beginning, with what was saved by what is known."""
        return time.perf_counter() - self._started

    def count(self, seconds: float) -> None:
        """Let `seconds` that others have spent for it count."""
        self._started -= seconds

    def photos(self, positions: np.ndarray) -> list[bytes]:
        """The encoded photos at `positions`."""
        return [self.dataset.photos[i].data for i in positions]

    def targets(self, positions: np.ndarray) -> np.ndarray:
        """(n, classes) float32: one-hot labels of the photos at `positions`."""
        return np.eye(len(self.dataset.classes), dtype=np.float32)[self.dataset.labels[positions]]

    def begin_stage(self, patience: int) -> None:
        """Something else learns from here on; it may be worse at first.

        It ends after `patience` rounds without a lower loss, if the settings do not say otherwise.
        """
        self._stage = len(self.epochs)
        self._to_beat = self._kept
        self._patience = self.settings.patience or patience

    def finish_epoch(
        self,
        training: tuple[float, float],
        answers: np.ndarray,
        assemble: Callable[[], Any],
        weights: dict[str, list[np.ndarray]],
        *,
        is_last: bool = False,
    ) -> bool:
        """Note a round, and keep its weights if it is the best.

        Parameters
        ----------
        training : loss and accuracy on the training photos.
        answers : (n, classes) float32, probabilities of the validation photos.
        assemble, weights : as for `Checkpoint`; weights of the layer `predictions` among them,
            which are scaled so that its probabilities fit the validation photos best. Without
            that, rounds that differ in nothing but their confidence could not be compared.
        is_last : the stage has come to its planned end. This round then stands for all of it,
            unless the validation photos speak for the stages before: among rounds that differ
            little, a small validation part finds the luckiest rather than the best.

        Returns
        -------
        False if it is time to stop.
        """
        targets = self.targets(self.split.validation)
        temperature = fit_temperature(answers, targets)
        answers = at_temperature(answers, temperature)
        validation = score(answers, targets)
        self.epochs.append(Epoch(len(self.epochs) + 1, self.seconds, *training, *validation))
        losses = cross_entropies(answers, targets)
        worse = (
            _is_worse(losses, self._to_beat, doubt=_DOUBT)
            if is_last
            else _is_worse(losses, self._kept)
        )
        if not worse:
            self._kept = losses
            cooled = [w / np.float32(temperature) for w in weights["predictions"]]
            self.best = Checkpoint(
                self.dataset.classes, assemble, {**weights, "predictions": cooled}
            )
        stage = [epoch.validation_loss for epoch in self.epochs[self._stage :]]
        return len(stage) - 1 - int(np.argmin(stage)) < self._patience


def _is_worse(losses: np.ndarray, others: np.ndarray | None, doubt: float = 0.0) -> bool:
    """Whether the mean is higher, by so many standard errors of the difference of pairs."""
    if others is None:
        return False
    difference = losses - others
    return bool(difference.mean() > doubt * difference.std() / np.sqrt(len(difference)))


def score(probabilities: np.ndarray, targets: np.ndarray) -> tuple[float, float]:
    """Mean cross-entropy in nats, and accuracy."""
    loss = cross_entropies(probabilities, targets).mean()
    return float(loss), float((probabilities.argmax(1) == targets.argmax(1)).mean())


def cross_entropies(probabilities: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """(N,) in nats, of (N, C) probabilities and one-hot targets."""
    return -np.log(np.maximum((probabilities * targets).sum(axis=1), 1e-9))


def at_temperature(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """The softmax of the same logits divided by `temperature`."""
    logits = np.log(np.maximum(probabilities, 1e-30)) / temperature
    return softmax(logits)


def softmax(logits: np.ndarray) -> np.ndarray:
    """(N, C) probabilities of (N, C) logits."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def fit_temperature(probabilities: np.ndarray, targets: np.ndarray) -> float:
    """The temperature at which (N, C) probabilities fit (N, C) one-hot targets best.

    A few examples say little, so that it stays near 1 for them: a normal prior on its logarithm.

    References
    ----------
    Guo et al., On Calibration of Modern Neural Networks, ICML 2017.
    """
    candidates = np.exp(np.linspace(-1.5, 1.5, 61))
    losses = [
        len(targets) * score(at_temperature(probabilities, t), targets)[0]
        + (np.log(t) / _PRIOR_DEVIATION) ** 2 / 2
        for t in candidates
    ]
    return float(candidates[int(np.argmin(losses))])


def split_of(dataset: ImageDataset, settings: TrainingSettings) -> Split:
    """The three parts into which a training divides a data set.

    Raises
    ------
    InvalidInputError
        If there are too few photos, or a share is out of its bounds.
    """
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
