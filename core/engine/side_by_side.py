"""Pretrained networks side by side, in Keras."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core import zoo
from core.engine import conversion
from core.zoo.joined import MAPS, JoinedNetworkSpec, layer_of
from core.zoo.keras_runtime import keras
from core.zoo.spec import ImageNetworkSpec


def build(spec: JoinedNetworkSpec, weights: Path | None, inputs: Any) -> Any:
    """The Keras model of `spec`, from RGB photos of 0..255 to the maps of all its parts.

    Parameters
    ----------
    weights : None leaves all parts untrained; else each has its own, wherever they lie.
    inputs : a symbolic tensor (None, S, S, 3).
    """
    source = keras().utils.get_source_inputs(inputs)[0]
    shared = keras().Model(source, inputs).layers
    maps = [_map(part, inputs, shared, is_trained=weights is not None) for part in spec.parts]
    side = max(each.shape[1] for each in maps)
    resized = [
        each
        if each.shape[1] == side
        else keras().layers.Resizing(side, side, name=layer_of(part, "resized_map"))(each)
        for part, each in zip(spec.parts, maps, strict=True)
    ]
    return keras().Model(source, keras().layers.Concatenate(name=MAPS)(resized))


def _map(part: ImageNetworkSpec, inputs: Any, shared: list[Any], *, is_trained: bool) -> Any:
    """The last feature map of a network on `inputs`, its layers named so that all differ."""
    x, size = inputs, part.input_size
    if inputs.shape[1] != size:
        x = keras().layers.Resizing(size, size, name="resized_photo")(x)
    path = zoo.weights_path(part) if is_trained else None
    own = "preprocess" if all(layer.name != "preprocess" for layer in shared) else "own_preprocess"
    network = conversion.build_on(part, path, conversion.preprocess(part.preprocessing, x, own))
    features = network.get_layer(part.feature_layers[-1]).output
    for layer in network.layers:
        if layer not in shared:
            layer.name = layer_of(part, layer.name)
    return features
