"""Adaptive instance normalisation: the decoder, and how it learns beside a frozen VGG16.

References
----------
Huang and Belongie, "Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization"
(2017), https://arxiv.org/abs/1703.06868
"""

from __future__ import annotations

from typing import Any

from core import zoo
from core.zoo import hed_vgg16
from core.zoo.keras_runtime import keras

ENCODER = "hed_vgg16"
FEATURES = "block3_conv1"
STYLE_LAYERS = ("block1_conv1", "block2_conv1", "block3_conv1")
_CHANNELS = 256
_STYLE_WEIGHT = 8.0
_SMOOTHNESS = 2e-4
_SCALE = 100.0  # about the spread of VGG16's features, which are of photos of 0..255


def decoder() -> Any:
    """From features (N, h, w, 256) to pictures (N, 4h, 4w, 3) of 0..255, a Keras model.

    Borders are mirrored: zeros there would draw a frame.
    """
    layers = keras().layers
    features = keras().Input((None, None, _CHANNELS), name="features")
    x = features * (1 / _SCALE)
    x = _convolution(x, 256, "wide")
    x = _convolution(x, 128, "half")
    x = layers.UpSampling2D(name="up1")(x)
    x = _convolution(x, 128, "half_again")
    x = _convolution(x, 64, "quarter")
    x = layers.UpSampling2D(name="up2")(x)
    x = _convolution(x, 64, "quarter_again")
    x = _convolution(x, 3, "picture_of_one", activation=None)
    x = layers.Activation("linear", dtype="float32")(x)
    return keras().Model(features, {"picture": 127.5 + 127.5 * x}, name="style_decoder")


def trainer(seed: int) -> Any:
    """A compiled Keras model that learns the decoder from (content, style) batches."""
    keras().utils.set_random_seed(seed)
    base, ops = keras(), keras().ops
    inputs = base.Input((None, None, 3))
    spec = zoo.image_network(ENCODER)
    vgg = hed_vgg16.build(spec, zoo.weights_path(spec), inputs)
    encoder = base.Model(inputs, [vgg.get_layer(name).output for name in STYLE_LAYERS])
    encoder.trainable = False
    steps = spec.preprocessing

    class Trainer(base.Model):
        def __init__(self) -> None:
            super().__init__(dtype="float32")
            self.decoder = decoder()
            self.encoder = encoder

        def encode(self, pictures: Any) -> list[Any]:
            """Features of RGB pictures of 0..255, in float32."""
            turned = ops.flip(pictures, axis=-1) - ops.array(steps.mean, "float32")
            return [ops.cast(f, "float32") for f in self.encoder(turned, training=False)]

        def call(self, pair: Any, training: bool = False) -> Any:
            content, style = pair
            wanted = self.encode(style)
            target = adapt(self.encode(content)[-1], wanted[-1])
            picture = self.decoder(target)["picture"]
            return {"picture": picture, "target": target, "wanted": wanted}

        def compute_loss(self, x: Any, y: Any, y_pred: Any, *_: Any, **__: Any) -> Any:
            found = self.encode(y_pred["picture"])
            content = ops.mean(ops.square((found[-1] - y_pred["target"]) / _SCALE))
            style = 0.0
            for have, want in zip(found, y_pred["wanted"], strict=True):
                for a, b in zip(moments(have), moments(want), strict=True):
                    style += ops.mean(ops.square((a - b) / _SCALE))
            picture = y_pred["picture"]
            rough = ops.mean(ops.abs(picture[:, 1:] - picture[:, :-1])) + ops.mean(
                ops.abs(picture[:, :, 1:] - picture[:, :, :-1])
            )
            return content + _STYLE_WEIGHT * style + _SMOOTHNESS * rough

    model = Trainer()
    model.compile(optimizer=base.optimizers.Adam(1e-3, clipnorm=5.0), jit_compile=False)
    return model


def moments(features: Any) -> tuple[Any, Any]:
    """Mean and deviation of each channel over places, (N, 1, 1, C) each."""
    ops = keras().ops
    mean = ops.mean(features, axis=(1, 2), keepdims=True)
    variance = ops.mean(ops.square(features - mean), axis=(1, 2), keepdims=True)
    return mean, ops.sqrt(variance + 1e-3)


def adapt(content: Any, style: Any) -> Any:
    """Content features with the mean and deviation of the style's."""
    (mean, deviation), (wanted_mean, wanted) = moments(content), moments(style)
    return (content - mean) / deviation * wanted + wanted_mean


def _convolution(x: Any, filters: int, name: str, activation: str | None = "relu") -> Any:
    mirrored = keras().ops.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="reflect")
    return keras().layers.Conv2D(filters, 3, activation=activation, name=name)(mirrored)
