"""A first look at recordings: what is wrong with them, near duplicates, labels, a map."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from core.engine import on_all_cores
from core.errors import InvalidInputError
from core.learning.examples import SkippedFile
from core.learning.feature_cache import FeatureCache
from core.learning.findings.first_look import FirstLookStep, after_embedding
from core.sound.duplicates import find_duplicates
from core.sound.encoders import BIRD_NETWORK
from core.sound.quality import SoundMeasures, find_poor_sounds, measured
from core.sound.transfer.dataset import SoundDataset
from core.sound.transfer.vectors import SOURCE, embed_sounds


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundExplorationStep(FirstLookStep):
    """What is known of recordings of C classes so far; None is not known yet.

    All arrays and positions are of the N recordings that can be read: of all until they are
    decoded, then of those at `decoded`.
    """

    encoder: str
    decoded: np.ndarray  # (N,) int64, their positions in the data set
    skipped: tuple[SkippedFile, ...] = ()  # those that are damaged, and why
    seconds: np.ndarray | None = None  # (N,) float64, how long they are
    rates: np.ndarray | None = None  # (N,) int64 [Hz]


def explore(
    dataset: SoundDataset, seed: int = 0, cache: FeatureCache | None = None
) -> Iterator[SoundExplorationStep]:
    """Look at a data set, with a snapshot several times a second; the last has everything.

    Parameters
    ----------
    dataset : SoundDataset with at least one recording.
    seed : int >= 0, of the map and of the review.
    cache : embeddings from trainings before; new ones are added, for trainings after this.

    Raises
    ------
    InvalidInputError
        If there are no recordings, or none can be read.
    WeightsUnavailableError, MemoryBudgetError
        If the network cannot be had or held here.
    """
    total = len(dataset.sounds)
    if not total:
        raise InvalidInputError("Expected at least one recording to explore. Received: none.")
    cache = FeatureCache() if cache is None else cache
    step = SoundExplorationStep(
        stage="recordings",
        total=total,
        counts=dataset.counts(),
        encoder=BIRD_NETWORK,
        names=tuple(one.name for one in dataset.sounds),
        labels=dataset.labels,
        decoded=np.arange(total),
    )
    yield step

    measures: list[SoundMeasures] = []
    skipped: list[SkippedFile] = []
    decoded: list[int] = []
    measured_all = on_all_cores(dataset.sounds, lambda sound: measured(sound.data))
    for position, measure in enumerate(measured_all):
        if isinstance(measure, InvalidInputError):
            skipped.append(SkippedFile(dataset.sounds[position].name, str(measure)))
        else:
            measures.append(measure)
            decoded.append(position)
        yield replace(step, done=position + 1)
    if not decoded:
        raise InvalidInputError(
            f"Expected recordings that can be read. Received: none; of {skipped[0].name}: "
            f"{skipped[0].reason}"
        )
    sounds = dataset.at(decoded)
    step = replace(
        step,
        total=len(decoded),
        counts=sounds.counts(),
        names=tuple(one.name for one in sounds.sounds),
        labels=sounds.labels,
        decoded=np.array(decoded, np.int64),
        skipped=tuple(skipped),
        seconds=np.array([one.seconds for one in measures]),
        rates=np.array([one.rate for one in measures], np.int64),
        quality=find_poor_sounds(measures),
        stage="embeddings",
    )
    yield step

    for share in embed_sounds(sounds, SOURCE, cache):
        yield replace(step, done=int(share * step.total))
    for digest, name in zip(sounds.digests, step.names, strict=True):
        if (err := cache.refusals.get((SOURCE, digest))) is not None:
            raise InvalidInputError(f"{name}: {err} Leave this recording out.") from err
    vectors = cache.stack(SOURCE, sounds.digests)
    search = find_duplicates(vectors, [one.fingerprint for one in measures])
    yield from after_embedding(step, vectors, search, seed=seed)
