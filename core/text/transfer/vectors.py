"""Embeddings of texts by a frozen encoder, each once."""

from __future__ import annotations

from collections.abc import Iterator

from core.learning.feature_cache import FeatureCache
from core.learning.findings.changes import Changes, find_changes
from core.text import pieces
from core.text.encoders import DEFAULT_ENCODER
from core.text.transfer.dataset import TextDataset


def embed_texts(dataset: TextDataset, encoder: str, cache: FeatureCache) -> Iterator[float]:
    """Add the embeddings that are missing; the share that is done.

    Who stops on the way keeps what is there by then.
    """
    texts = [text.text for text in dataset.texts]
    yield from pieces.add_missing(texts, dataset.digests, encoder, cache)


def find_text_changes(
    first: TextDataset,
    second: TextDataset,
    encoder: str = DEFAULT_ENCODER,
    cache: FeatureCache | None = None,
    seed: int = 0,
) -> Iterator[Changes]:
    """What is new in a second set of texts; see `core.learning.findings.changes.find_changes`."""
    yield from find_changes(first, second, encoder, embed_texts, cache=cache, seed=seed)
