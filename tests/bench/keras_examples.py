"""Keras's examples of pictures by optimisation, as they are written, on networks that are here."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core import zoo

_STYLE = tuple(f"block{i}_conv1" for i in range(1, 6))
_CONTENT = "block5_conv2"


def keras_style(photo: np.ndarray, look: np.ndarray) -> Callable:
    """The loss of https://keras.io/examples/generative/neural_style_transfer/, on VGG16."""
    from core.zoo import hed_vgg16
    from core.zoo.keras_runtime import keras, tensorflow

    tf = tensorflow()
    spec = zoo.image_network("hed_vgg16")
    whole = hed_vgg16.build(spec, zoo.weights_path(spec), keras().Input((None, None, 3)))
    names = (*_STYLE, _CONTENT)
    network = keras().Model(whole.input, {n: whole.get_layer(n).output for n in names})
    size = photo.shape[0] * photo.shape[1]

    def prepared(picture):
        return (tf.reverse(picture, [-1]) - spec.preprocessing.mean)[None]

    def gram(features):
        flat = tf.reshape(tf.transpose(features, (2, 0, 1)), (features.shape[-1], -1))
        return tf.matmul(flat, flat, transpose_b=True)

    content, styled = network(prepared(tf.constant(photo))), network(prepared(tf.constant(look)))

    @tf.function
    def differentiate(picture):
        with tf.GradientTape() as tape:
            tape.watch(picture)
            found = network(prepared(picture))
            loss = 2.5e-8 * tf.reduce_sum((found[_CONTENT] - content[_CONTENT]) ** 2)
            for name in _STYLE:
                apart = gram(found[name][0]) - gram(styled[name][0])
                loss += 1e-6 / 5 * tf.reduce_sum(apart**2) / (4.0 * 9 * size**2)
            down = tf.square(picture[:-1, :-1] - picture[1:, :-1])
            right = tf.square(picture[:-1, :-1] - picture[:-1, 1:])
            loss += 1e-6 * tf.reduce_sum(tf.pow(down + right, 1.25))
        return loss, tape.gradient(loss, picture)

    def evaluate(picture: np.ndarray) -> tuple[float, np.ndarray]:
        loss, slope = differentiate(tf.constant(picture))
        return float(loss), slope.numpy()

    return evaluate


def keras_dream(photo: np.ndarray, layers: tuple) -> Callable[[], np.ndarray]:
    """The loop of https://keras.io/examples/generative/deep_dream/."""
    from core.zoo import efficientnet_lite
    from core.zoo.keras_runtime import keras, tensorflow

    tf = tensorflow()
    spec = zoo.image_network("efficientnet_lite0")
    inputs = keras().Input((None, None, 3))
    whole = efficientnet_lite.build(spec, zoo.weights_path(spec), inputs)
    network = keras().Model(whole.input, {n: whole.get_layer(n).output for n, _ in layers})

    def compute_loss(picture):
        found = network(picture)
        loss = tf.zeros(())
        for name, weight in layers:
            loss += weight * tf.reduce_mean(tf.square(found[name][:, 2:-2, 2:-2, :]))
        return loss

    @tf.function
    def gradient_ascent_step(picture, rate):
        with tf.GradientTape() as tape:
            tape.watch(picture)
            loss = compute_loss(picture)
        slope = tape.gradient(loss, picture)
        slope /= tf.maximum(tf.reduce_mean(tf.abs(slope)), 1e-6)
        return loss, picture + rate * slope

    original = (photo[None] - 127.0) / 128.0
    shapes = [tuple(int(s / 1.4**i) for s in photo.shape[:2]) for i in (2, 1, 0)]

    def run() -> np.ndarray:
        shrunk = tf.image.resize(original, shapes[0])
        picture = tf.identity(original)
        for shape in shapes:
            picture = tf.image.resize(picture, shape)
            for _ in range(20):
                _, picture = gradient_ascent_step(picture, 0.01)
            lost = tf.image.resize(original, shape) - tf.image.resize(shrunk, shape)
            picture += lost
            shrunk = tf.image.resize(original, shape)
        return picture.numpy()

    run()  # traced
    return run
