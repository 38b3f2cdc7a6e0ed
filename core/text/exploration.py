"""A first look at texts: lengths, what is wrong with them, near duplicates, labels, a map."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from core.errors import InvalidInputError
from core.learning.embedding_map import map_steps
from core.learning.feature_cache import FeatureCache
from core.learning.findings.corrections import corrected_review
from core.learning.findings.pairs import DuplicatePair, best_first, moved_pairs
from core.learning.findings.quality import QualityFinding, moved
from core.learning.findings.review import Review
from core.learning.findings.reviewing import review_steps
from core.text import pieces
from core.text.duplicates import find_duplicates
from core.text.encoders import DEFAULT_ENCODER
from core.text.quality import find_poor_texts, measured
from core.text.transfer.dataset import TextDataset

_EVERY = 64  # texts between two snapshots


@dataclass(frozen=True, slots=True)
class TextExplorationStep:
    """What is known of N texts of C classes so far; None is not known yet."""

    stage: Literal["texts", "embeddings", "duplicates", "review", "map", "done"]
    done: int  # texts of this stage
    total: int
    counts: dict[str, int]  # texts of each class
    encoder: str
    names: tuple[str, ...]  # of the texts
    labels: np.ndarray  # (N,) int64
    copies: int  # texts that are the same as an earlier one
    lengths: np.ndarray | None = None  # (N,) int64, words of each text
    languages: tuple[str, ...] | None = None  # of ISO 639-1, empty where it is uncertain
    quality: tuple[QualityFinding, ...] | None = None  # see `core.text.quality`
    vectors: np.ndarray | None = None  # (N, D) float32, embeddings by `encoder`
    duplicates: tuple[DuplicatePair, ...] | None = None  # those that overlap best first
    review: Review | None = None  # labels, outliers, classes and groups, as far as it has come
    positions: np.ndarray | None = None  # (N, 2) float32, the t-SNE map


def explore(
    dataset: TextDataset,
    encoder: str = DEFAULT_ENCODER,
    seed: int = 0,
    cache: FeatureCache | None = None,
) -> Iterator[TextExplorationStep]:
    """Look at a data set, with a snapshot several times a second; the last has everything.

    Parameters
    ----------
    dataset : TextDataset with at least one text.
    encoder : a text network of the zoo, which embeds the texts.
    seed : int >= 0, of the map and of the review.
    cache : embeddings from trainings before; new ones are added, for trainings after this.

    Raises
    ------
    InvalidInputError
        If there are no texts.
    UnknownNameError, WeightsUnavailableError, MemoryBudgetError
        As for `core.text.encoders.encode`.
    """
    total = len(dataset.texts)
    if not total:
        raise InvalidInputError("Expected at least one text to explore. Received: none.")
    cache = FeatureCache() if cache is None else cache
    texts, digests = [one.text for one in dataset.texts], dataset.digests
    step = TextExplorationStep(
        "texts",
        0,
        total,
        dataset.counts(),
        encoder,
        names=tuple(one.name for one in dataset.texts),
        labels=dataset.labels,
        copies=total - len({*digests}),
    )
    yield step

    measures = []
    for done, text in enumerate(texts, start=1):
        measures.append(measured(text))
        if done % _EVERY == 0:
            yield replace(step, done=done)
    step = replace(
        step,
        lengths=np.array([one.words for one in measures], np.int64),
        languages=tuple(one.language for one in measures),
        quality=find_poor_texts(measures, digests),
        stage="embeddings",
    )
    del measures
    yield step

    for share in pieces.add_missing(texts, digests, encoder, cache):
        yield replace(step, done=int(share * total))
    vectors = cache.stack(encoder, digests)
    duplicates: tuple[DuplicatePair, ...] = ()
    step = replace(step, vectors=vectors, stage="duplicates", duplicates=duplicates)
    yield step

    for share, pairs in find_duplicates(texts, digests, vectors):
        duplicates = best_first((*duplicates, *pairs))
        step = replace(step, duplicates=duplicates, done=int(share * total))
        yield step
    step = replace(step, stage="review", done=0)
    yield step

    for known in review_steps(vectors, dataset.labels, len(dataset.classes), duplicates, seed=seed):
        step = replace(step, review=known, done=int(known.share * total))
        yield step
    step = replace(step, stage="map", done=0)
    yield step

    for positions in map_steps(vectors, seed=seed):
        if positions is None:
            yield step
        else:
            yield replace(step, positions=positions, stage="done", done=total)


def corrected(
    step: TextExplorationStep, dataset: TextDataset, origin: np.ndarray
) -> TextExplorationStep:
    """The exploration of a data set after corrections, without reading its texts again.

    Parameters
    ----------
    step : what is known of the data set as it was.
    dataset : the same with some texts excluded or put into other classes.
    origin : (M,) int64, ascending: where each text of `dataset` was.

    Returns
    -------
    TextExplorationStep
        For the texts of `dataset`; of the review see `corrected_review`.
    """
    review = step.review
    if review is not None:
        classes = len(dataset.classes)
        review = corrected_review(review, step.labels, dataset.labels, classes, origin)
    languages = step.languages
    return replace(
        step,
        counts=dataset.counts(),
        names=tuple(one.name for one in dataset.texts),
        labels=dataset.labels,
        copies=len(dataset.texts) - len({*dataset.digests}),
        lengths=None if step.lengths is None else step.lengths[origin],
        languages=None if languages is None else tuple(languages[i] for i in origin),
        quality=None if step.quality is None else moved(step.quality, origin),
        vectors=None if step.vectors is None else step.vectors[origin],
        duplicates=None if step.duplicates is None else moved_pairs(step.duplicates, origin),
        review=review,
        positions=None if step.positions is None else step.positions[origin],
    )
