"""`python -m tests.bench.optvis`: pictures by optimisation beside the code people start from.

The others' code is written here as the examples have it, on the same network, photo and settings,
in TensorFlow. A loss is counted as reached when their function, in 32-bit floats, says so of our
picture. Nothing here passes or fails.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import psutil
from PIL import Image
from skimage import data

from core import engine, zoo
from core.optvis.deep_dream import DreamSettings, dream
from core.optvis.pictures import read_picture, resized
from core.optvis.style_loss import style_machine
from core.optvis.style_samples import style_sample
from core.optvis.style_settings import PRESETS
from core.optvis.style_transfer import descend
from core.zoo.keras_runtime import tensorflow

_ROWS, _COLUMNS = 256, 384
_STEPS = 100
_COARSE = ((2, 6),)  # parts of the size, and steps there
_STYLE = tuple(f"block{i}_conv1" for i in range(1, 6))
_CONTENT = "block5_conv2"


def main() -> None:
    """Print every figure."""
    print(f"{engine.machine()}\n")
    style()
    dreaming()


def style() -> None:
    """Seconds until the loss that Keras's example has after 100 steps from the content."""
    photo = np.asarray(
        Image.fromarray(data.chelsea()).resize((_COLUMNS, _ROWS), Image.Resampling.LANCZOS),
        np.float32,
    )
    look = resized(read_picture(style_sample("Swirls"), _COLUMNS), _ROWS, _COLUMNS)
    tensorflow()  # whose import is not counted
    begun = time.perf_counter()
    theirs = _keras_style(photo, look)
    start = theirs(photo)[0]  # traced
    set_up, begun = time.perf_counter() - begun, time.perf_counter()
    picture = photo.copy()
    for step in range(_STEPS):
        _, slope = theirs(picture)
        picture = picture - np.float32(100 * 0.96 ** (step / 100)) * slope
    by_sgd = time.perf_counter() - begun
    goal = theirs(picture)[0]
    by_book = _book(theirs, photo, goal)
    ready, ours, reached = _ours(theirs, photo, look, goal)
    print(f"from {start:.4g} to {goal:.4g}; seconds, with those to make ready in brackets")
    print(f"Keras's example, {_STEPS} steps: {by_sgd:.1f} ({set_up:.1f})")
    print(f"the book's L-BFGS: {by_book:.1f} ({set_up:.1f})")
    print(f"ours: {ours:.1f} ({ready:.1f}), to {reached:.4g}")
    with_all = [(other + set_up) / (ours + ready) for other in (by_sgd, by_book)]
    print(f"ratios: {by_sgd / ours:.1f} and {by_book / ours:.1f}; with making ready ", end="")
    print(f"{with_all[0]:.1f} and {with_all[1]:.1f}\n")


def _ours(
    theirs: Callable, photo: np.ndarray, look: np.ndarray, goal: float
) -> tuple[float, float, float]:
    """Coarse to fine: a few steps at a quarter and at half of the size, then at the full one.

    Returns seconds to make ready, seconds of steps, and the loss as the others' function has it.
    """
    settings = replace(PRESETS["Keras example"], optimizer="l-bfgs")
    begun = time.perf_counter()
    coarse = []
    for share, steps in _COARSE:
        shape = (_ROWS // share, _COLUMNS // share)
        small = resized(photo, *shape)
        coarse.append((style_machine(small, [resized(look, *shape)], settings), small, steps))
    fine = style_machine(photo, [look], settings)
    ready, begun = time.perf_counter() - begun, time.perf_counter()
    picture = photo
    for machine, small, steps in coarse:
        start = resized(picture, *small.shape[:2])
        for step in descend(machine, start[None], settings, steps):
            changed = step.values[0]
        # what this size has changed, laid over the sharp photo
        picture = picture + resized(changed - start, _ROWS, _COLUMNS)
    picture = picture[None]
    if fine(picture).value > goal:
        for step in descend(fine, picture, settings, 100):
            picture = step.values
            if step.evaluation.value <= goal:
                break
    now = time.perf_counter()
    reached = theirs(picture[0])[0]
    judging = time.perf_counter() - now
    return ready, time.perf_counter() - begun - judging, reached


def _book(theirs: Callable, photo: np.ndarray, goal: float) -> float:
    """`fmin_l_bfgs_b` in rounds of 20 evaluations, until a round ends below the goal."""
    from scipy.optimize import fmin_l_bfgs_b

    below: list[float] = []
    begun = time.perf_counter()

    def evaluate(values: np.ndarray) -> tuple[float, np.ndarray]:
        loss, slope = theirs(values.reshape(photo.shape).astype(np.float32))
        if loss <= goal and not below:
            below.append(time.perf_counter() - begun)
        return loss, slope.ravel().astype(np.float64)

    values = photo.ravel().astype(np.float64)
    for _ in range(20):
        values, _, _ = fmin_l_bfgs_b(evaluate, values, maxfun=20)
        if below:
            return below[0]
    return float("inf")


def _keras_style(photo: np.ndarray, look: np.ndarray) -> Callable:
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


def dreaming() -> None:
    """Keras's example and ours in turns, in the example's settings, on EfficientNet-Lite0."""
    buffer = io.BytesIO()
    Image.fromarray(data.astronaut()).save(buffer, "PNG")
    layers = (("block4a_expand_activation", 1.0), ("block6a_expand_activation", 1.5))
    settings = DreamSettings(
        layers=layers, octaves=3, octave_scale=1.4, steps=20, step=0.01, jitter=0, tile=2048,
        size=512,
    )  # fmt: skip
    begun = time.perf_counter()
    list(dream(buffer.getvalue(), settings))  # compiled
    ours_first, begun = time.perf_counter() - begun, time.perf_counter()
    theirs = _keras_dream(data.astronaut().astype(np.float32), layers)
    keras_first = time.perf_counter() - begun
    process, times, sizes = psutil.Process(), {"keras": [], "ours": []}, []
    for _ in range(3):
        begun = time.perf_counter()
        theirs()
        times["keras"].append(time.perf_counter() - begun)
        begun = time.perf_counter()
        for step in dream(buffer.getvalue(), settings):
            if step.iteration % settings.steps == 0:
                sizes.append(process.memory_info().rss >> 20)
        times["ours"].append(time.perf_counter() - begun)
    keras_s, ours_s = (min(times[name]) for name in ("keras", "ours"))
    print(f"dream of 512 px, Keras's example: {keras_s:.2f} s; ours: {ours_s:.2f} s")
    print(f"the first time, graphs made: {keras_first:.2f} s and {ours_first:.2f} s")
    print(f"ratio: {keras_s / ours_s:.1f}; memory after each octave: {sizes} MiB")


def _keras_dream(photo: np.ndarray, layers: tuple) -> Callable[[], np.ndarray]:
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


if __name__ == "__main__":
    main()
