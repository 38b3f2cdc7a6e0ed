"""Learn a task, move the hidden layers to another one, and learn that with and without them.

A dense network learns the source task. Its hidden layers are cloned, the lower ones frozen, and
with a new output layer they learn the target task from a few labelled flowers. A network from
random weights learns it from the same flowers. It begins with the very weights that the source
network and the new output layer began with, so that the source task is all they differ in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from core.smallest_transfer.tasks import TASKS, IrisSettings, Part, check, parts
from core.zoo.keras_runtime import keras

_POINTS = 50  # of each curve
_LOADED = 0.6  # of the time is over, where TensorFlow must be loaded first


@dataclass(frozen=True, slots=True)
class IrisPoint:
    """A point of a curve: losses are cross-entropies in nats, the accuracy is in [0, 1]."""

    epoch: int
    training_loss: float
    test_loss: float
    test_accuracy: float


@dataclass(frozen=True, slots=True)
class IrisLayer:
    """A layer of the transferred network.

    `shape` is inputs and units; `moved` is the L2 norm of what learning the target task changed,
    over that of the weights before.
    """

    name: str
    shape: tuple[int, int]
    parameters: int
    is_frozen: bool
    origin: Literal["source", "new"]
    moved: float


@dataclass(frozen=True, slots=True, kw_only=True)
class IrisStep:
    """A snapshot.

    Attributes
    ----------
    stage : what is going on, in words.
    share : float in [0, 1], about how far it is.
    source, transferred, scratch : tuple of IrisPoint, so far; the last two on the target task.
    source_flowers, target_flowers, test_flowers : int
        What the source and the target task are learnt from; what the target task is tested on.
    layers : tuple of IrisLayer, in the last step.
    """

    settings: IrisSettings
    stage: str
    share: float
    source: tuple[IrisPoint, ...]
    transferred: tuple[IrisPoint, ...]
    scratch: tuple[IrisPoint, ...]
    source_flowers: int
    target_flowers: int
    test_flowers: int
    layers: tuple[IrisLayer, ...] = ()


def transfer_iris(settings: IrisSettings | None = None) -> Iterator[IrisStep]:
    """Learn the source task, then the target task with and without it; a few seconds.

    By accuracy in the test, with the defaults and the seeds 0 to 99, transfer wins 89 times, ties
    6 and loses 5: 92.5 % against 85.6 % on average. From `wide_sepal`, which has little to do
    with species, it wins 3, ties 3 and loses 34 of the first 40: 77.8 % against 85.5 %.

    Raises
    ------
    UnknownNameError, InvalidInputError
        If there is no such task, or a setting is out of its bounds.
    """
    settings = settings or IrisSettings()
    check(settings)
    source_part, target_part = parts(settings)
    source: list[IrisPoint] = []
    transferred: list[IrisPoint] = []
    scratch: list[IrisPoint] = []

    def step(stage: str, share: float, layers: tuple[IrisLayer, ...] = ()) -> IrisStep:
        return IrisStep(
            settings=settings,
            stage=stage,
            share=share,
            source=tuple(source),
            transferred=tuple(transferred),
            scratch=tuple(scratch),
            source_flowers=len(source_part.y),
            target_flowers=len(target_part.y),
            test_flowers=len(target_part.test_y),
            layers=layers,
        )

    yield step("loading TensorFlow", 0.0)
    classes = [len(TASKS[name].classes) for name in (settings.source, settings.target)]
    numbers = np.random.SeedSequence(settings.seed).generate_state(len(settings.hidden) + 2)
    *seeds, source_seed, target_seed = map(int, numbers)
    teacher = _network(settings.hidden, classes[0], [*seeds, source_seed])
    for point in _learn(teacher, source_part, settings.epochs):
        source.append(point)
        done = point.epoch / (2 * settings.epochs)
        yield step("learning the source task", _LOADED + (1 - _LOADED) * done)
    pupil = _transferred(teacher, classes[1], settings.frozen, target_seed)
    stranger = _network(settings.hidden, classes[1], [*seeds, target_seed])
    before = [layer.get_weights() for layer in pupil.layers]
    both = [_learn(network, target_part, settings.epochs) for network in (pupil, stranger)]
    for with_transfer, without in zip(*both, strict=True):
        transferred.append(with_transfer)
        scratch.append(without)
        done = 0.5 + without.epoch / (2 * settings.epochs)
        yield step("learning the target task", _LOADED + (1 - _LOADED) * done)
    yield step("done", 1.0, _layers(pupil, before))


def _network(hidden: Sequence[int], classes: int, seeds: Sequence[int]) -> Any:
    """Dense layers from random weights, which each layer's seed decides."""
    k = keras()
    layers = [
        k.layers.Dense(
            units,
            activation="relu",
            kernel_initializer=k.initializers.GlorotUniform(seed),
            name=f"hidden_{number}",
        )
        for number, (units, seed) in enumerate(zip(hidden, seeds[:-1], strict=True), start=1)
    ]
    return k.Sequential([k.Input((4,)), *layers, _output(classes, seeds[-1])])


def _transferred(source: Any, classes: int, frozen: int, seed: int) -> Any:
    """The hidden layers of a clone, the lower ones frozen, below a new output layer."""
    k = keras()
    clone = k.models.clone_model(source)
    clone.set_weights(source.get_weights())  # a clone begins with weights of its own
    hidden = clone.layers[:-1]
    for layer in hidden[:frozen]:
        layer.trainable = False
    return k.Sequential([k.Input((4,)), *hidden, _output(classes, seed)])


def _output(classes: int, seed: int) -> Any:
    k = keras()
    start = k.initializers.GlorotUniform(seed)
    return k.layers.Dense(classes, activation="softmax", kernel_initializer=start, name="output")


def _learn(network: Any, part: Part, epochs: int) -> Iterator[IrisPoint]:
    """Gradient descent over all examples at once; points of the curve, from before the first."""
    k = keras()
    optimizer = k.optimizers.Adam(0.01)
    network.compile(optimizer, k.losses.SparseCategoricalCrossentropy(), jit_compile=False)
    optimizer.build(network.trainable_variables)  # else the training step is traced twice
    x, y = np.concatenate([part.x, part.test_x]), np.concatenate([part.y, part.test_y])
    learnt, every = len(part.y), -(-epochs // _POINTS)
    for epoch in range(epochs + 1):
        if epoch:
            network.train_on_batch(part.x, part.y)
        if epoch % every == 0 or epoch == epochs:
            probabilities = np.asarray(network.predict_on_batch(x))
            losses = -np.log(np.maximum(probabilities[np.arange(len(y)), y], 1e-9))
            hits = probabilities.argmax(axis=1) == y
            means = losses[:learnt].mean(), losses[learnt:].mean(), hits[learnt:].mean()
            yield IrisPoint(epoch, *map(float, means))


def _layers(network: Any, weights: Sequence[Sequence[np.ndarray]]) -> tuple[IrisLayer, ...]:
    def row(layer: Any, old: Sequence[np.ndarray]) -> IrisLayer:
        before, after = (
            np.concatenate([w.ravel() for w in ws]) for ws in (old, layer.get_weights())
        )
        return IrisLayer(
            name=layer.name,
            shape=tuple(layer.kernel.shape),
            parameters=before.size,
            is_frozen=not layer.trainable,
            origin="new" if layer is network.layers[-1] else "source",
            moved=float(np.linalg.norm(after - before) / np.linalg.norm(before)),
        )

    return tuple(row(layer, old) for layer, old in zip(network.layers, weights, strict=True))
