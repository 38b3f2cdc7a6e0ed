"""20 Newsgroups as the models see them: bare posts, and their embeddings."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from core.media import plain_text
from core.recipes.common.command_line import show_progress
from core.recipes.common.files import cache_folder, cached_array
from core.text import pieces
from core.text.documents.newsgroups import bare, read_posts
from core.text.encoders import DEFAULT_ENCODER

_CHUNK = 500  # posts whose vectors are kept together, so that a run can be resumed


@dataclass(frozen=True)
class Corpus:
    """N posts.

    Attributes
    ----------
    texts : tuple of N str, without headers, quotes and signatures.
    labels : (N,) int64, broad categories.
    groups : tuple of N str, newsgroups.
    threads : (N,) int64, the same for posts with one subject.
    vectors : (N, D) float32, of unit length.
    """

    texts: tuple[str, ...]
    labels: np.ndarray
    groups: tuple[str, ...]
    threads: np.ndarray
    vectors: np.ndarray


def read_corpus(path: Path) -> Corpus:
    """Read the posts of a file; vectors come from the cache where they are there."""
    posts = read_posts(path)
    texts = tuple(bare(plain_text(post.text)) for post in posts)
    numbers: dict[str, int] = {}
    return Corpus(
        texts=texts,
        labels=np.array([post.category for post in posts]),
        groups=tuple(post.group for post in posts),
        threads=np.array([numbers.setdefault(post.thread, len(numbers)) for post in posts]),
        vectors=_vectors(texts, path.name),
    )


def _vectors(texts: tuple[str, ...], title: str) -> np.ndarray:
    folder = cache_folder(f"documents-{DEFAULT_ENCODER}-{pieces.PIECE_WORDS}")
    chunks = []
    for start in range(0, len(texts), _CHUNK):
        part = texts[start : start + _CHUNK]
        digest = hashlib.sha256("\0".join(part).encode()).hexdigest()[:24]
        chunks.append(cached_array(folder / f"{digest}.npy", partial(pieces.embed, part)))
        show_progress(f"{title}: {start + len(part):,} of {len(texts):,} posts embedded")
    return np.concatenate(chunks)
