"""Texts to vectors by a pretrained network: sentence encoders of the zoo, modules of TF-Hub."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np

from core import engine, zoo
from core.zoo.spec import TextEncoderSpec
from core.zoo.tokenizers import Tokenizer

DEFAULT_ENCODER = "all_minilm_l6_v2"
_BATCH_TOKENS = 512  # padding included: of larger batches less stays in the processor's cache
_AT_ONCE = 4096  # texts that are sorted by length together


def encode(texts: Sequence[str], *, encoder: str = DEFAULT_ENCODER) -> np.ndarray:
    """One vector for each text; what a text has beyond the encoder's `max_tokens` is not read.

    Parameters
    ----------
    texts : sentences or short paragraphs.
    encoder : a text network of the zoo, a TF-Hub URL, or the path of a SavedModel folder.

    Returns
    -------
    (N, D) float32; of unit length for the encoders of the zoo.

    Raises
    ------
    UnknownNameError, InvalidInputError, WeightsUnavailableError, MemoryBudgetError
    """
    spec = zoo.text_encoder(encoder)
    vectors = None
    for rows, values in encode_steps(texts, encoder=encoder):
        if vectors is None:
            vectors = np.empty((len(texts), values.shape[1]), np.float32)
        vectors[rows] = values
    return np.empty((0, spec.dimension), np.float32) if vectors is None else vectors


def encode_steps(
    texts: Sequence[str], *, encoder: str = DEFAULT_ENCODER
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """As `encode`, batch by batch, for progress: positions (B,) in `texts`, vectors (B, D)."""
    spec = zoo.text_encoder(encoder)
    if not spec.builder:
        module = engine.text_module(encoder)
        for start in range(0, len(texts), _AT_ONCE // 32):
            part = texts[start : start + _AT_ONCE // 32]
            yield np.arange(start, start + len(part)), module(part)
        return
    network = engine.graph(encoder, "embedding")
    tokenizer = tokenizer_of(spec)
    with ThreadPoolExecutor(engine.machine().cores, thread_name_prefix="encode") as pool:
        try:
            for start in range(0, len(texts), _AT_ONCE):
                ids = tokenizer(texts[start : start + _AT_ONCE])
                rows = list(batches_by_length([len(row) for row in ids], _BATCH_TOKENS))
                inputs = (padded([ids[row] for row in batch]) for batch in rows)
                vectors = pool.map(lambda i: network(tokens=i[0], mask=i[1])[0], inputs)
                for batch, values in zip(rows, vectors, strict=True):
                    yield start + batch, values
        finally:  # whoever leaves early waits for a batch, not for all of them
            pool.shutdown(cancel_futures=True)


@cache
def tokenizer_of(spec: TextEncoderSpec) -> Tokenizer:
    """The tokenizer of an encoder of the zoo."""
    module, _, name = spec.tokenizer.partition(":")
    return getattr(importlib.import_module(module), name)(zoo.companion_path(spec), spec.max_tokens)


def batches_by_length(lengths: Sequence[int], tokens: int) -> Iterator[np.ndarray]:
    """Positions of rows of like length, as many at once as have `tokens` with their padding."""
    order = np.argsort(lengths, kind="stable")[::-1]
    start = 0
    while start < len(order):
        rows = max(1, tokens // max(1, lengths[order[start]]))  # the longest comes first
        yield order[start : start + rows]
        start += rows


def padded(ids: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Rows of token ids as (N, T) int32 with zeros behind them, and a float32 mask of ones."""
    lengths = np.array([len(row) for row in ids])
    mask = np.arange(lengths.max()) < lengths[:, None]
    tokens = np.zeros(mask.shape, np.int32)
    tokens[mask] = np.concatenate([np.asarray(row, np.int32) for row in ids])
    return tokens, mask.astype(np.float32)
