"""What a training strategy works with: settings, the split, its epochs and its best weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, Literal

import numpy as np

from core.errors import InvalidInputError
from core.learning.calibration import (
    at_temperature,
    cross_entropies,
    fit_temperature,
    loss_and_accuracy,
)
from core.learning.feature_cache import FeatureCache
from core.learning.kept_features import KeptFeatures, restore_features
from core.learning.resuming import ResumePoint
from core.learning.stored import checked
from core.learning.training import BaseTrainingSettings, points_of, split_of
from core.vision.classification import DEFAULT_BACKBONE
from core.vision.transfer.checkpoint import Checkpoint
from core.vision.transfer.classifiers import HIDDEN
from core.vision.transfer.datasets import ImageDataset
from core.vision.transfer.epochs import Epoch, kept_in_stages, restored_epochs
from core.vision.transfer.resuming import (
    check_layers,
    feature_width,
    pack_checkpoint,
    pack_network,
    restore_network,
    unpack_checkpoint,
)
from core.zoo.spec import ImageNetworkSpec

Strategy = Literal["plain", "dropout", "scratch", "features", "augment", "fine_tune", "initialise"]
_WITHOUT_TRANSFER = ("plain", "dropout", "scratch")
# Tuned blocks are right on 0.940 of 360 flowers, frozen features on 0.897; of 720 cats and dogs
# on 0.989 against 0.992 (three seeds each). Fewer validation photos see such a difference badly,
# so that tuning is believed unless they speak against it.
_DOUBT = 0.5  # standard errors
_ROUNDS, _KEPT, _TO_BEAT = "rounds", "kept_losses", "losses_to_beat"  # in a point
_NETWORK = "network"  # in its rounds
_BOUNDS = (("learning_rate", 1e-7, 0.1), ("dropout", 0.0, 0.9), ("hidden_units", 8, 1024))


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings(BaseTrainingSettings):
    """How to train.

    Attributes
    ----------
    strategy : a key of `STRATEGIES`.
    backbone : a network of the zoo with a feature map, on disk; strategies from random weights,
        `plain`, `dropout` and `scratch`, take none.
    validation_share : photos that judge its epochs: when to stop, what to keep, how sure to be.
    photos_per_class : int or None
        Train with at most so many photos of each class, for learning curves.
    epochs : int or None
        At most so many epochs over the training photos; None as suits the strategy.
    patience : int or None
        Stop after so many epochs without a lower validation loss; None as suits the strategy.
    depth : str or None
        Layer of the backbone after which `fine_tune` tunes everything, one of
        `core.zoo.anatomy.Anatomy.depths`; None tunes the last blocks.
    learning_rate : float in (0, 0.1] or None
        The highest rate of what learns by gradients; None as suits the strategy.
    dropout : float in [0, 0.9] or None
        Share of the features that the dense layer does not get to see, anew for each photo, where
        it learns by gradients; None as suits the strategy.
    hidden_units : int from 8 to 1024 or None
        Of a hidden layer with ReLU between the averaged features and the dense layer. Both learn by
        gradients then; where a backbone is tuned after that, `learning_rate` is of the tuning
        alone. None for no such layer.
    """

    strategy: Strategy = "features"
    backbone: str = DEFAULT_BACKBONE
    validation_share: float = 0.1
    photos_per_class: int | None = None
    epochs: int | None = None
    patience: int | None = None
    depth: str | None = None
    learning_rate: float | None = None
    dropout: float | None = None
    hidden_units: int | None = None

    @property
    def network(self) -> str | None:
        return None if self.strategy in _WITHOUT_TRANSFER else self.backbone

    @property
    def most_per_class(self) -> int | None:
        return self.photos_per_class


class TrainingRun:
    """What a strategy works with: the photos of each part, its epochs and its best weights.

    Parameters
    ----------
    cache : features from trainings before; the time they took counts, so that trainings can be
        compared whatever came before them. New ones are added.
    resume : where the same training was interrupted.
    earlier : the epochs of a training that is repeated on all photos. Each stage ends where that
        one was best, and is as sure as it was, since no photo is left to judge that.

    Raises
    ------
    InvalidInputError
        If the data set cannot be divided as the settings say, or `resume` is of another training.
    """

    def __init__(
        self,
        dataset: ImageDataset,
        settings: TrainingSettings,
        cache: FeatureCache,
        resume: ResumePoint | None = None,
        earlier: Sequence[Epoch] = (),
    ) -> None:
        _check(settings)
        self.dataset = dataset
        self.settings = settings
        self.split = split_of(dataset, settings)
        self._planned = kept_in_stages(earlier)
        if earlier:
            self.split = replace(self.split, train=np.arange(len(dataset.photos)))
        self.cache = cache
        self.points = points_of(dataset, settings, resume)
        self.resume = resume
        self.epochs: list[Epoch] = []
        self.best: Checkpoint | None = None
        self._stage = self._patience = 0
        self._stage_number = -1
        # Losses of the validation photos: by `best`, and by the best of the stages before
        self._kept: np.ndarray | None = None
        self._to_beat: np.ndarray | None = None
        self._features: KeptFeatures | None = None
        if resume is not None and _ROUNDS in resume.about:
            checked(partial(self._restore, resume))

    def take_features(self, spec: ImageNetworkSpec) -> tuple[str, ...]:
        """Keep the features of a backbone in points from now on.

        Returns
        -------
        The digests of photos whose features came with the point that this training goes on from.

        Raises
        ------
        InvalidInputError
            If that point is damaged.
        """
        digests = self.dataset.digests
        self._features = KeptFeatures(self.cache, spec.name, digests)
        if self.resume is None:
            return ()
        width = partial(feature_width, spec)
        return restore_features(self.resume, self.cache, spec.name, digests, width)

    def make_point(self, about: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        """Make a point to go on from, with the features that are there."""
        features = {} if self._features is None else self._features.arrays()
        self.points.make(about, {**features, **arrays})

    def make_point_of_network(self, part: Any, *, goes_on: bool) -> None:
        """Make a point after an epoch of a network: with it, the epochs and the best weights.

        Parameters
        ----------
        part : a compiled Keras network.
        goes_on : whether there is another epoch.
        """
        about, arrays = pack_network(part)
        self.make_point_of_epoch(_NETWORK, about, arrays, goes_on=goes_on)

    def make_point_of_epoch(
        self, what: str, state: dict[str, Any], arrays: dict[str, np.ndarray], *, goes_on: bool
    ) -> None:
        """The same of anything else that learns.

        Parameters
        ----------
        what : what it is called in points.
        state, arrays : what `restore_epoch` gives back of it.
        """
        best, best_arrays = pack_checkpoint(self.solution)
        about = {
            "epochs": [asdict(epoch) for epoch in self.epochs],
            "stage": self._stage,
            "patience": self._patience,
            "best": best,
            what: {**state, "goes_on": goes_on},
        }
        losses = {_KEPT: self._kept, _TO_BEAT: self._to_beat}
        known = {name: array for name, array in losses.items() if array is not None}
        self.make_point({_ROUNDS: about}, {**known, **best_arrays, **arrays})

    @property
    def goes_on_with_network(self) -> bool:
        """Whether the point that this training goes on from is of a network."""
        return self.resume is not None and _NETWORK in self.resume.about.get(_ROUNDS, {})

    def restore_network(self, part: Any, epochs: int) -> int | None:
        """Make a network what it was at the point that this training goes on from.

        Parameters
        ----------
        part : a compiled Keras network with starting weights.
        epochs : at most so many.

        Returns
        -------
        The number of the next epoch, from 0 to `epochs`; None if there was none yet.

        Raises
        ------
        InvalidInputError
            If the point is damaged.
        """

        def restore(state: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
            if self.solution.backbone is None:
                check_layers(part, self.solution)
            restore_network(part, state, arrays)

        return self.restore_epoch(_NETWORK, restore, epochs)

    def restore_epoch(
        self,
        what: str,
        restore: Callable[[dict[str, Any], Mapping[str, np.ndarray]], None],
        epochs: int,
    ) -> int | None:
        """The same of anything else that learns.

        Parameters
        ----------
        what : as for `make_point_of_epoch`.
        restore : takes the state and the arrays of a point; raises KeyError, TypeError or
            ValueError if they are damaged.
        """
        point = self.resume
        if point is None or what not in point.about.get(_ROUNDS, {}):
            return None

        def read() -> int:
            state, done = point.about[_ROUNDS][what], len(self.epochs) - self._stage
            if done > epochs or type(state["goes_on"]) is not bool:
                raise ValueError
            restore(state, point.arrays)
            return done if state["goes_on"] else epochs

        return checked(read)

    def _restore(self, point: ResumePoint) -> None:
        """Have the epochs and the best weights of a point that `make_point_of_rounds` made."""
        rounds, arrays = point.about[_ROUNDS], point.arrays
        self.epochs = [*restored_epochs(rounds["epochs"])]
        self._stage, self._patience = rounds["stage"], rounds["patience"]
        self._stage_number = self.epochs[-1].stage
        self._kept, self._to_beat = arrays[_KEPT], arrays.get(_TO_BEAT)
        if not all(type(n) is int for n in (self._stage, self._patience)):
            raise ValueError
        if _NETWORK not in rounds and HIDDEN not in rounds:
            raise ValueError
        if not 0 <= self._stage < len(self.epochs) or self._patience < 1:
            raise ValueError
        for losses in (self._kept, self._to_beat):
            if losses is None:
                continue
            fits = losses.dtype.kind == "f" and losses.shape == self.split.validation.shape
            if not fits or not np.isfinite(losses).all():
                raise ValueError
        self.best = unpack_checkpoint(
            rounds["best"], arrays["best"], self.dataset.classes, self.settings
        )

    @property
    def repeats(self) -> bool:
        """Whether it repeats a training on all photos."""
        return bool(self._planned)

    @property
    def solution(self) -> Checkpoint:
        """The best weights, once an epoch is finished."""
        if self.best is None:
            raise RuntimeError("Expected a finished epoch. Received: none.")
        return self.best

    def photos(self, positions: np.ndarray) -> list[bytes]:
        """The encoded photos at `positions`."""
        return [self.dataset.photos[i].data for i in positions]

    def targets(self, positions: np.ndarray) -> np.ndarray:
        """(n, classes) float32: one-hot labels of the photos at `positions`."""
        return np.eye(len(self.dataset.classes), dtype=np.float32)[self.dataset.labels[positions]]

    def begin_stage(self, patience: int) -> None:
        """Something else learns from here on; it may be worse at first.

        It ends after `patience` epochs without a lower loss, if the settings do not say otherwise.
        """
        self._stage = len(self.epochs)
        self._stage_number += 1
        self._to_beat = self._kept
        self._patience = self.settings.patience or patience

    def finish_epoch(
        self,
        training: tuple[float, float],
        probabilities: np.ndarray,
        assemble: Callable[[], Any],
        weights: dict[str, list[np.ndarray]],
        *,
        backbone: ImageNetworkSpec | None = None,
        is_last: bool = False,
    ) -> bool:
        """Note an epoch, and keep its weights if it is the best.

        Parameters
        ----------
        training : loss and accuracy on the training photos.
        probabilities : (n, classes) float32, of the validation photos.
        assemble, weights, backbone : as for `Checkpoint`; weights of the layer `predictions` among
            them, which are scaled so that its probabilities fit the validation photos best. Without
            that, epochs that differ in nothing but their confidence could not be compared.
        is_last : the stage has come to its planned end. This epoch then stands for all of it,
            unless the validation photos speak for the stages before: among epochs that differ
            little, a small validation part finds the luckiest rather than the best.

        Returns
        -------
        False if it is time to stop.
        """
        targets = self.targets(self.split.validation)
        planned = self._planned.get(self._stage_number)
        temperature = (
            fit_temperature(probabilities, targets) if planned is None else planned.temperature
        )
        probabilities = at_temperature(probabilities, temperature)
        losses = cross_entropies(probabilities, targets)
        is_kept = planned is not None or not (
            _is_worse(losses, self._to_beat, doubt=_DOUBT)
            if is_last
            else _is_worse(losses, self._kept)
        )
        if is_kept:
            self._kept = losses
            cooled = [w / np.float32(temperature) for w in weights["predictions"]]
            self.best = Checkpoint(
                self.dataset.classes, assemble, {**weights, "predictions": cooled}, backbone
            )
        validation = loss_and_accuracy(probabilities, targets)
        self.epochs.append(
            Epoch(
                len(self.epochs) + 1,
                self.points.seconds,
                *training,
                *validation,
                self._stage_number,
                temperature,
                is_kept,
            )
        )
        stage = [epoch.validation_loss for epoch in self.epochs[self._stage :]]
        if planned is not None:
            return len(stage) < planned.epochs
        return len(stage) - 1 - int(np.argmin(stage)) < self._patience


def _check(settings: TrainingSettings) -> None:
    for name, low, high in _BOUNDS:
        value = getattr(settings, name)
        is_number = type(value) is int or name != "hidden_units"
        if value is not None and not (is_number and low <= value <= high):
            raise InvalidInputError(
                f"Expected {name} from {low:g} to {high:g}. Received: {value!r}."
            )


def _is_worse(losses: np.ndarray, others: np.ndarray | None, doubt: float = 0.0) -> bool:
    """Whether the mean is higher, by so many standard errors of the difference of pairs."""
    if others is None:
        return False
    difference = losses - others
    return bool(difference.mean() > doubt * difference.std() / np.sqrt(len(difference)))
