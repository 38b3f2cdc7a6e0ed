"""The network that colours: from an image network's maps of a grey photo to colours as classes.

It goes from the coarsest map to the finest and adds each where it comes to its size; what the
whole photo shows is added to every place, as in Iizuka et al.

References
----------
Zhang, Isola and Efros, "Colorful image colorization" (2016), https://arxiv.org/abs/1603.08511;
Iizuka, Simo-Serra and Ishikawa, "Let there be color!" (2016),
https://doi.org/10.1145/2897824.2925974; Lin et al., "Feature pyramid networks" (2017),
https://arxiv.org/abs/1612.03144
"""

from __future__ import annotations

from typing import Any

from core.vision.colorization.bins import bins
from core.vision.colorization.painting import MAPS, PLACES, TILE
from core.zoo.keras_runtime import keras


def colorizing_network(*, dropout: float = 0.2) -> Any:
    """From the maps (N, side, side, channels), and `light` (N, 56, 56, 16), to `logits`.

    `light` is the photo's lightness of 0..1, the pixels of a place side by side; `logits` are
    (N, 56, 56, Q), one for each of `core.vision.colorization.bins.bins`.
    """
    layers = keras().layers
    inputs = {
        name: keras().Input((side, side, channels), name=name)
        for name, (side, channels) in MAPS.items()
    }
    light = keras().Input((PLACES, PLACES, TILE**2), name="light")
    finest, fine, coarse, coarsest = (
        layers.LayerNormalization(name=f"{name}_norm")(x) for name, x in inputs.items()
    )
    x = layers.Dense(256, name="begin")(layers.SpatialDropout2D(dropout)(coarsest))
    whole = layers.Dense(256, activation="gelu", name="whole")(
        layers.GlobalAveragePooling2D()(coarsest)
    )
    x = x + layers.Dense(256, name="whole_in_place")(whole)[:, None, None]
    x = _convolved(x, 256, "seven")
    x = _joined(x, coarse, 192, 2, "fourteen")
    x = _joined(x, fine, 128, 2, "twenty_eight")
    finest = layers.Concatenate()([finest, 4 * light - 2])
    x = _joined(x, finest, 64, 1, "fifty_six")
    logits = layers.Dense(len(bins()), name="bins")(x)
    logits = layers.Activation("linear", dtype="float32", name="logits_")(logits)
    return keras().Model([*inputs.values(), light], {"logits": logits}, name="colorizer")


def _joined(x: Any, finer: Any, width: int, convolutions: int, name: str) -> Any:
    """A map of twice the side, with what a finer one knows, and convolutions."""
    layers = keras().layers
    x = layers.UpSampling2D(interpolation="nearest")(layers.Dense(width, name=f"{name}_up")(x))
    x = x + layers.Dense(width, name=f"{name}_side")(finer)
    for i in range(convolutions):
        x = _convolved(x, width, f"{name}_{i}")
    return x


def _convolved(x: Any, width: int, name: str) -> Any:
    """A residual convolution, normalised first."""
    layers = keras().layers
    y = layers.LayerNormalization(name=f"{name}_norm")(x)
    y = layers.Conv2D(width, 3, padding="same", name=name)(layers.Activation("gelu")(y))
    return x + y
