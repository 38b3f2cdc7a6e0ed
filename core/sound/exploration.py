"""A first look at recordings: what is wrong with them, near duplicates, labels, a map."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from core import engine
from core.errors import InvalidInputError, without_frames
from core.learning.embedding_map import map_steps
from core.learning.examples import SkippedFile
from core.learning.feature_cache import FeatureCache
from core.learning.findings.corrections import corrected_review
from core.learning.findings.pairs import DuplicatePair, best_first, moved_pairs
from core.learning.findings.quality import QualityFinding, moved
from core.learning.findings.review import Review
from core.learning.findings.reviewing import review_steps
from core.sound.duplicates import find_duplicates
from core.sound.encoders import BIRD_NETWORK
from core.sound.quality import SoundMeasures, find_poor_sounds, measured
from core.sound.transfer.dataset import LabelledSound, SoundDataset
from core.sound.transfer.vectors import SOURCE, embed_sounds

_AHEAD_PER_THREAD = 4


@dataclass(frozen=True, slots=True)
class SoundExplorationStep:
    """What is known of recordings of C classes so far; None is not known yet.

    All arrays and positions are of the N recordings that can be read: of all until they are
    decoded, then of those at `decoded`.
    """

    stage: Literal["recordings", "embeddings", "duplicates", "review", "map", "done"]
    done: int  # recordings of this stage
    total: int
    counts: dict[str, int]  # recordings of each class
    encoder: str
    names: tuple[str, ...]  # of the recordings
    labels: np.ndarray  # (N,) int64
    decoded: np.ndarray  # (N,) int64, their positions in the data set
    skipped: tuple[SkippedFile, ...] = ()  # those that are damaged, and why
    seconds: np.ndarray | None = None  # (N,) float64, how long they are
    rates: np.ndarray | None = None  # (N,) int64 [Hz]
    quality: tuple[QualityFinding, ...] | None = None  # see `core.sound.quality`
    vectors: np.ndarray | None = None  # (N, D) float32, embeddings by `encoder`
    duplicates: tuple[DuplicatePair, ...] | None = None  # those that overlap best first
    review: Review | None = None  # labels, outliers, classes and groups, as far as it has come
    positions: np.ndarray | None = None  # (N, 2) float32, the t-SNE map


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
        "recordings",
        0,
        total,
        dataset.counts(),
        BIRD_NETWORK,
        names=tuple(one.name for one in dataset.sounds),
        labels=dataset.labels,
        decoded=np.arange(total),
    )
    yield step

    measures: list[SoundMeasures] = []
    skipped: list[SkippedFile] = []
    decoded: list[int] = []
    for position, measure in enumerate(_measured_all(dataset.sounds)):
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
    duplicates: tuple[DuplicatePair, ...] = ()
    step = replace(step, vectors=vectors, stage="duplicates", duplicates=duplicates)
    yield step

    for share, pairs in find_duplicates(vectors, [one.fingerprint for one in measures]):
        duplicates = best_first((*duplicates, *pairs))
        step = replace(step, duplicates=duplicates, done=int(share * step.total))
        yield step
    step = replace(step, stage="review", done=0)
    yield step

    for known in review_steps(vectors, step.labels, len(dataset.classes), duplicates, seed=seed):
        step = replace(step, review=known, done=int(known.share * step.total))
        yield step
    step = replace(step, stage="map", done=0)
    yield step

    for positions in map_steps(vectors, seed=seed):
        if positions is None:
            yield step
        else:
            yield replace(step, positions=positions, stage="done", done=step.total)


def corrected(
    step: SoundExplorationStep, dataset: SoundDataset, origin: np.ndarray
) -> SoundExplorationStep:
    """The exploration of a data set after corrections, without listening again.

    Parameters
    ----------
    step : what is known of the data set as it was.
    dataset : the same with some recordings excluded or put into other classes.
    origin : (M,) int64, ascending: where each recording of `dataset` was.

    Returns
    -------
    SoundExplorationStep
        For the recordings of `dataset`; of the review see `corrected_review`.
    """
    places = {int(position): place for place, position in enumerate(step.decoded)}
    decoded = np.array([i for i, before in enumerate(origin) if int(before) in places], np.int64)
    own = np.array([places[int(origin[i])] for i in decoded], np.int64)
    sounds = dataset.at(decoded)
    kept = {one.name for one in dataset.sounds}
    review = step.review
    if review is not None:
        classes = len(dataset.classes)
        review = corrected_review(review, step.labels, sounds.labels, classes, own)
    return replace(
        step,
        total=len(decoded),
        counts=sounds.counts(),
        names=tuple(one.name for one in sounds.sounds),
        labels=sounds.labels,
        decoded=decoded,
        skipped=tuple(file for file in step.skipped if file.name in kept),
        seconds=None if step.seconds is None else step.seconds[own],
        rates=None if step.rates is None else step.rates[own],
        quality=None if step.quality is None else moved(step.quality, own),
        vectors=None if step.vectors is None else step.vectors[own],
        duplicates=None if step.duplicates is None else moved_pairs(step.duplicates, own),
        review=review,
        positions=None if step.positions is None else step.positions[own],
    )


def _measured_all(
    sounds: tuple[LabelledSound, ...],
) -> Iterator[SoundMeasures | InvalidInputError]:
    """The measures of recordings on all cores, in order; of a damaged one what is wrong."""

    def measure(sound: LabelledSound) -> SoundMeasures | InvalidInputError:
        try:
            return measured(sound.data)
        except InvalidInputError as err:
            return without_frames(err)

    threads = engine.machine().cores
    with ThreadPoolExecutor(threads, thread_name_prefix="measure") as pool:
        waiting: deque = deque()
        for sound in sounds:
            waiting.append(pool.submit(measure, sound))
            if len(waiting) > threads * _AHEAD_PER_THREAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
