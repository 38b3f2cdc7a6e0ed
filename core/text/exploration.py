"""A first look at texts: lengths, what is wrong with them, near duplicates, labels, a map."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from core.errors import InvalidInputError
from core.learning.feature_cache import FeatureCache
from core.learning.findings.first_look import FirstLookStep, after_embedding
from core.text import pieces
from core.text.duplicates import find_duplicates
from core.text.encoders import DEFAULT_ENCODER
from core.text.quality import find_poor_texts, measured
from core.text.transfer.dataset import TextDataset

_EVERY = 64  # texts between two snapshots


@dataclass(frozen=True, slots=True, kw_only=True)
class TextExplorationStep(FirstLookStep):
    """What is known of N texts of C classes so far; None is not known yet."""

    encoder: str
    copies: int  # texts that are the same as an earlier one
    lengths: np.ndarray | None = None  # (N,) int64, words of each text
    languages: tuple[str, ...] | None = None  # of ISO 639-1, empty where it is uncertain


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
        stage="texts",
        total=total,
        counts=dataset.counts(),
        encoder=encoder,
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
    search = find_duplicates(texts, digests, vectors)
    yield from after_embedding(step, vectors, search, seed=seed)
