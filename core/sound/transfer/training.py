"""Train a classifier of one's own sounds: a frozen network that listens, and one layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.errors import InvalidInputError
from core.learning.card_of_training import with_card
from core.learning.examples import SkippedFile
from core.learning.feature_cache import FeatureCache
from core.learning.kept_features import KeptFeatures, restore_features
from core.learning.metrics import evaluate
from core.learning.resuming import ResumePoint
from core.learning.training import (
    BaseTrainingSettings,
    BaseTrainingStep,
    Snapshots,
    Split,
    points_of,
    split_of,
)
from core.sound.encoders import BIRD_NETWORK, CHANNELS
from core.sound.heads import INVERSE_PENALTIES, choose_penalty, fit_head
from core.sound.transfer.classifier import SoundClassifier
from core.sound.transfer.dataset import SoundDataset
from core.sound.transfer.vectors import SOURCE, embed_sounds

_FOLDS = 4  # within the training part, to choose the penalty by
_ENCODING_SHARE = 0.9  # of the progress: the layer takes a second or two


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundTrainingSettings(BaseTrainingSettings):
    """How to train; folds within the training part choose the penalty."""

    test_share: float = 0.3

    @property
    def network(self) -> str | None:
        return BIRD_NETWORK


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundTrainingStep(BaseTrainingStep[SoundTrainingSettings, SoundClassifier]):
    """A snapshot of training.

    Attributes
    ----------
    inverse_penalty : float, the one that was chosen; 0 until then.
    decoded : (M,) int64 or None
        Positions in the data set of the recordings that are not damaged; in the last step.
    vectors : (M, D) float32 or None
        What the frozen network makes of these; in the last step.
    """

    inverse_penalty: float = 0.0
    decoded: np.ndarray | None = field(default=None, repr=False)
    vectors: np.ndarray | None = field(default=None, repr=False)

    def details(self) -> dict[str, Any]:
        return {"inverse_penalty": self.inverse_penalty}


def train(
    dataset: SoundDataset,
    settings: SoundTrainingSettings | None = None,
    cache: FeatureCache | None = None,
    resume: ResumePoint | None = None,
) -> Iterator[SoundTrainingStep]:
    """Train a classifier, with a snapshot for every recording that is encoded.

    A recording is on one side of the split with all its windows.

    Parameters
    ----------
    dataset : at least two classes with at least three recordings each.
    cache : vectors from trainings before this one; new ones are added.
    resume : where the same training was interrupted, to go on from there.

    Raises
    ------
    InvalidInputError
        If there are too few recordings, or the share is out of its bounds; if `resume` is of
        another training, or damaged.
    WeightsUnavailableError, MemoryBudgetError
        If the network cannot be had or held here.
    """
    settings = settings or SoundTrainingSettings()
    cache = FeatureCache() if cache is None else cache
    split = split_of(dataset, settings)
    points = points_of(dataset, settings, resume)
    if resume is not None:
        restore_features(resume, cache, SOURCE, dataset.digests, _width)
    kept = KeptFeatures(cache, SOURCE, dataset.digests)
    first = SoundTrainingStep(
        settings=settings, stage="listening", share=0.0, seconds=0.0, split=split
    )
    snapshot = Snapshots(first, points)
    yield snapshot.latest
    for done in embed_sounds(dataset, SOURCE, cache):
        if points.is_due:
            points.make(kept.about(), kept.arrays())
        yield snapshot("listening", _ENCODING_SHARE * done)
    points.make(kept.about(), kept.arrays())
    refusals = {
        i: str(cache.refusals[SOURCE, digest])
        for i, digest in enumerate(dataset.digests)
        if (SOURCE, digest) in cache.refusals
    }
    decoded = np.array([i for i in range(len(dataset.sounds)) if i not in refusals], np.int64)
    if not len(decoded):
        raise InvalidInputError(
            f"Expected recordings that can be read. Received: none; of "
            f"{dataset.sounds[0].name}: {refusals[0]}"
        )
    sounds = dataset.at(decoded)
    vectors = cache.stack(SOURCE, sounds.digests)
    part = split_of(sounds, settings)
    yield snapshot(
        "learning",
        _ENCODING_SHARE,
        split=Split(decoded[part.train], decoded[part.validation], decoded[part.test]),
        skipped=tuple(SkippedFile(dataset.sounds[i].name, why) for i, why in refusals.items()),
    )
    x, labels = [vectors[part.train]], sounds.labels[part.train]
    folds = sounds.at(part.train).folds(_FOLDS, settings.seed)
    inverse_penalty = INVERSE_PENALTIES[1]  # where they are too few to choose by
    if folds.any():
        inverse_penalty = choose_penalty(x, labels, sounds.classes, folds)
    model = SoundClassifier(fit_head(x, labels, sounds.classes, (SOURCE,), inverse_penalty))
    probabilities = model.layer.predict(vectors[part.test])
    yield with_card(
        dataset,
        snapshot(
            "done",
            1.0,
            inverse_penalty=inverse_penalty,
            model=model,
            evaluation=evaluate(sounds.labels[part.test], probabilities, sounds.classes),
            decoded=decoded,
            vectors=vectors,
        ),
    )


def _width() -> int:
    return sum(2 * channels for channels in CHANNELS[SOURCE])
