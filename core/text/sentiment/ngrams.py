"""What words and pairs of words say for themselves: a linear model over hashed n-grams.

References
----------
Wang and Manning, "Baselines and bigrams" (2012), https://aclanthology.org/P12-2018; hashing:
Weinberger et al. (2009), https://arxiv.org/abs/0902.2206
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

PAIR_BUCKETS = 1_048_573  # the largest prime below 2^20


class NgramEvidence:
    """Adds up the weights of the words of sentences and of their neighbouring pairs.

    Parameters
    ----------
    weights : (vocabulary + PAIR_BUCKETS,) float, in the order of `features`.
    """

    def __init__(self, weights: np.ndarray) -> None:
        self._weights = weights.astype(np.float32)
        self._vocabulary = len(weights) - PAIR_BUCKETS

    def __call__(self, sentences: Sequence[Sequence[int]]) -> np.ndarray:
        """(M,) float32 of M sentences of token ids, none of them empty."""
        places, starts = features(sentences, self._vocabulary)
        return np.add.reduceat(self._weights[places], starts).astype(np.float32)


def features(sentences: Sequence[Sequence[int]], vocabulary: int) -> tuple[np.ndarray, np.ndarray]:
    """The n-grams of M sentences, one after another.

    Returns
    -------
    places : (K,) int64 in 0..vocabulary + PAIR_BUCKETS; of each sentence, words and then pairs.
    starts : (M,) int64, where each sentence begins in it.
    """
    lengths = np.array([len(sentence) for sentence in sentences])
    tokens = np.concatenate([np.asarray(sentence, np.int64) for sentence in sentences])
    first = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    pairs = vocabulary + (tokens[:-1] * vocabulary + tokens[1:]) % PAIR_BUCKETS
    # token i and the pair that begins with it; the last of a sentence begins none
    places = np.stack([tokens, np.append(pairs, 0)], axis=1)
    kept = np.ones(places.shape, bool)
    kept[first + lengths - 1, 1] = False
    return places[kept], 2 * first - np.arange(len(first))
