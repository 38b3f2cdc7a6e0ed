"""Tasks that optimise a picture step by step: jobs, whose snapshots are the picture so far."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from core.optvis.deep_dream import DreamStep, dream, zoom
from core.optvis.dream_settings import DreamSettings
from core.optvis.filters import FilterStep, image_grid, visualize
from core.optvis.style_settings import StyleSettings
from core.optvis.style_transfer import StyleStep, stylize
from core.tasks.photos import PHOTO
from core.tasks.pictures import STYLE
from core.tasks.task import Answer, NetworkName, Number, Pixels, Settings, Task

_STYLE, _DREAM = StyleSettings(), DreamSettings()
_Size = Annotated[
    int, Field(ge=64, le=1024, title="Size", description="Of the longer side, in px.")
]
_Seed = Annotated[int, Field(ge=0, le=2**31 - 1, title="Seed")]


class OptimiseStyleSettings(Settings):
    content_weight: float = Field(
        _STYLE.content_weight, ge=0, le=100, title="Content", description="Weight of the photo."
    )
    style_weight: float = Field(
        _STYLE.style_weight, ge=0, le=1000, title="Style", description="Weight of the style."
    )
    smoothness: float = Field(
        _STYLE.smoothness, ge=0, le=100, title="Smoothness", description="Weight against noise."
    )
    steps: int = Field(_STYLE.steps, ge=1, le=4000, title="Steps", description="Over all sizes.")
    size: _Size = _STYLE.size
    levels: int = Field(
        _STYLE.levels, ge=1, le=4, title="Sizes", description="That are worked at, coarse to fine."
    )
    start: Literal["recolored", "content", "style", "noise", "at once"] = Field(
        _STYLE.start, title="Start", description="What the optimisation begins with."
    )
    keep_colors: bool = Field(_STYLE.keep_colors, title="Keep the photo's colours")
    seed: _Seed = _STYLE.seed


class StyleStepAnswer(Answer):
    image: Pixels
    losses: dict[str, Number]
    iteration: int
    steps: int
    share: Number


def _optimise_style(photo: bytes, style: bytes, **settings: Any) -> Iterator[StyleStep]:
    return stylize(photo, style, StyleSettings(**settings))


OPTIMISE_STYLE = Task(
    name="optimise-style",
    title="Stylise a photo by optimisation",
    about="A photo changed until a network sees its content and the style of a painting.",
    inputs=(PHOTO, STYLE),
    settings=OptimiseStyleSettings,
    function=_optimise_style,
    answer=StyleStepAnswer,
    picture=lambda step: step.image,
    share=lambda step: step.share,
)


class DreamTaskSettings(Settings):
    network: Annotated[str, NetworkName(), Field(title="Network", max_length=200)] = _DREAM.network
    layers: list[str] = Field(
        [name for name, _ in _DREAM.layers],
        min_length=1,
        max_length=8,
        title="Layers",
        description="That are to respond more, all of the same weight.",
    )
    target: str | None = Field(
        None,
        max_length=200,
        title="Class",
        description="Name or WordNet id of a class to dream towards, in place of the layers.",
    )
    octaves: int = Field(_DREAM.octaves, ge=1, le=12, title="Octaves")
    octave_scale: float = Field(_DREAM.octave_scale, gt=1, le=4, title="Octave scale")
    steps: int = Field(_DREAM.steps, ge=1, le=400, title="Steps", description="In each octave.")
    step: float = Field(_DREAM.step, gt=0, le=1, title="Step size")
    jitter: int = Field(_DREAM.jitter, ge=0, le=512, title="Jitter", description="In px.")
    size: _Size = _DREAM.size
    seed: _Seed = _DREAM.seed


class DreamStepAnswer(Answer):
    image: Pixels
    octave: int
    loss: Number
    iteration: int
    steps: int
    share: Number


def _dream_settings(layers: list[str], settings: dict[str, Any]) -> DreamSettings:
    return DreamSettings(layers=tuple((name, 1.0) for name in layers), **settings)


def _dream(photo: bytes, *, layers: list[str], **settings: Any) -> Iterator[DreamStep]:
    return dream(photo, _dream_settings(layers, settings))


DREAM = Task(
    name="dream",
    title="DeepDream",
    about="A photo changed until layers of a network respond more.",
    inputs=(PHOTO,),
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
    photo: bytes, *, layers: list[str], frames: int, rate: float, **settings: Any
) -> Iterator[DreamStep]:
    return zoom(photo, _dream_settings(layers, settings), frames=frames, rate=rate)


ZOOM = Task(
    name="zoom",
    title="Zoom into a dream",
    about="A dream that goes into itself, frame by frame.",
    inputs=(PHOTO,),
    settings=ZoomSettings,
    function=_zoom,
    answer=DreamStepAnswer,
    picture=lambda step: step.image,
    share=lambda step: step.share,
)


class FilterSettings(Settings):
    network: Annotated[str, NetworkName(), Field(title="Network", max_length=200)] = "hed_vgg16"
    layer: str = Field("block3_conv1", max_length=200, title="Layer")
    channels: list[Annotated[int, Field(ge=0)]] = Field(
        [0, 1, 2, 3], min_length=1, max_length=16, title="Channels"
    )
    size: int = Field(128, ge=32, le=512, title="Size", description="Of each picture, in px.")
    steps: int = Field(60, ge=1, le=1000, title="Steps")
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
