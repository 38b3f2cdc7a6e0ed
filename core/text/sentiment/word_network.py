"""Sentence vectors from words: the part of a sentiment network that learns its own; TensorFlow.

Words to vectors, convolutions over them, and of each filter its largest activation in a sentence.
For training all words of a review stand in one row; for use a row is a sentence. The weights are
the same.

References
----------
Kim, "Convolutional neural networks for sentence classification" (2014),
https://arxiv.org/abs/1408.5882; Denil et al. (2014), https://arxiv.org/abs/1412.6815
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from core.text.sentiment.document_network import document_network
from core.text.sentiment.words import PADDING, UNKNOWN
from core.zoo.keras_runtime import keras

WIDTHS, FILTERS = (1, 3, 5), 64
GAP = max(WIDTHS) // 2
"""Places of padding between two sentences of a row, so that no filter sees both."""
_WORD_DROPOUT, _VECTOR_DROPOUT = 0.1, 0.3


def training_network(vocabulary: int, dimension: int, sentences: int, classes: int = 1) -> Any:
    """From `tokens` (N, L) int32 and `places` (N, L) int32 to logits (N, classes).

    `places` says to which sentence of its review a token belongs, 0 <= place < `sentences`;
    `sentences` stands for none.
    """
    k, ops = keras(), keras().ops
    tokens = k.Input((None,), dtype="int32", name="tokens")
    places = k.Input((None,), dtype="int32", name="places")
    maps = _maps(_words(vocabulary, dimension), _word_dropout()(tokens), _VECTOR_DROPOUT)
    vectors = _largest_of_each(sentences)(maps, places)
    mask = ops.cast(ops.any(vectors > 0, axis=-1), "float32")
    logits = document_network(len(WIDTHS) * FILTERS, classes)([vectors, mask])
    return k.Model([tokens, places], logits, name="reviews")


def sentence_network(trained: Any) -> Any:
    """The sentence encoder in a `training_network`: `tokens` (N, T) int32 to `embedding` (N, D).

    Rows end in padding.
    """
    k, ops = keras(), keras().ops
    tokens = k.Input((None,), dtype="int32", name="tokens")
    maps = _maps(trained.get_layer("words"), tokens, 0.0, trained)
    mask = ops.cast(ops.not_equal(tokens, PADDING), "float32")[..., None]
    embedding = ops.max(maps * mask, axis=1)
    return k.Model([tokens], {"embedding": k.layers.Identity(name="embedding")(embedding)})


def rows_of(
    reviews: Sequence[Sequence[Sequence[int]]], length: int, sentences: int
) -> tuple[np.ndarray, np.ndarray]:
    """Token ids of the sentences of N reviews, as `training_network` takes them.

    Of a review that has more than `length` tokens, gaps included, the middle is left out.

    Returns
    -------
    tokens, places : (N, length) int32
    """
    tokens = np.full((len(reviews), length), PADDING, np.int32)
    places = np.full((len(reviews), length), sentences, np.int32)
    for row, review in enumerate(reviews):
        words: list[int] = []
        sentence_of: list[int] = []
        for place, sentence in enumerate(review):
            words += [*sentence, *[PADDING] * GAP]
            sentence_of += [*[place] * len(sentence), *[-1] * GAP]
        if len(words) > length:
            words = words[: length // 2] + words[-(length - length // 2) :]
            sentence_of = sentence_of[: length // 2] + sentence_of[-(length - length // 2) :]
        homes = np.array(sentence_of, int)
        present, dense = np.unique(homes, return_inverse=True)
        dense = np.minimum(dense - (present[:1] == -1), sentences - 1)
        tokens[row, : len(words)] = words
        places[row, : len(words)] = np.where(homes < 0, sentences, dense)
    return tokens, places


def _words(vocabulary: int, dimension: int) -> Any:
    near_zero = keras().initializers.RandomUniform(-0.1, 0.1)
    return keras().layers.Embedding(
        vocabulary, dimension, embeddings_initializer=near_zero, name="words"
    )


def _maps(words: Any, tokens: Any, dropout: float, trained: Any = None) -> Any:
    """The filters' activations at each word: (N, L, filters), at least 0."""
    layers, ops = keras().layers, keras().ops
    x = words(tokens) * ops.cast(ops.not_equal(tokens, PADDING), "float32")[..., None]
    x = layers.SpatialDropout1D(dropout)(x)
    maps = []
    for width in WIDTHS:
        name = f"convolution{width}"
        layer = trained.get_layer(name) if trained else None
        layer = layer or layers.Conv1D(FILTERS, width, padding="same", activation="relu", name=name)
        maps.append(layer(x))
    return ops.concatenate(maps, axis=-1)


@cache
def _layer_classes() -> tuple[type, type]:
    k, ops = keras(), keras().ops

    class WordDropout(k.layers.Layer):  # type: ignore[name-defined]  # Keras is loaded late
        """Some words become unknown ones while training."""

        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self._seeds = k.random.SeedGenerator()

        def call(self, tokens: Any, training: bool = False) -> Any:
            if not training:
                return tokens
            chance = k.random.uniform(ops.shape(tokens), seed=self._seeds)
            dropped = ops.logical_and(chance < _WORD_DROPOUT, ops.not_equal(tokens, PADDING))
            return ops.where(dropped, UNKNOWN, tokens)

    class LargestOfEach(k.layers.Layer):  # type: ignore[name-defined]  # as above
        """(N, L, D) to (N, S, D): the largest value in each sentence, 0 where there is none."""

        def __init__(self, sentences: int, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self._sentences = sentences

        def call(self, maps: Any, places: Any) -> Any:
            sentences = self._sentences
            rows, width = ops.shape(maps)[0], maps.shape[-1]
            homes = places + ops.arange(rows, dtype="int32")[:, None] * (sentences + 1)
            largest = ops.segment_max(
                ops.reshape(maps, (-1, width)),
                ops.reshape(homes, (-1,)),
                num_segments=rows * (sentences + 1),
            )
            largest = ops.reshape(ops.maximum(largest, 0.0), (rows, sentences + 1, width))
            return largest[:, :sentences]

    return WordDropout, LargestOfEach


def _word_dropout() -> Any:
    return _layer_classes()[0]()


def _largest_of_each(sentences: int) -> Any:
    return _layer_classes()[1](sentences)
