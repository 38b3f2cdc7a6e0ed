"""How the colouring network learns: maps of the frozen encoder in, colours as classes out."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.recipes.colorize.photos import CELL, STORED, Photos
from core.recipes.common.command_line import Stopwatch, show_progress, show_result
from core.recipes.common.training import TrainingPlan, finish, start
from core.vision.colorization import PLACES, SIDE, network_inputs
from core.vision.colorization.bins import NEIGHBOURS, bins, rebalancing, soft_bins
from core.zoo.keras_runtime import keras

_CHECKPOINT_STEPS = 60


def frequency(photos: Photos) -> np.ndarray:
    """How often each bin is the nearest: (Q,) float64, its sum is 1."""
    counts = np.zeros(len(bins()))
    for colors in photos.colors:
        counts += np.bincount(soft_bins(colors)[0][..., 0].ravel(), minlength=len(counts))
    return counts / counts.sum()


def train(network: Any, photos: Photos, plan: TrainingPlan, *, steps: int) -> list[float]:
    """Train the network; at the end it holds the running average of its weights.

    A checkpoint is written after every 60 steps.

    Returns
    -------
    The loss of each step of this run.
    """
    first = start(network, rebalanced_loss, plan, steps=steps, output="logits")
    weights = rebalancing(frequency(photos))
    stopwatch, losses = Stopwatch(), []
    for step in range(first, steps):
        generator = np.random.default_rng((plan.seed, step))
        maps, targets = batch(photos, plan.batch_size, weights, generator)
        losses.append(float(network.train_on_batch(maps, {"logits": targets})))
        network.reset_metrics()
        if step % 10 == 0:
            left = stopwatch.remaining(len(losses), steps - first)
            show_progress(
                f"step {step + 1:,} of {steps:,}, {np.mean(losses[-100:]):.3f}, {left:,.0f} s left"
            )
        if (step + 1) % _CHECKPOINT_STEPS == 0:
            network.save(plan.checkpoint)
    show_result("")
    finish(network, plan)
    return losses


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
        direction = -1 if generator.random() < 0.5 else 1
        cells = slice(top, top + PLACES), slice(left, left + PLACES)
        pixels = tuple(slice(CELL * part.start, CELL * part.stop) for part in cells)
        greys[i] = photos.greys[row][pixels][:, ::direction]
        colors[i] = photos.colors[row][cells][:, ::direction]
    numbers, shares = soft_bins(colors)
    shares = shares * weights[numbers[..., :1]]
    targets = np.concatenate([numbers.astype(np.float32), shares], axis=-1)
    return network_inputs(greys), targets
