"""Tasks that optimise a picture step by step: jobs, whose snapshots are the picture so far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from core.optvis.deep_dream import DreamStep, dream, zoom
from core.optvis.dream_settings import DreamSettings
from core.optvis.filters import FilterStep, image_grid, visualize
from core.optvis.pictures import LARGEST_PX
from core.optvis.style_settings import Convention, Optimizer, Start, StyleSettings
from core.optvis.style_transfer import StyleStep, stylize
from core.tasks.photos import PHOTO
from core.tasks.pictures import STYLE, STYLES, Blend
from core.tasks.task import (
    Answer,
    Input,
    NetworkName,
    Number,
    Pixels,
    Seed,
    Settings,
    Task,
    Usual,
)

_STYLE, _DREAM = StyleSettings(), DreamSettings()
_Layers = tuple[tuple[str, float], ...]
_Size = Annotated[int, Field(ge=64, le=LARGEST_PX, title="Longer side, px")]
_Network = Annotated[str, NetworkName(), Field(title="Network", max_length=200)]
_Weighted = Annotated[str, Field(max_length=200, pattern=r"^[^=]+(=\d{1,6}(\.\d+)?)?$")]
_Seed = Annotated[Seed, Field(description="The same seed gives the same picture again.")]


def weighted(layers: Sequence[str]) -> _Layers:
    """Each layer with its weight, from NAME or NAME=WEIGHT."""
    parts = [text.partition("=") for text in layers]
    return tuple((name, float(weight or 1)) for name, _, weight in parts)


def layer_texts(layers: _Layers) -> list[str]:
    """What `weighted` reads."""
    return [name if weight == 1 else f"{name}={weight:g}" for name, weight in layers]


def style_values(settings: StyleSettings) -> dict[str, Any]:
    """What the task's settings are called, with what they are."""
    return {
        **asdict(settings),
        "content_layers": layer_texts(settings.content_layers),
        "style_layers": layer_texts(settings.style_layers),
        "blend": list(settings.blend),
    }


def dream_values(settings: DreamSettings) -> dict[str, Any]:
    """What the task's settings are called, with what they are."""
    return {
        **asdict(settings),
        "layers": layer_texts(settings.layers),
        "smooth": list(settings.smooth),
    }


class OptimiseStyleSettings(Settings):
    network: _Network = _STYLE.network
    content_layers: list[_Weighted] = Field(
        layer_texts(_STYLE.content_layers),
        min_length=1,
        max_length=16,
        title="Content layers",
        description="In which the picture is to respond as the photo does; NAME or NAME=WEIGHT.",
    )
    style_layers: list[_Weighted] = Field(
        layer_texts(_STYLE.style_layers),
        min_length=1,
        max_length=16,
        title="Style layers",
        description="Whose correlations are to be those of the style; NAME or NAME=WEIGHT.",
    )
    content_weight: float = Field(
        _STYLE.content_weight, ge=0, le=1e6, title="Content", description="Weight of the photo."
    )
    style_weight: float = Field(
        _STYLE.style_weight, ge=0, le=1e6, title="Style", description="Weight of the style."
    )
    smoothness: float = Field(
        _STYLE.smoothness, ge=0, le=1e6, title="Smoothness", description="Weight against noise."
    )
    convention: Convention = Field(
        _STYLE.convention, title="Convention", description="What the weights weigh."
    )
    optimizer: Optimizer = Field(_STYLE.optimizer, title="Optimiser")
    rate: float = Field(
        _STYLE.rate, gt=0, le=1000, title="Learning rate", description="Of Adam and SGD."
    )
    steps: Annotated[int, Usual(low=10, high=200)] = Field(
        _STYLE.steps, ge=1, le=4000, title="Steps", description="Over all sizes."
    )
    size: Annotated[_Size, Usual(low=128, high=1024, step=32)] = _STYLE.size
    levels: int = Field(
        _STYLE.levels,
        ge=1,
        le=4,
        title="Coarse to fine, sizes",
        description="How many sizes are worked at, the smallest first.",
    )
    start: Start = Field(
        _STYLE.start, title="Start from", description="What the optimisation begins with."
    )
    keep_colors: bool = Field(_STYLE.keep_colors, title="Keep the photo's colours")
    style_scale: Annotated[float, Usual(0.25, 2, 0.05)] = Field(
        _STYLE.style_scale,
        ge=0.1,
        le=4,
        title="Style scale",
        description="Above 1 the strokes become larger, below 1 finer.",
    )
    blend: Blend = Field([])
    seed: _Seed = _STYLE.seed


class StyleStepAnswer(Answer):
    image: Pixels
    losses: dict[str, Number]
    iteration: int
    steps: int
    share: Number


def _optimise_style(
    photo: bytes,
    style: bytes,
    others: Sequence[bytes] | None,
    *,
    content_layers: list[str],
    style_layers: list[str],
    blend: list[float],
    **settings: Any,
) -> Iterator[StyleStep]:
    chosen = StyleSettings(
        content_layers=weighted(content_layers),
        style_layers=weighted(style_layers),
        blend=tuple(blend),
        **settings,
    )
    return stylize(photo, style, chosen, others=others or ())


OPTIMISE_STYLE = Task(
    name="optimise-style",
    title="Stylise a photo by optimisation",
    about="A photo changed until a network sees its content and the style of a painting.",
    inputs=(PHOTO, STYLE, STYLES),
    settings=OptimiseStyleSettings,
    function=_optimise_style,
    answer=StyleStepAnswer,
    picture=lambda step: step.image,
    share=lambda step: step.share,
)


