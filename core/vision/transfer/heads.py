"""What learns on features of a frozen backbone: one dense layer, or a hidden layer before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.learning.calibration import loss_and_accuracy
from core.learning.hidden_layer import (
    HiddenLayerPlan,
    HiddenLayerTraining,
    centred,
)
from core.learning.logistic_regression import fit_in_steps, unit_length
from core.vision.transfer.classifiers import HIDDEN, assembly
from core.vision.transfer.resuming import feature_widths
from core.vision.transfer.training_run import TrainingRun
from core.zoo.spec import ImageNetworkSpec

_EPOCHS, _STEPS = 30, 10  # it is solved after about 100 steps
# For features of unit length. Accuracy over five folds of
# 781 flowers by 3, 10, 30, 80: 0.903, 0.909, 0.909, 0.907; log loss is least from 30 on.
_INVERSE_PENALTY = 30.0
_HIDDEN_EPOCHS = 30
# Of flowers that are not in the test part, by 1e-3 and 2e-3: 0.803 and 0.809 right after learning
# from 20 of each class, 0.653 and 0.686 from 5. By weight decay 0, 0.1, 1 after learning from all
# but a quarter: 0.910, 0.907, 0.910, log loss 0.282, 0.281, 0.278.
_LEARNING_RATE = 2e-3
_WEIGHT_DECAY = 1.0
_DROPOUT = 0.5  # 0.907 of these, log loss 0.281; with 0.2 it is 0.901 and 0.288
_ALONE = ("features", "augment")  # the strategies in which nothing else learns


@dataclass(frozen=True, slots=True)
class HeadData:
    """What a head learns from.

    Attributes
    ----------
    spec : the backbone.
    x : (N, D) float32, features of training photos and of random views of them.
    labels : (N,) int64, of these.
    x_validation : (n, D) float32, as in the split.
    of_views : what points are to hold besides.
    """

    spec: ImageNetworkSpec
    x: np.ndarray
    labels: np.ndarray
    x_validation: np.ndarray
    of_views: dict[str, np.ndarray]


def solve_dense_layer(run: TrainingRun, head: HeadData) -> Iterator[float]:
    """Logistic regression, with an epoch on the curve after every few steps of the solver.

    Yields
    ------
    The share that is done.
    """
    x, classes = head.x, len(run.dataset.classes)
    assemble = assembly(head.spec, classes)
    targets = np.eye(classes, dtype=np.float32)[head.labels]
    epochs = run.settings.epochs or _EPOCHS
    run.begin_stage(epochs)
    scaling = unit_length(x, feature_widths(head.spec))
    layers = fit_in_steps(x, head.labels, classes, _INVERSE_PENALTY, scaling, steps=_STEPS)
    for epoch, (layer, is_solved) in enumerate(layers, start=1):
        is_last = is_solved or epoch == epochs
        is_going_on = run.finish_epoch(
            loss_and_accuracy(layer.predict(x), targets),
            layer.predict(head.x_validation),
            assemble,
            {"predictions": [layer.weights, layer.bias]},
            backbone=head.spec,
            is_last=is_last,
        )
        yield epoch / epochs
        if is_last or not is_going_on:
            return


def train_hidden_layer(run: TrainingRun, head: HeadData) -> Iterator[float]:
    """A hidden layer and the dense layer after it, by gradients.

    Yields
    ------
    The share that is done.

    Raises
    ------
    InvalidInputError
        If the point that the training goes on from is damaged.
    """
    settings, classes = run.settings, len(run.dataset.classes)
    if settings.hidden_units is None:
        raise RuntimeError("Expected a number of hidden units. Received: none.")
    epochs = settings.epochs or _HIDDEN_EPOCHS
    rate = settings.learning_rate if settings.strategy in _ALONE else None
    plan = HiddenLayerPlan(
        units=settings.hidden_units,
        epochs=epochs,
        learning_rate=_LEARNING_RATE if rate is None else rate,
        dropout=_DROPOUT if settings.dropout is None else settings.dropout,
        weight_decay=_WEIGHT_DECAY,
    )
    scaling = centred(head.x, feature_widths(head.spec))
    training = HiddenLayerTraining(head.x, head.labels, classes, plan, scaling, settings.seed)
    assemble = assembly(head.spec, classes, settings.dropout, settings.hidden_units)
    targets = np.eye(classes, dtype=np.float32)[head.labels]

    def restore(_: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        training.restore(arrays[HIDDEN])

    first = run.restore_epoch(HIDDEN, restore, epochs)
    if first is None:
        first = 0
        run.begin_stage(epochs)
    for epoch in range(first, epochs):
        for share in training.run_epoch(epoch):
            yield (epoch + share) / epochs
        layers = training.layers
        goes_on = run.finish_epoch(
            loss_and_accuracy(layers.predict(head.x), targets),
            layers.predict(head.x_validation),
            assemble,
            {
                HIDDEN: [layers.hidden.weights, layers.hidden.bias],
                "predictions": [layers.predictions.weights, layers.predictions.bias],
            },
            backbone=head.spec,
            is_last=epoch + 1 == epochs,
        )
        if run.points.is_due or not goes_on or epoch + 1 == epochs:
            arrays = {HIDDEN: training.state, **head.of_views}
            run.make_point_of_epoch(HIDDEN, {}, arrays, goes_on=goes_on)
        yield (epoch + 1) / epochs
        if not goes_on:
            return
