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

from core import engine
from core.optvis.deep_dream import DreamSettings, dream
from core.optvis.pictures import read_picture, resized
from core.optvis.style_loss import style_evaluator
from core.optvis.style_samples import style_sample
from core.optvis.style_settings import PRESETS, StyleSettings
from core.optvis.style_transfer import descend, stylize, stylize_now
from core.optvis.stylize_now import is_ready
from core.zoo.keras_runtime import tensorflow
from tests.bench.keras_examples import keras_dream, keras_style

_ROWS, _COLUMNS = 256, 384
_STEPS = 100
_START_STEPS = 30
_COARSE = ((2, 6),)  # parts of the size, and steps there


def main() -> None:
    """Print every figure."""
    print(f"{engine.machine()}\n")
    style()
    at_once()
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
    theirs = keras_style(photo, look)
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


def at_once() -> None:
    """A picture in one pass, and the optimisation that begins with it beside others."""
    photo, look = _encoded(data.chelsea()), style_sample("Swirls")
    if is_ready():
        times = [_seconds(lambda: stylize_now(photo, look, size=_COLUMNS)) for _ in range(6)]
        others = [style_sample(name) for name in ("Mosaic", "Dots", "Facets")]
        mixed = _seconds(lambda: stylize_now(photo, look, others=others, size=_COLUMNS))
        print(f"at once, {_COLUMNS} px from bytes: {min(times):.2f} s, ", end="")
        print(f"{times[0]:.2f} s the first time; four styles mixed: {mixed:.2f} s")
    settings = replace(StyleSettings(), levels=1, steps=_START_STEPS, size=_COLUMNS)
    next(stylize(photo, look, settings))  # compiled
    curves = {}
    for start in ("content", "recolored", *(["at once"] if is_ready() else [])):
        begun, curves[start] = time.perf_counter(), []
        for step in stylize(photo, look, replace(settings, start=start)):
            curves[start].append((time.perf_counter() - begun, step.losses["total"]))
    goal = curves["content"][-1][1]
    print(f"our loss from the photo after {_START_STEPS} steps: {goal:.3f}; others reach it after")
    for start, curve in curves.items():
        reached = next((i for i, (_, loss) in enumerate(curve) if loss <= goal), None)
        after = "never" if reached is None else f"{reached} steps, {curve[reached][0]:.1f} s"
        print(f"from {start}: {after}; it begins at {curve[0][1]:.3f}, ends at {curve[-1][1]:.3f}")
    print()


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _encoded(photo: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(photo).save(buffer, "PNG")
    return buffer.getvalue()


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
        coarse.append((style_evaluator(small, [resized(look, *shape)], settings), small, steps))
    fine = style_evaluator(photo, [look], settings)
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


def dreaming() -> None:
    """Keras's example and ours in turns, in the example's settings, on EfficientNet-Lite0."""
    photo = _encoded(data.astronaut())
    layers = (("block4a_expand_activation", 1.0), ("block6a_expand_activation", 1.5))
    settings = DreamSettings(
        layers=layers, octaves=3, octave_scale=1.4, steps=20, step=0.01, jitter=0, tile=2048,
        size=512,
    )  # fmt: skip
    begun = time.perf_counter()
    list(dream(photo, settings))  # compiled
    ours_first, begun = time.perf_counter() - begun, time.perf_counter()
    theirs = keras_dream(data.astronaut().astype(np.float32), layers)
    keras_first = time.perf_counter() - begun
    process, times, sizes = psutil.Process(), {"keras": [], "ours": []}, []
    for _ in range(3):
        begun = time.perf_counter()
        theirs()
        times["keras"].append(time.perf_counter() - begun)
        begun = time.perf_counter()
        for step in dream(photo, settings):
            if step.iteration % settings.steps == 0:
                sizes.append(process.memory_info().rss >> 20)
        times["ours"].append(time.perf_counter() - begun)
    keras_s, ours_s = (min(times[name]) for name in ("keras", "ours"))
    print(f"dream of 512 px, Keras's example: {keras_s:.2f} s; ours: {ours_s:.2f} s")
    print(f"the first time, graphs made: {keras_first:.2f} s and {ours_first:.2f} s")
    print(f"ratio: {keras_s / ours_s:.1f}; memory after each octave: {sizes} MiB")


if __name__ == "__main__":
    main()
