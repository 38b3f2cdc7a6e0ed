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

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.recipes.captions.flickr8k import Photos
from core.recipes.captions.measuring import beam_captions
from core.recipes.captions.training import padded
from core.recipes.common.command_line import show_progress, show_result
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
    captions = beam_captions(captioner, photos, CAPTIONS)
    texts = [[caption.text for caption in of_photo] for of_photo in captions]
    scores = np.zeros((len(texts), CAPTIONS), np.float32)
    for i, (of_photo, references) in enumerate(zip(texts, photos.captions, strict=True)):
        for j, text in enumerate(of_photo):
            scores[i, j] = np.mean(bleu([text], [references], smoothed=True))
    return texts, scores


def refine(
    decoder: CaptionDecoder,
    photos: Photos,
    vocabulary: CaptionVocabulary,
    texts: Sequence[Sequence[str]],
    scores: np.ndarray,
    *,
    batch_size: int,
    seed: int,
) -> None:
    """One epoch over the photos, each with its captions and their scores."""
    network = decoder.training_network
    network.compile(
        keras().optimizers.Adam(_RATE, global_clipnorm=1.0), expected_loss, jit_compile=False
    )
    words = padded(texts, vocabulary, decoder.size.max_length)
    # a photo's own mean says which captions are better than others
    better = scores - scores.mean(axis=1, keepdims=True)
    order = np.random.default_rng(seed).permutation(len(photos.names))
    losses = []
    for start in range(0, len(order), batch_size):
        rows = np.sort(order[start : start + batch_size])
        maps = photos.maps[rows, 0].astype(np.float32)
        gains = better[rows][..., None]
        targets = np.concatenate([words[rows][..., 1:].astype(np.float32), gains], axis=-1)
        losses.append(network.train_on_batch([maps, words[rows][..., :-1]], targets))
        network.reset_metrics()
        if len(losses) % 10 == 0:
            show_progress(f"refined {start:,} of {len(order):,}, {np.mean(losses):.5f}")
    show_result(f"refined: {np.mean(losses):.5f}")


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
    mask = ops.cast(ops.not_equal(words, PADDING), "float32")
    shares = ops.softmax(_SHARPNESS * ops.sum(hit * mask, axis=-1), axis=-1)
    return -ops.mean(ops.sum(shares * gains, axis=-1))
