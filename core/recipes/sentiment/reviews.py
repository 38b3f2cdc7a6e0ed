"""The Large Movie Review Dataset, and embeddings of its sentences by frozen encoders.

References
----------
Maas et al. (2011), https://aclanthology.org/P11-1015
"""

from __future__ import annotations

import hashlib
import lzma
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from core import zoo
from core.media import plain_text
from core.recipes.common.command_line import show_progress
from core.recipes.common.files import cache_folder, cached_array
from core.text import encoders
from core.text.sentiment.sentences import sentences

_CHUNK = 500  # reviews whose vectors are kept together, so that a run can be resumed


@dataclass(frozen=True)
class Reviews:
    """Film reviews in plain text.

    Attributes
    ----------
    texts : tuple of N str
    labels : (N,) int64, 1 where positive.
    """

    texts: tuple[str, ...]
    labels: np.ndarray

    def at(self, rows: np.ndarray) -> Reviews:
        """The reviews at `rows`."""
        return Reviews(tuple(self.texts[i] for i in rows), self.labels[rows])


def read_reviews(path: Path) -> Reviews:
    """The reviews of a `label<TAB>text` file; of identical ones, the first."""
    labels: dict[str, int] = {}
    with lzma.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            label, _, text = line.rstrip("\n").partition("\t")
            labels.setdefault(plain_text(text), int(label))
    return Reviews(tuple(labels), np.array(list(labels.values())))


@dataclass(frozen=True)
class SentenceVectors:
    """Embeddings of the sentences of N reviews.

    Attributes
    ----------
    values : (M, D) float16
    starts : (N + 1,) int64, review i has the rows `starts[i]:starts[i + 1]`.
    """

    values: np.ndarray
    starts: np.ndarray


def sentence_vectors(texts: tuple[str, ...], encoder: str) -> SentenceVectors:
    """`encoders.encode` of all sentences, from the cache where they are there."""
    spec = zoo.text_encoder(encoder)
    weights = hashlib.sha256(repr((spec.weights, spec.companions)).encode()).hexdigest()[:8]
    folder = cache_folder(f"sentences-{encoder}-{weights}")
    chunks, counts = [], []
    for start in range(0, len(texts), _CHUNK):
        part = texts[start : start + _CHUNK]
        split = [[text[a:b] for a, b in sentences(text)] for text in part]
        counts += [len(of_review) for of_review in split]
        flat = [sentence for of_review in split for sentence in of_review]
        digest = hashlib.sha256("\n".join(flat).encode()).hexdigest()[:24]
        chunks.append(cached_array(folder / f"{digest}.npy", partial(_encode, flat, encoder)))
        show_progress(f"{encoder}: {start + len(part):,} of {len(texts):,} reviews")
    return SentenceVectors(np.concatenate(chunks), np.concatenate([[0], np.cumsum(counts)]))


def _encode(texts: Sequence[str], encoder: str) -> np.ndarray:
    return encoders.encode(texts, encoder=encoder).astype(np.float16)
