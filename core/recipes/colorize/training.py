"""How the colouring network learns: maps of the frozen encoder in, colours as classes out."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from core.recipes.colorize.photos import CELL, STORED, Photos
from core.recipes.optimizers import averaged_adamw
from core.recipes.resuming import resume
from core.vision.colorization import PLACES, SIDE, network_inputs
from core.vision.colorization.bins import NEIGHBOURS, bins, rebalancing, soft_bins
from core.zoo.keras_runtime import keras

_KEPT_SHARE = 0.998  # of the weights' running average, at each step
_SAVED_EVERY = 60  # steps


def frequency(photos: Photos) -> np.ndarray:
    """How often each bin is the nearest: (Q,) float64, its sum is 1."""
    counts = np.zeros(len(bins()))
    for colors in photos.colors:
        counts += np.bincount(soft_bins(colors)[0][..., 0].ravel(), minlength=len(counts))
    return counts / counts.sum()


def train(
    network: Any,
    photos: Photos,
    *,
    steps: int,
    rate: float,
    photos_at_once: int,
    seed: int,
    kept: Path,
) -> None:
    """Train the network; at the end it holds the running average of its weights.

    Parameters
    ----------
    rate : of AdamW, at its highest, after a twentieth of the steps; then it falls as a cosine.
    kept : where it stands after some steps, so that a run that was interrupted goes on from there.
    """
    optimizer = averaged_adamw(rate, steps, kept_share=_KEPT_SHARE)
    network.compile(optimizer, {"logits": rebalanced_loss}, jit_compile=False)
    weights = rebalancing(frequency(photos))
    state = kept.with_suffix(".keras")
    first = resume(network, state, rebalanced_loss=rebalanced_loss)
    began, losses = time.monotonic(), []
    for step in range(first, steps):
        maps, targets = batch(photos, photos_at_once, weights, np.random.default_rng((seed, step)))
        losses.append(float(network.train_on_batch(maps, {"logits": targets})))
        network.reset_metrics()
        if step % 10 == 0:
            left = (time.monotonic() - began) / len(losses) * (steps - step - 1)
            sys.stderr.write(
                f"\r\033[Kstep {step + 1:,} of {steps:,}, {np.mean(losses[-100:]):.3f}, "
                f"{left:,.0f} s left"
            )
        if (step + 1) % _SAVED_EVERY == 0:
            network.save(state)
    sys.stderr.write("\n")
    optimizer.finalize_variable_values(network.trainable_variables)
    network.save_weights(kept)


def rebalanced_loss(targets: Any, logits: Any) -> Any:
    """Cross entropy with colours that are shared among bins, rare ones counting more: their mean.

    Parameters
    ----------
    targets : (N, 56, 56, 2 K) float32, numbers of the nearest bins, then the weight of each.
    logits : (N, 56, 56, Q)
    """
    ops = keras().ops
    logs = ops.log_softmax(logits, axis=-1)
    numbers, weights = targets[..., :NEIGHBOURS], targets[..., NEIGHBOURS:]
    hit = ops.take_along_axis(logs, ops.cast(numbers, "int32"), axis=-1)
    return -ops.mean(ops.sum(hit * weights, axis=-1))


def batch(
    photos: Photos, count: int, weights: np.ndarray, generator: np.random.Generator
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Crops of photos, half of them mirrored: the encoder's maps, and targets for the loss."""
    rows = generator.integers(0, len(photos.greys), count)
    corners = generator.integers(0, (STORED - SIDE) // CELL + 1, (count, 2))
    greys = np.empty((count, SIDE, SIDE), np.uint8)
    colors = np.empty((count, PLACES, PLACES, 2), np.int8)
    for i, (row, (top, left)) in enumerate(zip(rows, corners, strict=True)):
        way = -1 if generator.random() < 0.5 else 1
        cells = slice(top, top + PLACES), slice(left, left + PLACES)
        pixels = tuple(slice(CELL * part.start, CELL * part.stop) for part in cells)
        greys[i] = photos.greys[row][pixels][:, ::way]
        colors[i] = photos.colors[row][cells][:, ::way]
    numbers, shares = soft_bins(colors)
    shares = shares * weights[numbers[..., :1]]
    targets = np.concatenate([numbers.astype(np.float32), shares], axis=-1)
    return network_inputs(greys), targets
