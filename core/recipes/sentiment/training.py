"""How the networks on film reviews are trained: by a fixed number of steps, whatever the size.

Nothing stops early, so that no label beyond the training reviews is used; the learning rates and
epochs were chosen on a tenth of the training reviews, never on the test part.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.recipes.common.command_line import Stopwatch, show_progress, show_result
from core.recipes.sentiment.reviews import SentenceVectors
from core.text.sentiment.document_network import document_network
from core.text.sentiment.sentences import sentences
from core.text.sentiment.word_network import GAP, rows_of, training_network
from core.text.sentiment.words import Vocabulary
from core.zoo.keras_runtime import keras

SEED = 0
DIMENSION = 50  # of word vectors: GloVe's
SENTENCES = 40  # of a review while training; of longer ones the middle is left out
_SENTENCE_DROPOUT = 0.1
_LENGTHS = (128, 256, 384, 512)
_TOKENS = 12_288  # of a batch, padding included


def train_documents(
    vectors: SentenceVectors, labels: np.ndarray, rows: np.ndarray, *, seed: int
) -> Any:
    """A document network on a frozen encoder's vectors of the reviews at `rows`."""
    k = keras()
    k.utils.set_random_seed(seed)
    x, mask = documents(vectors, rows)
    # a frozen encoder's vectors have length 1: brought to a variance of about 1 for each number
    scale = np.float16(np.sqrt(x.shape[-1]) / 4)
    network = document_network(x.shape[-1])
    epochs = max(6, 600 * 64 // len(rows))
    _compile(network, 2e-3, steps=epochs * -(-len(rows) // 64), decay=1e-2)
    network.fit(
        [x * scale, mask], labels[rows].astype(np.float32), batch_size=64, epochs=epochs, verbose=0
    )
    for name in ("convolution", "evidence"):
        layer = network.get_layer(name)
        kernel, *bias = layer.get_weights()
        layer.set_weights([kernel * np.float32(scale), *bias])
    return network


def documents(vectors: SentenceVectors, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`sentences` (N, SENTENCES, D) float16 and `mask` (N, SENTENCES) of the reviews at `rows`."""
    x = np.zeros((len(rows), SENTENCES, vectors.values.shape[1]), np.float16)
    mask = np.zeros((len(rows), SENTENCES), np.float32)
    for i, row in enumerate(rows):
        places = np.arange(vectors.starts[row], vectors.starts[row + 1])
        if len(places) > SENTENCES:
            places = np.concatenate([places[: SENTENCES // 2], places[-SENTENCES // 2 :]])
        x[i, : len(places)] = vectors.values[places]
        mask[i, : len(places)] = 1
    return x, mask


def train_words(
    reviews: Sequence[Sequence[Sequence[int]]],
    labels: np.ndarray,
    vocabulary: int,
    *,
    start: np.ndarray | None = None,
    start_from: Any = None,
    epochs: int | None = None,
    classes: int = 1,
    seed: int,
    title: str,
) -> Any:
    """A network with words of its own on token ids of the sentences of N reviews.

    Parameters
    ----------
    start : (vocabulary, DIMENSION) float32, word vectors to begin with; None for random ones.
    start_from : another such network, whose words and convolutions it begins with.
    epochs : None takes as many as make 350 steps of 40 reviews, between 4 and 25.
    """
    k = keras()
    k.utils.set_random_seed(seed)
    network = training_network(vocabulary, DIMENSION, SENTENCES, classes)
    if start is not None:
        network.get_layer("words").set_weights([start])
    if start_from is not None:
        for layer in start_from.layers:
            if layer.weights and layer.name != "document":
                network.get_layer(layer.name).set_weights(layer.get_weights())
    lengths = np.array([sum(len(s) + GAP for s in review) for review in reviews])
    epochs = epochs or int(np.clip(350 * 40 // len(reviews), 4, 25))
    generator = np.random.default_rng(seed)
    plan = [batch for _ in range(epochs) for batch in _batches(lengths, generator)]
    _compile(network, 2e-3, steps=len(plan), decay=1e-3, classes=classes)
    stopwatch = Stopwatch()
    for number, (rows, length) in enumerate(plan):
        x = rows_of([_dropout(reviews[i], generator) for i in rows], length, SENTENCES)
        y = labels[rows].astype(np.float32 if classes == 1 else np.int32)
        loss = network.train_on_batch(list(x), y)
        if number % 50 == 0:
            network.reset_metrics()
            show_progress(
                f"{title}: step {number} of {len(plan)}, {stopwatch.seconds:.0f} s, "
                f"{float(loss):.3f}"
            )
    show_result("")
    return network


def _dropout(
    review: Sequence[Sequence[int]], generator: np.random.Generator
) -> Sequence[Sequence[int]]:
    """A review without some of its sentences, each time others."""
    kept = generator.random(len(review)) >= _SENTENCE_DROPOUT
    return [sentence for sentence, stays in zip(review, kept, strict=True) if stays] or review


def token_ids(texts: Sequence[str], vocabulary: Vocabulary) -> list[list[list[int]]]:
    """Of each text, the token ids of its sentences."""
    return [[vocabulary.ids(text[a:b]) for a, b in sentences(text)] for text in texts]


def _batches(lengths: np.ndarray, generator: np.random.Generator) -> list[tuple[np.ndarray, int]]:
    """An epoch over the reviews in batches of like length, in random order."""
    batches = []
    bins = np.searchsorted(_LENGTHS[:-1], lengths)
    for place, length in enumerate(_LENGTHS):
        rows = generator.permutation(np.flatnonzero(bins == place))
        size = _TOKENS // length
        batches += [(rows[i : i + size], length) for i in range(0, len(rows), size)]
    return [batches[i] for i in generator.permutation(len(batches))]


def _compile(network: Any, rate: float, *, steps: int, decay: float, classes: int = 1) -> None:
    k = keras()
    if classes == 1:
        loss = k.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.05)
    else:
        loss = k.losses.SparseCategoricalCrossentropy(from_logits=True)
    schedule = k.optimizers.schedules.CosineDecay(rate, steps)
    network.compile(k.optimizers.AdamW(schedule, weight_decay=decay), loss, jit_compile=False)
