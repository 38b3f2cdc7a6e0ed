"""Style transfer: the content of one photo with the look of another picture.

References
----------
Gatys et al., "A Neural Algorithm of Artistic Style" (2015), https://arxiv.org/abs/1508.06576
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from core.errors import InvalidInputError
from core.media import Source
from core.optvis.ascent import Adam, DecayingRate, Evaluate, Step, ascend, lbfgs
from core.optvis.effort import Effort
from core.optvis.evaluator import Evaluation
from core.optvis.pictures import (
    SMALLEST_PX,
    grey,
    read_picture,
    recolored,
    resized,
    rounded,
    same_light,
    with_colors_of,
)
from core.optvis.style_loss import style_evaluator
from core.optvis.style_settings import PRESETS, StyleSettings
from core.optvis.stylize_now import stylize_now, stylize_pictures
from core.wording import counted

__all__ = ["PRESETS", "StyleSettings", "StyleStep", "stylize", "stylize_now"]

_LARGEST_BLEND = 4


@dataclass(frozen=True, slots=True)
class StyleStep:
    """A style transfer under way.

    Attributes
    ----------
    image : (H, W, 3) uint8, RGB; smaller than asked for while coarse sizes are worked at.
    losses : dict of float: `content`, `style`, `smoothness` as weighted, and their `total`, of
        the picture before this step (of this one with L-BFGS).
    iteration, steps : how many steps were taken, of how many.
    share : float in [0, 1], how much of the work is done; steps at larger sizes take longer.
    """

    image: np.ndarray = field(repr=False)
    losses: dict[str, float]
    iteration: int
    steps: int
    share: float


@dataclass(frozen=True, slots=True)
class _Pictures:
    """Content and styles as the network gets them, (H, W, 3) float32 each.

    `colors` is a photo whose chroma the result is given, or None.
    """

    content: np.ndarray
    styles: tuple[np.ndarray, ...]
    colors: np.ndarray | None


def stylize(
    content: Source,
    style: Source,
    settings: StyleSettings | None = None,
    *,
    others: Sequence[Source] = (),
) -> Iterator[StyleStep]:
    """Optimise a picture until it has the content of one photo and the style of others.

    Parameters
    ----------
    content, style : encoded photos.
    others : further styles; `settings.blend` weighs them all.

    Yields
    ------
    The start, then every step; whoever stops has the picture so far.

    Raises
    ------
    InvalidInputError, UnknownNameError, WeightsUnavailableError
    MemoryBudgetError
        If that size would not fit, with the largest that does.
    """
    settings = settings or StyleSettings()
    settings.check()
    styles = (style, *others)
    if len(styles) > _LARGEST_BLEND or (settings.blend and len(settings.blend) != len(styles)):
        raise InvalidInputError(
            f"Expected up to {_LARGEST_BLEND} styles, with a weight each. Received: "
            f"{counted(len(styles), 'style')}, {counted(len(settings.blend), 'weight')}."
        )
    picture = before = np.empty(0, np.float32)  # of the size before
    done = 0
    levels = settings.levels if settings.style_weight else 1  # else the content is the answer
    sizes = [max(SMALLEST_PX, settings.size >> (levels - 1 - level)) for level in range(levels)]
    ends = [settings.steps * (level + 1) // levels for level in range(levels)]
    effort = Effort([size**2 for size in sizes], np.diff(ends, prepend=0).tolist())
    for level, (size, until) in enumerate(zip(sizes, ends, strict=True)):
        first = done
        pictures = _read(content, styles, size, settings)
        start = _start(pictures, settings)
        picture = _grown(picture, before, start, settings) if level else start
        before = start
        evaluate = style_evaluator(pictures.content, pictures.styles, settings)
        if level == 0:
            yield _snapshot(picture, evaluate(picture[None]), pictures, 0, settings.steps, 0.0)
        for step in descend(evaluate, picture[None], settings, until - done):
            picture, done = step.values[0], done + 1
            share = effort.share(level, done - first)
            yield _snapshot(picture, step.evaluation, pictures, done, settings.steps, share)
        done = until  # where L-BFGS has nothing left to gain


def descend(
    evaluate: Evaluate, start: np.ndarray, settings: StyleSettings, steps: int
) -> Iterator[Step]:
    """Go down the loss by the optimiser of the settings; photos are (1, H, W, 3) float32."""
    if settings.optimizer == "l-bfgs":
        return lbfgs(evaluate, start, steps)
    if settings.optimizer == "sgd":
        return ascend(_negated(evaluate), start, DecayingRate(settings.rate), steps)
    rule = Adam(settings.rate)
    if settings.convention == "means":  # what the tutorial gives Adam, for pixels of 0..1
        rule = Adam(settings.rate, beta1=0.99, epsilon=0.1 / 255)
    return ascend(_negated(evaluate), start, rule, steps, project=lambda x: x.clip(0, 255))


def _negated(evaluate: Evaluate) -> Evaluate:
    """The same with the gradient turned round, so that an ascent goes down."""

    def negated(photos: np.ndarray) -> Evaluation:
        evaluation = evaluate(photos)
        return replace(evaluation, gradient=-evaluation.gradient)

    return negated


def _read(
    content: Source, styles: Sequence[Source], size: int, settings: StyleSettings
) -> _Pictures:
    photo = read_picture(content, size)
    style_size = max(SMALLEST_PX, round(size * settings.style_scale))
    pictures = tuple(read_picture(style, style_size) for style in styles)
    if not settings.keep_colors:
        return _Pictures(photo, pictures, None)
    light = grey(photo)
    greys = tuple(same_light(grey(picture), light) for picture in pictures)
    return _Pictures(light, greys, photo)


def _start(pictures: _Pictures, settings: StyleSettings) -> np.ndarray:
    height, width = pictures.content.shape[:2]
    if settings.start == "content" or not settings.style_weight:
        return pictures.content
    blend = settings.blend or [1.0] * len(pictures.styles)
    if settings.start == "recolored":
        strongest = pictures.styles[int(np.argmax(blend))]
        return recolored(pictures.content, strongest)
    if settings.start == "style":
        return resized(pictures.styles[0], height, width)
    if settings.start == "noise":
        noise = np.random.default_rng(settings.seed).uniform(-20, 20, pictures.content.shape)
        return (noise + pictures.content.mean(axis=(0, 1))).astype(np.float32)
    if settings.start == "at once":
        return stylize_pictures(pictures.content, pictures.styles, blend=blend).clip(0, 255)
    raise InvalidInputError(
        "Expected a start from recolored, content, style, noise or at once. "
        f"Received: {settings.start}."
    )


def _grown(
    picture: np.ndarray, before: np.ndarray, start: np.ndarray, settings: StyleSettings
) -> np.ndarray:
    """What the smaller size has changed, laid over the start in this size, which is sharp.

    Parameters
    ----------
    before : the start in the smaller size.
    """
    shape = start.shape[:2]
    if settings.start == "noise":  # of which nothing is to stay
        return resized(picture, *shape).clip(0, 255)
    return (start + resized(picture - before, *shape)).clip(0, 255)


def _snapshot(
    picture: np.ndarray,
    evaluation: Evaluation,
    pictures: _Pictures,
    done: int,
    steps: int,
    share: float,
) -> StyleStep:
    if pictures.colors is not None:
        picture = with_colors_of(picture, pictures.colors)
    losses = {**evaluation.terms, "total": evaluation.value}
    return StyleStep(rounded(picture), losses, done, steps, share)
