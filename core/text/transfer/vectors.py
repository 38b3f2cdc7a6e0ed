"""Embeddings of texts by a frozen encoder, each once."""

from __future__ import annotations

import time
from collections.abc import Iterator

from core.learning.feature_cache import FeatureCache
from core.learning.findings.changes import Changes, find_changes
from core.text import pieces
from core.text.encoders import DEFAULT_ENCODER
from core.text.transfer.dataset import TextDataset

_KEPT_AT_ONCE = 512  # texts whose vectors are kept together


def embed_texts(dataset: TextDataset, encoder: str, cache: FeatureCache) -> Iterator[float]:
    """Add the embeddings that are missing; the share that is done.

    Who stops on the way keeps what is there by then.
    """
    missing = cache.missing(encoder, dataset.digests)
    for start in range(0, len(missing), _KEPT_AT_ONCE):
        part, began = missing[start : start + _KEPT_AT_ONCE], time.perf_counter()
        texts = [dataset.texts[i].text for i in part]
        for share, vectors in pieces.embed_steps(texts, encoder=encoder):  # noqa: B007 - the last
            yield (start + share * len(part)) / len(missing)
        seconds = time.perf_counter() - began
        cache.add(encoder, [dataset.digests[i] for i in part], vectors, seconds)


def find_text_changes(
    first: TextDataset,
    second: TextDataset,
    encoder: str = DEFAULT_ENCODER,
    cache: FeatureCache | None = None,
    seed: int = 0,
) -> Iterator[Changes]:
    """What is new in a second set of texts; see `core.learning.findings.changes.find_changes`."""
    yield from find_changes(first, second, encoder, embed_texts, cache=cache, seed=seed)