class DreamTaskSettings(Settings):
    network: _Network = _DREAM.network
    layers: list[_Weighted] = Field(
        layer_texts(_DREAM.layers),
        min_length=1,
        max_length=64,
        title="Layers",
        description="That are to respond more; NAME or NAME=WEIGHT.",
    )
    measure: Literal["square", "mean"] = Field(
        _DREAM.measure, title="Measure", description="Of a layer: mean of its squares or values."
    )
    target: str | None = Field(
        None,
        max_length=200,
        title="Class",
        description="Name or WordNet id of a class to dream towards, in place of the layers.",
    )
    octaves: Annotated[int, Usual(high=6)] = Field(
        _DREAM.octaves,
        ge=1,
        le=12,
        title="Octaves",
        description="Sizes that are worked at, the smallest first.",
    )
    octave_scale: Annotated[float, Usual(1.1, 2, 0.05)] = Field(
        _DREAM.octave_scale,
        gt=1,
        le=4,
        title="Octave scale",
        description="How much larger each size is than the one before.",
    )
    above: int = Field(
        _DREAM.above,
        ge=0,
        le=11,
        title="Octaves above",
        description="How many octaves are larger than the size; the result is not.",
    )
    steps: Annotated[int, Usual(high=100)] = Field(
        _DREAM.steps, ge=1, le=400, title="Steps per octave"
    )
    step: Annotated[float, Usual(0.002, 0.05, 0.002)] = Field(
        _DREAM.step,
        gt=0,
        le=1,
        title="Step size",
        description="Mean change of a pixel in a step, as a share of half the range of values.",
    )
    normalise: Literal["mean", "std"] = Field(
        _DREAM.normalise, title="Normalise", description="What gradients are divided by."
    )
    smooth: list[Annotated[float, Field(gt=0, le=64)]] = Field(
        list(_DREAM.smooth),
        max_length=8,
        title="Smooth",
        description="Spreads in px by which gradients are smoothed; classes need some.",
    )
    max_loss: Annotated[float | None, Usual(high=1e9)] = Field(
        _DREAM.max_loss,
        gt=0,
        title="Loss ceiling",
        description="An octave ends above it; never if it is not set.",
    )
    jitter: int = Field(
        _DREAM.jitter,
        ge=0,
        le=512,
        title="Jitter, px",
        description="How far the picture is shifted at random in each step.",
    )
    tile: Annotated[int, Usual(options=(128, 256, 512, 1024, 2048))] = Field(
        _DREAM.tile,
        ge=64,
        le=LARGEST_PX,
        title="Tiles, px",
        description="Larger pictures are processed in tiles of this size.",
    )
    detail: bool = Field(
        _DREAM.detail, title="Detail", description="Give back what smaller sizes had lost."
    )
    size: Annotated[_Size, Usual(low=128, step=32)] = _DREAM.size
    seed: _Seed = _DREAM.seed


class DreamStepAnswer(Answer):
    image: Pixels
    octave: int
    loss: Number
    iteration: int
    steps: int
    share: Number


_GUIDE = Input("guide", "photo", "Another photo, to respond as to that one", optional=True)


def _dream_settings(layers: list[str], smooth: list[float], **settings: Any) -> DreamSettings:
    return DreamSettings(layers=weighted(layers), smooth=tuple(smooth), **settings)


def _dream(photo: bytes, guide: bytes | None, **settings: Any) -> Iterator[DreamStep]:
    return dream(photo, _dream_settings(**settings), guide=guide)


DREAM = Task(
    name="dream",
    title="DeepDream",
    about="A photo changed until layers of a network respond more.",
    inputs=(PHOTO, _GUIDE),
    settings=DreamTaskSettings,
    function=_dream,
    answer=DreamStepAnswer,
    picture=lambda step: step.image,
    share=lambda step: step.share,
)


class ZoomSettings(DreamTaskSettings):
    frames: int = Field(24, ge=1, le=240, title="Frames")
    rate: float = Field(1.05, gt=1, le=2, title="Zoom", description="From frame to frame.")


def _zoom(
    photo: bytes, guide: bytes | None, *, frames: int, rate: float, **settings: Any
) -> Iterator[DreamStep]:
    return zoom(photo, _dream_settings(**settings), frames=frames, rate=rate, guide=guide)


ZOOM = Task(
    name="zoom",
    title="Zoom into a dream",
    about="A dream that goes into itself, frame by frame.",
    inputs=(PHOTO, _GUIDE),
    settings=ZoomSettings,
    function=_zoom,
    answer=DreamStepAnswer,
    picture=lambda step: step.image,
    share=lambda step: step.share,
)


class FilterSettings(Settings):
    network: _Network = "hed_vgg16"
    layer: str = Field("block4_conv2", max_length=200, title="Layer")
    channels: list[Annotated[int, Field(ge=0)]] = Field(
        [0, 1, 2, 3], min_length=1, max_length=16, title="Channels"
    )
    size: Annotated[int, Usual(options=(64, 96, 128, 192, 256))] = Field(
        128, ge=32, le=512, title="Size, px", description="Of each picture."
    )
    steps: Annotated[int, Usual(10, 200, 10)] = Field(60, ge=1, le=1000, title="Steps")
    seed: _Seed = 0


class FilterStepAnswer(Answer):
    channels: list[int]
    response: Number
    iteration: int
    steps: int


def _grid(step: FilterStep) -> np.ndarray:
    return image_grid(step.images)


FILTERS = Task(
    name="filters",
    title="Pictures that activate filters",
    about="What channels of a layer respond to most, made from noise.",
    inputs=(),
    settings=FilterSettings,
    function=visualize,
    answer=FilterStepAnswer,
    picture=_grid,
    share=lambda step: step.iteration / step.steps,
)
