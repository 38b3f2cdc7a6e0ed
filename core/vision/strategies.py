"""What each strategy freezes and what it lets learn. Keras does the learning; TensorFlow is loaded.

A strategy is a generator over a `TrainingRun`: it yields (stage, share done)
several times a second, and leaves the best weights with the run.

References
----------
Features first, then fine-tuning from their solution: Kumar et al. (2022),
https://arxiv.org/abs/2202.10054. Batch normalisation in inference mode while fine-tuning:
https://www.tensorflow.org/tutorials/images/transfer_learning
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from core import engine, zoo
from core.engine import conversion
from core.errors import InvalidInputError
from core.vision.augmentation import augment
from core.vision.photos import batches, prepare_all
from core.vision.trained_model import Checkpoint
from core.vision.training_run import TrainingRun
from core.zoo.keras_runtime import keras
from core.zoo.spec import ImageNetworkSpec

Progress = Iterator[tuple[str, float]]
_BATCH = 32
_HEAD_EPOCHS, _HEAD_BATCH = 60, 64
_VIEWS = 4  # random views of each training photo, besides the photo itself
_SCRATCH_PX = 96
_LEAST_DEVIATION = 0.25  # of the average feature's


def features(
    run: TrainingRun, *, views: int = 0, share: float = 1.0, epochs: int | None = None
) -> Progress:
    """One dense layer on frozen features; `share` is that of the whole training."""
    epochs = epochs or run.settings.epochs or _HEAD_EPOCHS
    spec = _backbone(run)
    network = engine.predictor(spec.name)
    parts = (run.split.train, run.split.validation)
    total = sum(map(len, parts)) + views * len(parts[0])
    inputs: list[np.ndarray] = []
    done = 0
    for part in parts:
        rows: list[np.ndarray] = []
        for pixels in batches(prepare_all(run.photos(part), spec.input_size)):
            rows.append(_pooled(network, pixels))
            done += len(pixels)
            yield "computing features", share * 0.8 * done / total
        inputs.append(np.concatenate(rows))
    x, targets = inputs[0], run.targets(parts[0])
    for view in range(views):
        rows = []
        generator = np.random.default_rng((run.settings.seed, view))
        pictures = (augment(p, spec.input_size, generator) for p in run.photos(parts[0]))
        for pixels in batches(pictures):
            rows.append(_pooled(network, pixels))
            done += len(pixels)
            yield "computing features of random views", share * 0.8 * done / total
        x = np.concatenate([x, *rows])
    targets = np.tile(targets, (views + 1, 1))
    for progress in _train_head(run, spec, x, targets, inputs[1], epochs):
        yield "training the dense layer", share * (0.8 + 0.2 * progress)


def fine_tune(run: TrainingRun, *, every_layer: bool = False) -> Progress:
    """First the dense layer, then the backbone's last blocks or all of it, at a low rate."""
    yield from features(run, share=0.2, epochs=_HEAD_EPOCHS)
    spec = _backbone(run)
    assemble = run.best.assemble
    model = assemble()
    model.get_layer("predictions").set_weights(run.best.weights["predictions"])
    cut = "photo" if every_layer else _cut(model)
    part = model if every_layer else keras().Model(model.get_layer(cut).output, model.output)
    for layer in part.layers:
        if isinstance(layer, keras().layers.BatchNormalization):
            layer.trainable = False  # inference mode: its statistics are of far more photos
    trunk = _pixels if every_layer else partial(_layer_output, spec.name, cut)
    learning_rate = 3e-5 if every_layer else 1e-4
    yield from _train_network(
        run, assemble, part, trunk, spec.input_size, learning_rate, first_share=0.2, epochs=8
    )


def scratch(run: TrainingRun) -> Progress:
    """A small network from random weights, on small photos."""
    keras().utils.set_random_seed(run.settings.seed)
    assemble = partial(_small_cnn, len(run.dataset.classes))
    yield from _train_network(
        run, assemble, assemble(), _pixels, _SCRATCH_PX, 1e-3, first_share=0.0, epochs=40
    )


