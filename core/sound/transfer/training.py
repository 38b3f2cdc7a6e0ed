"""Train a classifier of sounds of one's own: frozen networks that listen, and one layer."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from core.errors import InvalidInputError
from core.learning.datasets import SkippedFile
from core.learning.metrics import Evaluation, evaluate
from core.sound.encoders import Source, vector_of
from core.sound.heads import PENALTIES, choose_penalty, fit_head
from core.sound.transfer.classifier import SoundClassifier
from core.sound.transfer.dataset import SoundDataset

_SOURCES: tuple[Source, ...] = ("birds",)
_FOLDS = 4  # within what is learned from, to choose the penalty by
_HEARING_SHARE = 0.9  # of the progress: the layer takes a second or two


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundTrainingSettings:
    """How to train.

    Attributes
    ----------
    seed : int, decides the split.
    test_share : float in (0, 1), of each class: recordings that no decision of training sees.
    """

    seed: int = 0
    test_share: float = 0.3


@dataclass(frozen=True, slots=True)
class SoundSplit:
    """Positions in the data set of the two parts, (n,) int64 each."""

    train: np.ndarray
    test: np.ndarray

    @property
    def learnt(self) -> np.ndarray:
        """(n,) int64: all that decide something."""
        return self.train


@dataclass(slots=True)
class KnownSounds:
    """Vectors by a recording's digest, (D,) float32 each; None of one that cannot be decoded."""

    vectors: dict[str, np.ndarray | InvalidInputError] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundTrainingStep:
    """A snapshot of training.

    Attributes
    ----------
    stage : what is going on, in words.
    share : float in [0, 1], about how far it is.
    seconds : float, since the beginning.
    split : SoundSplit, at last without recordings that turned out to be damaged.
    skipped : tuple of SkippedFile, these.
    penalty : float, the inverse strength that was chosen; 0 until then.
    model : SoundClassifier or None
        In the last step.
    evaluation : Evaluation or None
        Of the model on `split.test`, in that order; in the last step.
    heard : (M,) int64 or None
        Positions in the data set of the recordings that are not damaged; in the last step.
    vectors : (M, D) float32 or None
        What the frozen network makes of these; in the last step.
    """

    settings: SoundTrainingSettings
    stage: str
    share: float
    seconds: float
    split: SoundSplit
    skipped: tuple[SkippedFile, ...] = ()
    penalty: float = 0.0
    model: SoundClassifier | None = None
    evaluation: Evaluation | None = None
    heard: np.ndarray | None = field(default=None, repr=False)
    vectors: np.ndarray | None = field(default=None, repr=False)


def train(
    dataset: SoundDataset,
    settings: SoundTrainingSettings | None = None,
    known: KnownSounds | None = None,
) -> Iterator[SoundTrainingStep]:
    """Train a classifier, with a snapshot for every recording that is heard.

    A recording is on one side of the split with all its windows.

    Parameters
    ----------
    dataset : at least two classes with at least three recordings each.
    known : vectors from trainings before this one; new ones are added.

    Raises
    ------
    InvalidInputError
        If there are too few recordings, or the share is out of its bounds.
    WeightsUnavailableError, MemoryBudgetError
        If the network cannot be had or held here.
    """
    settings = settings or SoundTrainingSettings()
    known = known or KnownSounds()
    started = time.perf_counter()
    step = SoundTrainingStep(
        settings=settings,
        stage="listening",
        share=0.0,
        seconds=0.0,
        split=split_of(dataset, settings),
    )
    yield step

    def after(stage: str, share: float) -> SoundTrainingStep:
        seconds = time.perf_counter() - started
        return replace(step, stage=stage, share=share, seconds=seconds)

    digests = [hashlib.sha256(sound.data).hexdigest() for sound in dataset.sounds]
    for i, (digest, sound) in enumerate(zip(digests, dataset.sounds, strict=True), start=1):
        if digest not in known.vectors:
            try:
                known.vectors[digest] = vector_of(sound.data, _SOURCES)
            except InvalidInputError as err:
                known.vectors[digest] = err
            yield after("listening", _HEARING_SHARE * i / len(digests))
    said = [known.vectors[digest] for digest in digests]
    damaged = {i: str(err) for i, err in enumerate(said) if isinstance(err, InvalidInputError)}
    heard = np.array([i for i in range(len(said)) if i not in damaged], np.int64)
    vectors = np.stack([said[i] for i in heard])
    whole = dataset.at(heard)
    part = split_of(whole, settings)
    step = replace(
        step,
        split=SoundSplit(heard[part.train], heard[part.test]),
        skipped=tuple(SkippedFile(dataset.sounds[i].name, why) for i, why in damaged.items()),
    )
    yield after("learning", _HEARING_SHARE)
    lesson, labels = [vectors[part.train]], whole.labels[part.train]
    penalty = _penalty(whole.at(part.train), lesson, labels, settings.seed)
    model = SoundClassifier(fit_head(lesson, labels, whole.classes, _SOURCES, penalty))
    judged = model.judge(vectors[part.test])
    yield replace(
        after("done", 1.0),
        penalty=penalty,
        model=model,
        evaluation=evaluate(whole.labels[part.test], judged, whole.classes),
        heard=heard,
        vectors=vectors,
    )


def split_of(dataset: SoundDataset, settings: SoundTrainingSettings) -> SoundSplit:
    """The two parts of a data set.

    Raises
    ------
    InvalidInputError
        If there are too few recordings, or the share is out of its bounds.
    """
    if not 0 < settings.test_share < 1:
        raise InvalidInputError(
            f"Expected test_share between 0 and 1. Received: {settings.test_share!r}."
        )
    poor = [name for name, count in dataset.counts().items() if count < 3]
    if poor:
        raise InvalidInputError(
            "Expected at least three recordings of each class: two to learn from, one to test "
            f"with. Received: fewer of {', '.join(poor[:8])}."
        )
    return SoundSplit(*dataset.split(settings.test_share, settings.seed))


def _penalty(
    dataset: SoundDataset, vectors: list[np.ndarray], labels: np.ndarray, seed: int
) -> float:
    """Chosen on folds within what is learned from; the middle one where they are too few."""
    folds, rest = np.zeros(len(labels), np.int64), np.arange(len(labels))
    for left in range(min(_FOLDS, int(np.bincount(labels).min())), 1, -1):
        kept, held = dataset.at(rest).split(1 / left, seed + left)
        folds[rest[held]] = left
        rest = rest[kept]
    if not folds.any():
        return PENALTIES[1]
    return choose_penalty(vectors, labels, dataset.classes, _SOURCES, folds)
