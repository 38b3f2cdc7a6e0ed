"""The thirteen convolutions of VGG16, fine-tuned for edge detection.

References
----------
Simonyan and Zisserman, "Very Deep Convolutional Networks" (2014),
https://arxiv.org/abs/1409.1556; Xie and Tu, "Holistically-Nested Edge Detection" (2015),
https://arxiv.org/abs/1504.06375
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.zoo.keras_runtime import keras
from core.zoo.spec import ImageNetworkSpec


def build(spec: ImageNetworkSpec, weights: Path | None, inputs: Any) -> Any:
    """`keras.applications.VGG16` without its top, with the convolutions at `weights`.

    `inputs` is a symbolic tensor (None, S, S, 3) of preprocessed photos.
    """
    model = keras().applications.VGG16(
        include_top=False, weights=None, input_tensor=inputs, name=spec.name
    )
    if weights is not None:
        _load(model, weights)
    return model


def _load(model: Any, weights: Path) -> None:
    import h5py

    with h5py.File(weights) as file:
        for layer in model.layers:
            if not layer.weights:
                continue
            block, conv = layer.name.split("_conv")  # "block3_conv2" is "block3/.../conv2d_1"
            position = "" if conv == "1" else f"_{int(conv) - 1}"
            variables = file[f"{block}/layers/conv2d{position}/vars"]
            layer.set_weights([variables["0"][:], variables["1"][:]])
