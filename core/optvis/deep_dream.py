"""DeepDream: a photo, changed until layers of a network respond more strongly to it.

References
----------
Mordvintsev et al., "Inceptionism" (2015),
https://research.google/blog/inceptionism-going-deeper-into-neural-networks/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce

import numpy as np

from core import zoo
from core.media import Source
from core.optvis import objectives
from core.optvis.ascent import ascend
from core.optvis.dream_settings import PRESETS, DreamSettings
from core.optvis.effort import Effort
from core.optvis.evaluator import Evaluation, ObjectiveEvaluator, feature_maps
from core.optvis.objectives import Objective
from core.optvis.pictures import SMALLEST_PX, read_picture, resized, rounded

__all__ = ["PRESETS", "DreamSettings", "DreamStep", "dream", "zoom"]

_HALF_RANGE = 127.5
_GUIDE_PX = 224


@dataclass(frozen=True, slots=True)
class DreamStep:
    """A dream under way.

    Attributes
    ----------
    image : (H, W, 3) uint8, RGB; of the size of the octave, at the end of the size asked for.
    octave : int, from 0, the smallest.
    loss : float, how strongly the network responded before this step.
    iteration, steps : how many steps were taken, of how many at most.
    share : float in [0, 1], how much of the work is done; steps of larger octaves take longer.
    """

    image: np.ndarray = field(repr=False)
    octave: int
    loss: float
    iteration: int
    steps: int
    share: float


def dream(
    image: Source, settings: DreamSettings | None = None, *, guide: Source | None = None
) -> Iterator[DreamStep]:
    """Go up the gradient of what the layers respond with, from coarse to fine.

    Parameters
    ----------
    image : an encoded photo.
    guide : another; the first of the layers is to respond as it does to this one.

    Yields
    ------
    Every step; whoever stops has the picture so far.

    Raises
    ------
    InvalidInputError, UnknownNameError, WeightsUnavailableError, MemoryBudgetError
    """
    settings = settings or DreamSettings()
    settings.check()
    photo = read_picture(image, settings.size)
    objective = _objective(settings, guide)
    yield from _dream(photo, objective, settings)


def zoom(
    image: Source,
    settings: DreamSettings | None = None,
    *,
    frames: int = 24,
    rate: float = 1.05,
    guide: Source | None = None,
) -> Iterator[DreamStep]:
    """A dream that goes into itself: each frame is the one before, enlarged, and dreamt on.

    Parameters
    ----------
    rate : float > 1, how much larger from frame to frame.

    Yields
    ------
    Every step of a whole dream, which is the first frame, then one for each further frame;
    `octave` is the frame.
    """
    settings = settings or DreamSettings()
    settings.check()
    objective = _objective(settings, guide)
    photo = read_picture(image, settings.size)
    few = replace(settings, octaves=1, above=0, steps=max(2, settings.steps // 8), detail=False)
    whole = settings.octaves * settings.steps
    total = whole + (frames - 1) * few.steps
    effort = _effort(photo.shape[:2], settings, [few.steps] * (frames - 1))
    last = settings.octaves - 1
    first_frame = effort.share(last, settings.steps)
    for step in _dream(photo, objective, settings):
        yield replace(step, octave=0, steps=total, share=step.share * first_frame)
    picture = step.image.astype(np.float32)
    for frame in range(1, frames):
        height, width = picture.shape[:2]
        grown = resized(picture, round(height * rate), round(width * rate))
        top, left = (grown.shape[0] - height) // 2, (grown.shape[1] - width) // 2
        inner = grown[top : top + height, left : left + width].clip(0, 255)
        *_, step = _dream(inner, objective, replace(few, seed=settings.seed + frame))
        picture = step.image.astype(np.float32)
        yield replace(
            step,
            octave=frame,
            iteration=whole + frame * few.steps,
            steps=total,
            share=effort.share(last + frame, few.steps),
        )


def _dream(photo: np.ndarray, objective: Objective, settings: DreamSettings) -> Iterator[DreamStep]:
    random = np.random.default_rng(settings.seed)
    total = settings.octaves * settings.steps
    height, width = photo.shape[:2]
    shapes = list(_octave_shapes(height, width, settings))
    effort = _effort((height, width), settings)
    picture = resized(photo, *shapes[0])
    for octave, shape in enumerate(shapes):
        if octave:
            picture = resized(picture, *shape)
            if settings.detail:
                lost = resized(photo, *shape) - resized(resized(photo, *shapes[octave - 1]), *shape)
                picture = picture + lost
        picture = picture.clip(0, 255)
        evaluate = _TiledEvaluator(objective, settings, shape, random)
        rule = _SmoothedStep(settings)
        ascent = ascend(
            evaluate, picture[None], rule, settings.steps, project=lambda x: x.clip(0, 255)
        )
        for taken, step in enumerate(ascent, start=1):
            loss = step.evaluation.value
            if settings.max_loss is not None and loss > settings.max_loss:
                break
            picture = step.values[0]
            done = octave * settings.steps + taken
            if done < total:
                share = effort.share(octave, taken)
                yield DreamStep(rounded(picture), octave, loss, done, total, share)
    picture = resized(picture, height, width)
    yield DreamStep(rounded(picture), settings.octaves - 1, loss, total, total, 1.0)


class _TiledEvaluator:
    """The gradient of a whole picture, tile by tile, shifted at random in each step.

    Octaves larger than a tile share its graph, so that memory does not grow with them.
    """

    def __init__(
        self,
        objective: Objective,
        settings: DreamSettings,
        shape: tuple[int, int],
        random: np.random.Generator,
    ) -> None:
        self._size = (min(shape[0], settings.tile), min(shape[1], settings.tile))
        self._evaluate = ObjectiveEvaluator(objective, settings.network, (1, *self._size))
        self._starts = [
            np.linspace(0, side - tile, -(-side // tile)).round().astype(int)
            for side, tile in zip(shape, self._size, strict=True)
        ]
        self._jitter, self._random = settings.jitter, random

    def __call__(self, photos: np.ndarray) -> Evaluation:
        shift = tuple(self._random.integers(-self._jitter, self._jitter + 1, 2))
        rolled = np.roll(photos, shift, (1, 2)) if any(shift) else photos
        gradient, values = np.empty_like(rolled), []
        height, width = self._size
        for top in self._starts[0]:
            for left in self._starts[1]:
                window = np.s_[:, top : top + height, left : left + width]
                evaluation = self._evaluate(rolled[window])
                gradient[window] = evaluation.gradient
                values.append(evaluation.value)
        if any(shift):
            gradient = np.roll(gradient, (-shift[0], -shift[1]), (1, 2))
        return Evaluation(float(np.mean(values)), {}, gradient)


class _SmoothedStep:
    """Steps of one length: gradients are divided by their own size."""

    def __init__(self, settings: DreamSettings) -> None:
        self._step = np.float32(settings.step * _HALF_RANGE)
        self._by_deviation = settings.normalise == "std"
        self._spreads = settings.smooth

    def __call__(self, gradient: np.ndarray, step: int) -> np.ndarray:
        if self._spreads:
            from scipy.ndimage import gaussian_filter

            smooth = [gaussian_filter(gradient, (0, s, s, 0)) for s in self._spreads]
            gradient = reduce(np.add, map(self._normalised, smooth))
        return self._step * self._normalised(gradient)

    def _normalised(self, gradient: np.ndarray) -> np.ndarray:
        size = gradient.std() if self._by_deviation else np.abs(gradient).mean()
        return gradient / max(float(size), 1e-12)


def _effort(size: tuple[int, int], settings: DreamSettings, further: Sequence[int] = ()) -> Effort:
    """What the octaves of a picture of that height and width cost, and so many further steps."""
    pixels = [height * width for height, width in _octave_shapes(*size, settings)]
    whole = [size[0] * size[1]] * len(further)
    return Effort([*pixels, *whole], [*[settings.steps] * settings.octaves, *further])


def _octave_shapes(height: int, width: int, settings: DreamSettings) -> Iterator[tuple[int, int]]:
    for octave in range(settings.octaves):
        scale = settings.octave_scale ** (octave - (settings.octaves - 1 - settings.above))
        yield max(SMALLEST_PX, round(height * scale)), max(SMALLEST_PX, round(width * scale))


def _objective(settings: DreamSettings, guide: Source | None) -> Objective:
    if settings.target is not None:
        classes = zoo.class_labels(zoo.image_network(settings.network))
        return objectives.class_score(classes.index(settings.target), len(classes.names))
    if guide is not None:
        return _guided(settings, guide)
    total = Objective(())
    for name, weight in settings.layers:
        if weight:
            square = settings.measure == "square"
            total += weight * (
                objectives.mean_square(name, border=2) if square else objectives.mean_response(name)
            )
    return total


def _guided(settings: DreamSettings, guide: Source) -> Objective:
    photo = read_picture(guide, _GUIDE_PX)
    layers = [(name, weight) for name, weight in settings.layers if weight]
    maps = feature_maps(settings.network, photo[None], [name for name, _ in layers])
    total = Objective(())
    for name, weight in layers:
        features = maps[name].reshape(maps[name].shape[1], -1).T
        total += weight * objectives.guide(name, features)
    return total
