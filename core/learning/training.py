"""What the trainings of every domain share: settings, the split of a data set, snapshots."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Generic, TypeVar

import numpy as np

from core.errors import InvalidInputError
from core.learning.card import Carded, ModelCard
from core.learning.datasets import LabelledExamples
from core.learning.examples import SkippedFile
from core.learning.metrics import Evaluation
from core.learning.novelty import NoveltyDetector
from core.learning.resuming import ResumePoint, ResumePoints

_NAMED = 8  # classes in a message
_IN_WORDS = {3: "three", 4: "four"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseTrainingSettings:
    """How to train.

    Attributes
    ----------
    seed : int
        Decides the split, and all else that is random.
    test_share : float in (0, 1)
        Of each class: examples that no decision of training sees.
    validation_share : float in (0, 1), or None for no validation part
        Of the rest of each class: examples that decide how to train.
    """

    seed: int = 0
    test_share: float = 0.2
    validation_share: float | None = None

    @property
    def network(self) -> str | None:
        """The pretrained network that is built on; None if there is none."""
        return None

    @property
    def most_per_class(self) -> int | None:
        """At most so many examples of each class are trained on; None for all."""
        return None


@dataclass(frozen=True, slots=True)
class Split:
    """Positions in the data set of the three parts, (n,) int64 each."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray

    @property
    def train_and_validation(self) -> np.ndarray:
        """(n,) int64: all that decide something, the training part first."""
        return np.concatenate([self.train, self.validation])


SettingsT = TypeVar("SettingsT", bound=BaseTrainingSettings)
ModelT = TypeVar("ModelT", bound=Carded)


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseTrainingStep(Generic[SettingsT, ModelT]):
    """A snapshot of training.

    Attributes
    ----------
    stage : what is going on, in words.
    share : float in [0, 1], about how far it is.
    seconds : float, since the beginning.
    split : Split, without the skipped ones in the end.
    skipped : examples that turned out to be damaged.
    model : the classifier, in the last step.
    evaluation : of the model on `split.test`, in that order; in the last step, if training
        evaluates.
    resume_point : the latest from which the training could go on, until it has ended. The same one
        until the next, whose number is higher by one.
    """

    settings: SettingsT
    stage: str
    share: float
    seconds: float
    split: Split
    skipped: tuple[SkippedFile, ...] = ()
    model: ModelT | None = None
    evaluation: Evaluation | None = None
    resume_point: ResumePoint | None = field(default=None, repr=False)

    @property
    def card(self) -> ModelCard | None:
        """That of the model, once there is one."""
        return None if self.model is None else self.model.card

    @property
    def novelty(self) -> NoveltyDetector | None:
        """What lets the model say “none of these”, once there is a model that can."""
        return None

    def details(self) -> dict[str, Any]:
        """What a card says of this kind of training besides: texts, numbers, and lists of these."""
        return {}


StepT = TypeVar("StepT", bound=BaseTrainingStep[Any, Any])


class Snapshots(Generic[StepT]):
    """The snapshots of a training: each is the one before with what has changed since.

    Time and the point to go on from are those of `points`.
    """

    def __init__(self, first: StepT, points: ResumePoints) -> None:
        self._points = points
        self.latest = replace(first, seconds=points.seconds, resume_point=points.latest)

    def __call__(self, stage: str, share: float, **changes: Any) -> StepT:
        """The next one; `changes` are of other fields."""
        self.latest = replace(
            self.latest,
            stage=stage,
            share=share,
            seconds=self._points.seconds,
            resume_point=None if "model" in changes else self._points.latest,
            **changes,
        )
        return self.latest


def points_of(
    dataset: LabelledExamples[Any, Any],
    settings: BaseTrainingSettings,
    resume: ResumePoint | None,
) -> ResumePoints:
    """The points of a training on a data set.

    Raises
    ------
    InvalidInputError
        If `resume` is of another training, or damaged.
    """
    return ResumePoints(dataset.noun, dataset.digest, asdict(settings), resume)


def split_of(dataset: LabelledExamples[Any, Any], settings: BaseTrainingSettings) -> Split:
    """The parts into which a training divides a data set.

    Raises
    ------
    InvalidInputError
        If there are too few examples, or a share is out of its bounds.
    """
    shares = {"test_share": settings.test_share, "validation_share": settings.validation_share}
    for name, share in shares.items():
        if share is not None and not 0 < share < 1:
            raise InvalidInputError(f"Expected {name} between 0 and 1. Received: {share!r}.")
    least = dataset.least_per_class
    poor = [name for name, count in dataset.counts().items() if count < least]
    if poor:
        uses = (
            "for training" if settings.validation_share is None else "for training, for validation"
        )
        raise InvalidInputError(
            f"Expected at least {_IN_WORDS.get(least, least)} {dataset.noun} of each class: "
            f"{uses} and for testing. Received: fewer of {', '.join(poor[:_NAMED])}."
        )
    rest, test = dataset.split(settings.test_share, settings.seed)
    within = dataset.at(rest)
    train, validation = np.arange(len(rest)), np.empty(0, np.int64)
    if settings.validation_share is not None:
        train, validation = within.split(settings.validation_share, settings.seed)
    if settings.most_per_class is not None:
        labels = within.labels[train]
        firsts = [
            train[np.flatnonzero(labels == label)[: settings.most_per_class]]
            for label in range(len(dataset.classes))
        ]
        train = np.random.default_rng(settings.seed).permutation(np.concatenate(firsts))
    return Split(rest[train], rest[validation], test)
