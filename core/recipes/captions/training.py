"""How the decoder is trained: five captions of a photo at once, on feature maps from the cache."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.recipes.captions.flickr8k import Photos
from core.recipes.common.command_line import Stopwatch, show_progress, show_result
from core.recipes.common.training import TrainingPlan, finish, start
from core.vision.captioning.network import CAPTIONS, CaptionDecoder
from core.vision.captioning.vocabulary import BEGIN, END, PADDING, CaptionVocabulary
from core.zoo.keras_runtime import keras

_SMOOTHING = 0.1


def train(
    decoder: CaptionDecoder,
    photos: Photos,
    vocabulary: CaptionVocabulary,
    plan: TrainingPlan,
    *,
    epochs: int,
) -> list[float]:
    """Train the decoder's layers; at the end they hold the running average of their weights.

    A checkpoint is written after each epoch.

    Parameters
    ----------
    photos : N of them, with feature maps of one or two views of each.

    Returns
    -------
    The mean loss of each epoch of this run.
    """
    keras().utils.set_random_seed(plan.seed)
    network = decoder.training_network
    steps_per_epoch = -(-len(photos.names) // plan.batch_size)
    done = start(network, smoothed_loss, plan, steps=epochs * steps_per_epoch)
    words = padded(photos.captions, vocabulary, decoder.size.max_length)
    first, stopwatch, history = done // steps_per_epoch, Stopwatch(), []
    for epoch in range(first, epochs):
        generator = np.random.default_rng((plan.seed, epoch))
        order = generator.permutation(len(photos.names))
        losses = []
        for begin in range(0, len(order), plan.batch_size):
            rows = np.sort(order[begin : begin + plan.batch_size])
            views = generator.integers(0, photos.maps.shape[1], len(rows))
            maps = np.stack([photos.maps[i, view] for i, view in zip(rows, views, strict=True)])
            captions = words[rows]
            inputs = [maps.astype(np.float32), captions[..., :-1]]
            losses.append(float(network.train_on_batch(inputs, captions[..., 1:])))
            network.reset_metrics()
            if len(losses) % 10 == 0:
                left = stopwatch.remaining(epoch - first + begin / len(order), epochs - first)
                show_progress(
                    f"epoch {epoch + 1} of {epochs}, {begin:,} of {len(order):,} photos, "
                    f"{np.mean(losses[-50:]):.3f}, {left:,.0f} s left"
                )
        history.append(float(np.mean(losses)))
        show_result(f"epoch {epoch + 1}: {history[-1]:.4f}")
        network.save(plan.checkpoint)
    finish(network, plan)
    return history


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
    mask = ops.cast(ops.not_equal(targets, PADDING), "float32")
    loss = -(1 - _SMOOTHING) * hit - _SMOOTHING * ops.mean(logs, axis=-1)
    return ops.sum(loss * mask) / ops.sum(mask)


def padded(
    captions: Sequence[Sequence[str]], vocabulary: CaptionVocabulary, longest: int
) -> np.ndarray:
    """(N, 5, longest + 1) int32: a beginning, words, an end, padding; longer ones lose words."""
    rows = np.full((len(captions), CAPTIONS, longest + 1), PADDING, np.int32)
    for i, of_photo in enumerate(captions):
        for j, caption in enumerate(of_photo[:CAPTIONS]):
            ids = [BEGIN, *vocabulary.ids(caption)[: longest - 1], END]
            rows[i, j, : len(ids)] = ids
    return rows
