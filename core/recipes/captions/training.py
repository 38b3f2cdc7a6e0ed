"""How the decoder is trained: five captions of a photo at once, on feature maps from the cache."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.recipes.captions.flickr8k import Photos
from core.recipes.optimizers import averaged_adamw
from core.recipes.resuming import resume
from core.vision.captioning.network import CAPTIONS, CaptionDecoder
from core.vision.captioning.vocabulary import BEGIN, END, PADDING, CaptionVocabulary
from core.zoo.keras_runtime import keras

_SMOOTHING = 0.1
_KEPT_SHARE = 0.999  # of the weights' running average, at each step


def train(
    decoder: CaptionDecoder,
    photos: Photos,
    vocabulary: CaptionVocabulary,
    *,
    rounds: int,
    rate: float,
    photos_at_once: int,
    seed: int,
    kept: Path,
) -> None:
    """Train the decoder's layers; at the end they hold the running average of their weights.

    Parameters
    ----------
    photos : N of them, with maps of one or two ways to look at each.
    rate : of AdamW, at its highest, after a twentieth of the steps; then it falls as a cosine.
    kept : where it stands after each round, so that a run that was interrupted goes on from there.
    """
    k = keras()
    k.utils.set_random_seed(seed)
    network = decoder.training_network
    steps_of_a_round = -(-len(photos.names) // photos_at_once)
    steps = rounds * steps_of_a_round
    optimizer = averaged_adamw(rate, steps, kept_share=_KEPT_SHARE)
    network.compile(optimizer, smoothed_loss, jit_compile=False)
    words = padded(photos.captions, vocabulary, decoder.size.max_length)
    state = kept.with_suffix(".keras")
    first = resume(network, state, smoothed_loss=smoothed_loss) // steps_of_a_round
    began = time.monotonic()
    for number in range(first, rounds):
        generator = np.random.default_rng((seed, number))
        order = generator.permutation(len(photos.names))
        losses = []
        for start in range(0, len(order), photos_at_once):
            rows = np.sort(order[start : start + photos_at_once])
            ways = generator.integers(0, photos.maps.shape[1], len(rows))
            maps = np.stack([photos.maps[i, way] for i, way in zip(rows, ways, strict=True)])
            said = words[rows]
            losses.append(
                network.train_on_batch([maps.astype(np.float32), said[..., :-1]], said[..., 1:])
            )
            network.reset_metrics()
            if len(losses) % 10 == 0:
                done = (number - first) + start / len(order)
                left = (time.monotonic() - began) * ((rounds - first) / max(done, 1e-3) - 1)
                sys.stderr.write(
                    f"\r\033[Kround {number + 1} of {rounds}, {start:,} of {len(order):,} photos, "
                    f"{np.mean(losses[-50:]):.3f}, {left:,.0f} s left"
                )
        sys.stderr.write(f"\r\033[Kround {number + 1}: {np.mean(losses):.4f}\n")
        network.save(state)
    optimizer.finalize_variable_values(network.trainable_variables)
    network.save_weights(kept)


def smoothed_loss(targets: Any, logits: Any) -> Any:
    """Cross entropy with smoothed targets over the words that are there, their mean.

    Parameters
    ----------
    targets : (N, K, T) int32, `PADDING` behind the end.
    logits : (N, K, T, V)
    """
    ops = keras().ops
    logs = ops.log_softmax(ops.cast(logits, "float32"), axis=-1)
    hit = ops.take_along_axis(logs, ops.cast(targets, "int32")[..., None], axis=-1)[..., 0]
    there = ops.cast(ops.not_equal(targets, PADDING), "float32")
    loss = -(1 - _SMOOTHING) * hit - _SMOOTHING * ops.mean(logs, axis=-1)
    return ops.sum(loss * there) / ops.sum(there)


def padded(
    captions: Sequence[Sequence[str]], vocabulary: CaptionVocabulary, longest: int
) -> np.ndarray:
    """(N, 5, longest + 1) int32: a beginning, words, an end, padding; longer ones lose words."""
    rows = np.full((len(captions), CAPTIONS, longest + 1), PADDING, np.int32)
    for i, own in enumerate(captions):
        for j, caption in enumerate(own[:CAPTIONS]):
            ids = [BEGIN, *vocabulary.ids(caption)[: longest - 1], END]
            rows[i, j, : len(ids)] = ids
    return rows
