"""From likely words to good captions: the decoder learns to prefer the better of its own.

Cross entropy teaches the next word after a person's words; what is measured is a whole caption
that beam search has chosen. So the beam's captions of a training photo are scored against the
people's, and the expected score under the decoder is raised. Once over the photos is enough: a
second time, with the captions that the decoder found by then, lost on photos that were left out
what the first had won. The card says how much that was.

References
----------
Shen et al., "Minimum risk training for neural machine translation" (2016),
https://arxiv.org/abs/1512.02433
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from core.recipes.captions.flickr8k import Photos
from core.recipes.captions.measuring import searched
from core.recipes.captions.training import padded
from core.vision.captioning import Captioner
from core.vision.captioning.metrics import bleu
from core.vision.captioning.network import CAPTIONS, CaptionDecoder
from core.vision.captioning.vocabulary import PADDING, CaptionVocabulary
from core.zoo.keras_runtime import keras

_SHARPNESS = 1.0  # of the distribution over the captions of a photo, times their log-probability
_RATE = 5e-5


def candidates(captioner: Captioner, photos: Photos) -> tuple[list[list[str]], np.ndarray]:
    """Captions of a beam for each photo, and how good they are.

    Returns
    -------
    K captions for each of N photos, and (N, K) float32: the mean of smoothed BLEU-1 to 4.
    """
    found = searched(captioner, photos, CAPTIONS)
    said = [[one.text for one in own] for own in found]
    scores = np.zeros((len(said), CAPTIONS), np.float32)
    for i, (own, references) in enumerate(zip(said, photos.captions, strict=True)):
        for j, text in enumerate(own):
            scores[i, j] = np.mean(bleu([text], [references], smoothed=True))
    return said, scores


def refine(
    decoder: CaptionDecoder,
    photos: Photos,
    vocabulary: CaptionVocabulary,
    said: Sequence[Sequence[str]],
    scores: np.ndarray,
    *,
    photos_at_once: int,
    seed: int,
) -> None:
    """One round over the photos, each with its captions and their scores."""
    network = decoder.training_network
    network.compile(
        keras().optimizers.Adam(_RATE, global_clipnorm=1.0), expected_loss, jit_compile=False
    )
    words = padded(said, vocabulary, decoder.size.max_length)
    # a photo's own mean says which captions are better than others
    better = scores - scores.mean(axis=1, keepdims=True)
    order = np.random.default_rng(seed).permutation(len(photos.names))
    losses = []
    for start in range(0, len(order), photos_at_once):
        rows = np.sort(order[start : start + photos_at_once])
        maps = photos.maps[rows, 0].astype(np.float32)
        gains = better[rows][..., None]
        targets = np.concatenate([words[rows][..., 1:].astype(np.float32), gains], axis=-1)
        losses.append(network.train_on_batch([maps, words[rows][..., :-1]], targets))
        network.reset_metrics()
        if len(losses) % 10 == 0:
            sys.stderr.write(f"\r\033[Krefined {start:,} of {len(order):,}, {np.mean(losses):.5f}")
    sys.stderr.write("\n")


def expected_loss(targets: Any, logits: Any) -> Any:
    """Less the expected gain of a photo's captions, the mean over photos.

    Parameters
    ----------
    targets : (N, K, T + 1) float32, the words' numbers, and the caption's gain.
    logits : (N, K, T, V)
    """
    ops = keras().ops
    words, gains = ops.cast(targets[..., :-1], "int32"), targets[..., -1]
    logs = ops.log_softmax(ops.cast(logits, "float32"), axis=-1)
    hit = ops.take_along_axis(logs, words[..., None], axis=-1)[..., 0]
    there = ops.cast(ops.not_equal(words, PADDING), "float32")
    shares = ops.softmax(_SHARPNESS * ops.sum(hit * there, axis=-1), axis=-1)
    return -ops.mean(ops.sum(shares * gains, axis=-1))