BY_NAME: dict[str, Callable[[TrainingRun], Progress]] = {
    "scratch": scratch,
    "features": features,
    "augment": partial(features, views=_VIEWS),
    "fine_tune": fine_tune,
    "initialise": partial(fine_tune, every_layer=True),
}


def _backbone(run: TrainingRun) -> ImageNetworkSpec:
    spec = zoo.image_network(run.settings.backbone)
    if not spec.feature_layers:
        raise InvalidInputError(
            f"Expected a backbone with a feature map to train on. Received: {spec.title}."
        )
    return spec


def _pooled(network: engine.Predictor, pixels: np.ndarray) -> np.ndarray:
    """(N, D) float32: the mean over the last feature map."""
    if network.info.head == "linear":  # its embedding is that mean
        return network(pixels, "embedding")[0]
    return network(pixels, network.info.features)[0].mean(axis=(1, 2))


def _layer_output(backbone: str, layer: str, pixels: np.ndarray) -> np.ndarray:
    return engine.predictor(backbone, layer=layer)(pixels, layer)[0]


def _pixels(pixels: np.ndarray) -> np.ndarray:
    return pixels.astype(np.float32)


def _classifier(spec: ImageNetworkSpec, classes: int) -> Any:
    """One flat network: pixels, preprocessing, backbone, global average, dense, softmax."""
    backbone = conversion.build(spec, zoo.weights_path(spec), from_pixels=True)
    layers = keras().layers
    x = layers.GlobalAveragePooling2D(name="pool")(
        backbone.get_layer(spec.feature_layers[-1]).output
    )
    x = layers.Dropout(0.2, name="dropout")(x)
    x = layers.Dense(classes, activation="softmax", name="predictions")(x)
    return keras().Model(backbone.inputs[0], x, name="classifier")


def _small_cnn(classes: int) -> Any:
    layers = keras().layers
    inputs = layers.Input((_SCRATCH_PX, _SCRATCH_PX, 3), name="photo")
    x = layers.Rescaling(1 / 127.5, -1.0, name="preprocess")(inputs)
    for block, filters in enumerate((32, 64, 128, 128)):
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"conv{block}")(x)
        x = layers.BatchNormalization(momentum=0.9, name=f"bn{block}")(x)
        x = layers.ReLU(name=f"relu{block}")(x)
        x = layers.MaxPooling2D(name=f"halve{block}")(x) if block < 3 else x
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    x = layers.Dropout(0.3, name="dropout")(x)
    x = layers.Dense(classes, activation="softmax", name="predictions")(x)
    return keras().Model(inputs, x, name="classifier")


def _train_head(
    run: TrainingRun,
    spec: ImageNetworkSpec,
    x: np.ndarray,
    targets: np.ndarray,
    x_validation: np.ndarray,
    epochs: int,
) -> Iterator[float]:
    """A dense layer on standardised features; the standardisation goes into its weights."""
    mean, deviation = x.mean(axis=0), x.std(axis=0)
    # features that hardly vary in a few photos may vary a lot in the next one
    deviation = np.maximum(deviation, _LEAST_DEVIATION * deviation.mean())
    k = keras()
    k.utils.set_random_seed(run.settings.seed)
    dense = k.layers.Dense(
        targets.shape[1], activation="softmax", kernel_regularizer=k.regularizers.L2(1e-3)
    )
    head = k.Sequential([k.Input(x.shape[1:]), k.layers.Dropout(0.2), dense])
    head.compile(k.optimizers.Adam(1e-3), k.losses.CategoricalCrossentropy())
    x, x_validation = (x - mean) / deviation, (x_validation - mean) / deviation
    y_validation = run.targets(run.split.validation)
    generator = np.random.default_rng(run.settings.seed)
    assemble = partial(_classifier, spec, targets.shape[1])
    for epoch in range(epochs):
        order = generator.permutation(len(x))
        for start in range(0, len(x), _HEAD_BATCH):
            chosen = order[start : start + _HEAD_BATCH]
            head.train_on_batch(x[chosen], targets[chosen])
            yield (epoch + start / len(x)) / epochs
        kernel, bias = (np.asarray(w) for w in dense.get_weights())
        kernel = kernel / deviation[:, None]
        best = Checkpoint(
            run.dataset.classes, assemble, {"predictions": [kernel, bias - mean @ kernel]}
        )
        training = _score(head.predict_on_batch(x), targets)
        validation = _score(head.predict_on_batch(x_validation), y_validation)
        if not run.finish_epoch(training, validation, best):
            return


