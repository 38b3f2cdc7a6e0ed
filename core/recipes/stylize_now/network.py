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
FEATURES = ("block2_conv1", "block3_conv1")
STYLE_LAYERS = ("block1_conv1", *FEATURES)
_CHANNELS = (128, 256)
_STYLE_WEIGHT = 15.0
_PIXEL_WEIGHT = 10.0
_SCALE = 30.0  # about the spread of these features of photos of 0..255


def decoder() -> Any:
    """From two layers of features to pictures (N, H, W, 3) of 0..255, a Keras model.

    The inputs are (N, H / 2, W / 2, 128) and (N, H / 4, W / 4, 256). The paper's decoder sees the
    deeper alone; with the other one beside it edges and colours are learned in minutes, not days.
    Borders are mirrored: zeros there would draw a frame.
    """
    layers = keras().layers
    inputs = [
        keras().Input((None, None, channels), name=name)
        for name, channels in zip(FEATURES, _CHANNELS, strict=True)
    ]
    shallow, deep = (layers.Rescaling(1 / _SCALE, name=f"{i.name}_scaled")(i) for i in inputs)
    x = _convolution(deep, 256, "deep")
    x = _convolution(x, 128, "deep_again")
    x = layers.UpSampling2D(name="up1")(x)
    x = layers.Concatenate(name="both")([x, shallow])
    x = _convolution(x, 128, "half")
    x = _convolution(x, 64, "half_again")
    x = layers.UpSampling2D(name="up2")(x)
    x = _convolution(x, 64, "whole")
    small = keras().initializers.RandomNormal(stddev=0.01)  # it begins with grey pictures
    x = _convolution(x, 3, "picture_of_one", activation=None, kernel_initializer=small)
    x = layers.Activation("linear", dtype="float32")(x)
    return keras().Model(inputs, {"picture": 127.5 + 127.5 * x}, name="style_decoder")


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

    class Trainer(base.Model):  # type: ignore[name-defined]  # Keras is loaded late
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
            of_style = self.encode(style)
            pairs = zip(self.encode(content)[1:], of_style[1:], strict=True)
            targets = [adapt(*pair) for pair in pairs]
            picture = self.decoder(targets)["picture"]
            return {"picture": picture, "target": targets[-1], "style": of_style}

        def compute_loss(self, x: Any, y: Any, y_pred: Any, *_: Any, **__: Any) -> Any:
            """Squared differences as shares of the style's own variance, so that layers compare.

            A photo that has itself as its style is to come back as it was: that teaches colours and
            edges within minutes.
            """
            picture = y_pred["picture"]
            features = self.encode(picture)
            style = 0.0
            for generated, target in zip(features, y_pred["style"], strict=True):
                (mean, deviation), (style_mean, spread) = moments(generated), moments(target)
                difference = ops.square(mean - style_mean) + ops.square(deviation - spread)
                style += ops.mean(difference) / ops.mean(ops.square(spread))
            content = ops.mean(ops.square(features[-1] - y_pred["target"]))
            content /= ops.mean(ops.square(spread))
            itself = ops.cast(ops.all(x[0] == x[1], axis=(1, 2, 3)), "float32")
            pixels = ops.mean(ops.abs(picture - x[0]), axis=(1, 2, 3)) / 127.5
            pixels = ops.sum(itself * pixels) / ops.maximum(ops.sum(itself), 1.0)
            return content + _STYLE_WEIGHT * style + _PIXEL_WEIGHT * pixels

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
    (mean, deviation), (style_mean, style_deviation) = moments(content), moments(style)
    return (content - mean) / deviation * style_deviation + style_mean


def _convolution(
    x: Any, filters: int, name: str, activation: str | None = "relu", **options: Any
) -> Any:
    mirrored = keras().ops.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="reflect")
    layer = keras().layers.Conv2D(filters, 3, activation=activation, name=name, **options)
    return layer(mirrored)
