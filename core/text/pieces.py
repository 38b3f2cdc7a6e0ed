"""Long documents for encoders that read a few hundred tokens: piece by piece, then averaged."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np

from core.learning.feature_cache import FeatureCache
from core.text.encoders import DEFAULT_ENCODER, encode_steps

PIECE_WORDS = 150  # about 200 tokens of English, of the 256 that MiniLM reads
MOST_PIECES = 16
_KEPT_AT_ONCE = 512  # texts whose vectors are kept together


def pieces(text: str) -> list[str]:
    """Pieces of at most 150 words; of a text with more than 16, as many, evenly spread.

    A text without words is one empty piece.
    """
    words = text.split()
    starts = np.arange(0, max(1, len(words)), PIECE_WORDS)
    if len(starts) > MOST_PIECES:
        starts = starts[np.linspace(0, len(starts) - 1, MOST_PIECES).round().astype(int)]
    return [" ".join(words[start : start + PIECE_WORDS]) for start in starts]


def embed(texts: Sequence[str], *, encoder: str = DEFAULT_ENCODER) -> np.ndarray:
    """The meaning of whole documents: the mean of their pieces' embeddings, at unit length.

    Returns
    -------
    (N, D) float32

    Raises
    ------
    UnknownNameError, InvalidInputError, WeightsUnavailableError, MemoryBudgetError
        See `core.text.encoders.encode`.
    """
    *_, (_, vectors) = embed_steps(texts, encoder=encoder)
    return vectors


def embed_steps(
    texts: Sequence[str], *, encoder: str = DEFAULT_ENCODER
) -> Iterator[tuple[float, np.ndarray]]:
    """As `embed`, for progress: the share that is done with the sums so far, at last the result."""
    parts = [pieces(text) for text in texts]
    flat = [piece for part in parts for piece in part]
    owner = np.repeat(np.arange(len(texts)), [len(part) for part in parts])
    sums, done = np.zeros((len(texts), 0), np.float32), 0
    for rows, vectors in encode_steps(flat, encoder=encoder):
        if not sums.shape[1]:
            sums = np.zeros((len(texts), vectors.shape[1]), np.float32)
        np.add.at(sums, owner[rows], vectors)
        done += len(rows)
        yield done / len(flat), sums
    yield 1.0, sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)


def add_missing(
    texts: Sequence[str], digests: Sequence[str], encoder: str, cache: FeatureCache
) -> Iterator[float]:
    """Add the embeddings of texts that are missing in a cache; the share that is done.

    Who stops on the way keeps what is there by then. Errors are those of `embed`.
    """
    missing = cache.missing(encoder, digests)
    for start in range(0, len(missing), _KEPT_AT_ONCE):
        part, began = missing[start : start + _KEPT_AT_ONCE], time.perf_counter()
        own = [texts[i] for i in part]
        for share, vectors in embed_steps(own, encoder=encoder):  # noqa: B007 - the last
            yield (start + share * len(part)) / len(missing)
        seconds = time.perf_counter() - began
        cache.add(encoder, [digests[i] for i in part], vectors, seconds)