def _train_network(
    run: TrainingRun,
    assemble: Callable[[], Any],
    part: Any,
    trunk: Callable[[np.ndarray], np.ndarray],
    size: int,
    learning_rate: float,
    *,
    first_share: float,
    epochs: int,
) -> Progress:
    """Train `part` of a network on what the frozen `trunk` makes of random views."""
    k = keras()
    part.compile(k.optimizers.Adam(learning_rate), k.losses.CategoricalCrossentropy())
    train, validation = run.split.train, run.split.validation
    targets, y_validation = run.targets(train), run.targets(validation)
    photos = run.photos(train)
    epochs = run.settings.epochs or epochs
    for epoch in range(epochs):
        generator = np.random.default_rng((run.settings.seed, epoch))
        order = generator.permutation(len(train))
        answers: list[np.ndarray] = []
        for start in range(0, len(train), _BATCH):
            chosen = order[start : start + _BATCH]
            views = np.stack([augment(photos[i], size, generator) for i in chosen])
            inputs = trunk(views)
            part.train_on_batch(inputs, targets[chosen])
            done = (epoch + (start + len(chosen)) / len(train)) / epochs
            yield f"round {epoch + 1} of at most {epochs}", first_share + (1 - first_share) * done
        for pixels in batches(prepare_all(run.photos(validation), size)):
            answers.append(np.asarray(part.predict_on_batch(trunk(pixels))))
            yield "validating", first_share + (1 - first_share) * (epoch + 1) / epochs
        changed = {layer.name: layer.get_weights() for layer in part.layers if layer.weights}
        best = Checkpoint(run.dataset.classes, assemble, changed)
        validated = _score(np.concatenate(answers), y_validation)
        if not run.finish_epoch((float("nan"), float("nan")), validated, best):
            return


def _cut(model: Any) -> str:
    """The last layer that every path goes through and whose map is twice the last one's size.

    What follows it, the blocks at the lowest resolution, is what fine-tuning lets learn.
    """
    position = {layer.name: i for i, layer in enumerate(model.layers)}
    last_use = dict.fromkeys(position, -1)
    for layer in model.layers:
        for node in layer._inbound_nodes:
            for parent in node.parent_nodes:
                name = parent.operation.name
                last_use[name] = max(last_use.get(name, -1), position[layer.name])
    least = 2 * model.get_layer("pool").input.shape[1]
    cut, open_until = model.layers[1].name, 0
    for i, layer in enumerate(model.layers):
        shape = getattr(layer.output, "shape", ())
        if i and open_until <= i and len(shape) == 4 and shape[1] >= least:
            cut = layer.name
        open_until = max(open_until, last_use[layer.name])
    return cut


def _score(probabilities: np.ndarray, targets: np.ndarray) -> tuple[float, float]:
    """Cross-entropy in nats, and accuracy."""
    probabilities = np.asarray(probabilities)
    loss = -np.log(np.maximum((probabilities * targets).sum(axis=1), 1e-9)).mean()
    return float(loss), float((probabilities.argmax(1) == targets.argmax(1)).mean())
