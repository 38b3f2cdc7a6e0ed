"""Vectors of recordings by a frozen network that listens, each once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import cast

from core import engine
from core.errors import InvalidInputError
from core.learning.feature_cache import FeatureCache
from core.learning.findings.changes import Changes, find_changes
from core.sound.encoders import BIRD_NETWORK, Source, vector_of
from core.sound.transfer.dataset import SoundDataset

SOURCE: Source = "birds"


def embed_sounds(dataset: SoundDataset, source: str, cache: FeatureCache) -> Iterator[float]:
    """Add the vectors that are missing; the share that is done."""
    missing = cache.missing(source, dataset.digests)
    if missing:
        engine.graph(BIRD_NETWORK, "map")  # what is wrong with the network is wrong with no file
    for done, i in enumerate(missing, start=1):
        digest, began = dataset.digests[i], time.perf_counter()
        try:
            vector = vector_of(dataset.sounds[i].data, (cast(Source, source),))
        except InvalidInputError as err:
            cache.refuse(source, digest, err)
        else:
            cache.add(source, [digest], [vector], time.perf_counter() - began)
        yield done / len(missing)


def find_sound_changes(
    first: SoundDataset,
    second: SoundDataset,
    cache: FeatureCache | None = None,
    seed: int = 0,
) -> Iterator[Changes]:
    """What is new in a second set; see `core.learning.findings.changes.find_changes`."""
    yield from find_changes(first, second, SOURCE, embed_sounds, cache=cache, seed=seed)
