"""The Keras networks that transfer learning trains; TensorFlow is loaded when one is made."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from core import zoo
from core.engine import conversion
from core.zoo.keras_runtime import keras
from core.zoo.spec import ImageNetworkSpec

SMALL_CNN_PX = 64
SMALL_CNN_DROPOUT = 0.3  # of the features before the dense layer, while it trains
HIDDEN = "hidden"
"""The layer between pooled features and the dense layer, of a network that has one."""


def assembly(
    backbone: ImageNetworkSpec | None,
    classes: int,
    dropout: float | None = None,
    hidden_units: int | None = None,
) -> Callable[[], Any]:
    """What makes a network with starting weights: on a backbone, or the small one without.

    Parameters
    ----------
    dropout : share of features that the dense layer does not get to see in training, in [0, 1);
        None as suits the network.
    hidden_units : of a hidden layer before that; None for no such layer.
    """
    if backbone is None:
        share = SMALL_CNN_DROPOUT if dropout is None else dropout
        return partial(small_cnn, classes, share, hidden_units)
    share = 0.2 if dropout is None else dropout
    return partial(transfer_classifier, backbone, classes, share, hidden_units)


def transfer_classifier(
    spec: ImageNetworkSpec, classes: int, dropout: float = 0.2, hidden_units: int | None = None
) -> Any:
    """One flat network: pixels, preprocessing, backbone, global average, perhaps a hidden layer,
    dense, softmax."""
    return _classifier(spec, zoo.weights_path(spec), classes, dropout, hidden_units)


def untrained_classifier(spec: ImageNetworkSpec, classes: int) -> Any:
    """The same with random weights, also of a backbone that is not on this machine."""
    return _classifier(spec, None, classes, 0.2, None)


def _classifier(
    spec: ImageNetworkSpec,
    weights: Path | None,
    classes: int,
    dropout: float,
    hidden_units: int | None,
) -> Any:
    backbone = conversion.build(spec, weights, from_pixels=True)
    features = backbone.get_layer(spec.feature_layers[-1]).output
    outputs = _head(features, classes, dropout, hidden_units)
    return keras().Model(backbone.inputs[0], outputs, name="classifier")


def small_cnn(
    classes: int, dropout: float = SMALL_CNN_DROPOUT, hidden_units: int | None = None
) -> Any:
    """A network small enough to learn from a few hundred photos, of 64 x 64 px, alone."""
    layers = keras().layers
    inputs = layers.Input((SMALL_CNN_PX, SMALL_CNN_PX, 3), name="photo")
    x = layers.Rescaling(1 / 127.5, -1.0, name="preprocess")(inputs)
    for block, filters in enumerate((32, 64, 128, 128)):
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"conv{block}")(x)
        x = layers.BatchNormalization(momentum=0.9, name=f"bn{block}")(x)
        x = layers.ReLU(name=f"relu{block}")(x)
        x = layers.MaxPooling2D(name=f"halve{block}")(x) if block < 3 else x
    return keras().Model(inputs, _head(x, classes, dropout, hidden_units), name="classifier")


def _head(features: Any, classes: int, dropout: float, hidden_units: int | None) -> Any:
    layers = keras().layers
    x = layers.GlobalAveragePooling2D(name="pool")(features)
    if hidden_units is not None:
        x = layers.Dense(hidden_units, "relu", kernel_initializer="he_normal", name=HIDDEN)(x)
    x = layers.Dropout(dropout, name="dropout")(x)
    return layers.Dense(classes, activation="softmax", name="predictions")(x)


def embedding_layer(model: Any) -> str:
    """Name of the layer whose output the dense layer of a classifier takes."""
    return HIDDEN if any(layer.name == HIDDEN for layer in model.layers) else "pool"


def cuts(model: Any) -> list[str]:
    """Names of the layers after which a classifier can be divided into a frozen and a tuned part.

    They have a map, and every path goes through them; of several in a row with maps of one size and
    nothing that learns between them, the last. The first stands for a network of which all learns;
    after each of them there is something of the backbone that can learn.
    """
    position = {layer.name: i for i, layer in enumerate(model.layers)}
    last_use = dict.fromkeys(position, -1)
    for layer in model.layers:
        for node in layer._inbound_nodes:
            for parent in node.parent_nodes:
                name = parent.operation.name
                last_use[name] = max(last_use.get(name, -1), position[layer.name])
    passed: list[tuple[str, int]] = []
    open_until, has_learned = 0, False
    for i, layer in enumerate(model.layers[: position["pool"]]):
        shape: tuple[int, ...] = getattr(layer.output, "shape", ())
        is_normalisation = isinstance(layer, keras().layers.BatchNormalization)  # stays as it is
        has_learned |= bool(layer.trainable_weights) and not is_normalisation
        if i > 1 and open_until <= i and len(shape) == 4:
            if passed and not has_learned and passed[-1][1] == shape[1]:
                passed.pop()
            passed.append((layer.name, shape[1]))
            has_learned = False
        open_until = max(open_until, last_use[layer.name])
    return [model.layers[1].name, *(name for name, _ in passed[:-1])]


def last_blocks(model: Any) -> str:
    """Name of the layer after which the blocks at the lowest resolution begin.

    It is the last one that every path goes through and whose map is twice the last one's size.
    """
    least = 2 * model.get_layer("pool").input.shape[1] - 1  # odd sizes are halved upwards
    whole, *others = cuts(model)
    large = [name for name in others if model.get_layer(name).output.shape[1] >= least]
    return large[-1] if large else whole
