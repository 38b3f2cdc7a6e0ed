"""The settings of a style transfer by optimisation: a preset, and what is changed about it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from core import zoo
from core.optvis.style_settings import PRESETS, Optimizer, Start, StyleSettings
from core.optvis.stylize_now import is_ready
from pages._ui import task_settings, widgets
from pages._ui.layer_names import layer_phrase, layer_title
from pages._ui.task_settings import described

_TASK = "optimise-style"
_MADE_FOR = {"Keras example": "VGG19", "TensorFlow tutorial": "VGG19", "The book": "VGG16"}
_OPTIMIZERS: tuple[Optimizer, ...] = ("l-bfgs", "adam", "sgd")
_STARTS: dict[Start, str] = {
    "recolored": "the photo in the style's colours",
    "content": "the photo",
    "style": "the style",
    "noise": "noise",
    "at once": "the result at once",
}
_TIMES = [0.03, 0.1, 0.2, 0.33, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 5.0, 10.0, 30.0]


def settings_input() -> StyleSettings:
    """The widgets; what they say as settings."""
    name = st.selectbox(
        "Preset",
        list(PRESETS),
        key="style_preset",
        bind="query-params",
        help=(
            "Graft's own presets, or those of well-known examples. The sliders below multiply "
            "their weights."
        ),
    )
    preset = PRESETS[name or "Graft"]
    if name in _MADE_FOR:
        st.caption(f"Made for {_MADE_FOR[name]}; {preset.steps:,} steps take long on a CPU.")
    slug = (name or "Graft").split()[0].lower()
    settings = replace(
        preset,
        style_weight=preset.style_weight * _times("style_weight", "times_style"),
        content_weight=preset.content_weight * _times("content_weight", "times_content"),
        smoothness=preset.smoothness * _times("smoothness", "times_smooth"),
        size=task_settings.count_slider(_TASK, "size", key=f"size_{slug}", default=preset.size),
        steps=task_settings.count_slider(_TASK, "steps", key=f"steps_{slug}", default=preset.steps),
        style_scale=task_settings.slider(_TASK, "style_scale", key="style_scale"),
        keep_colors=task_settings.toggle(_TASK, "keep_colors", key="keep_colors"),
    )
    with st.expander("Network, layers, optimiser"):
        return _more(settings, slug)


def _more(settings: StyleSettings, slug: str) -> StyleSettings:
    """With what is seldom changed."""
    network = widgets.network_choice(
        [spec.name for spec in widgets.image_networks_on_disk() if spec.family == "VGG"],
        key="style_network",
    )
    network = network or settings.network
    layers = _conv_layers(network)
    defaults = [name for name, _ in settings.style_layers if name in layers]
    styles = st.multiselect(
        "Style layers",
        layers,
        defaults,
        format_func=partial(layer_title, network),
        key=f"style_layers_{slug}",
        bind="query-params",
    )
    weights = {
        name: st.slider(
            f"Weight of the {layer_phrase(network, name)}",
            0.0,
            2.0,
            1.0,
            0.1,
            key=f"weight_{name}",
            bind="query-params",
        )
        for name in styles
    }
    content = st.selectbox(
        "Content layer",
        layers,
        layers.index(settings.content_layers[0][0]),
        format_func=partial(layer_title, network),
        key=f"content_layer_{slug}",
        bind="query-params",
    )
    optimizer = widgets.choice(
        described(_TASK, "optimizer").label,
        _OPTIMIZERS,
        default=settings.optimizer,
        key=f"optimizer_{slug}",
    )
    starts = [start for start in _STARTS if start != "at once" or is_ready()]
    start = st.selectbox(
        described(_TASK, "start").label,
        starts,
        starts.index(settings.start),
        format_func=_STARTS.__getitem__,
        key=f"start_{slug}",
        bind="query-params",
        help=described(_TASK, "start").help,
    )
    levels = task_settings.count_slider(
        _TASK, "levels", key=f"levels_{slug}", default=settings.levels
    )
    return replace(
        settings,
        network=network,
        style_layers=tuple(weights.items()) or settings.style_layers,
        content_layers=((content, 1.0),),
        optimizer=optimizer,
        start=start or settings.start,
        levels=levels,
        seed=task_settings.count_input(_TASK, "seed", key="style_seed"),
    )


def _conv_layers(network: str) -> list[str]:
    spec = zoo.image_network(network)
    deepest = {"vgg19": 4}.get(spec.name, 3)
    counts = (2, 2, deepest, deepest, deepest)
    return [
        f"block{block}_conv{i}"
        for block, count in enumerate(counts, start=1)
        for i in range(1, count + 1)
    ]


def stepped(times: float, steps: int) -> float:
    """The factor so many steps from another on the sliders of weights, or the last one there."""
    place = _TIMES.index(times) + steps
    return _TIMES[max(0, min(len(_TIMES) - 1, place))]


def _times(name: str, key: str) -> float:
    """So many times the weight of the preset."""
    setting = described(_TASK, name)
    return st.select_slider(
        setting.label,
        _TIMES,
        1.0,
        format_func=lambda t: f"{t:g} x",
        key=key,
        bind="query-params",
        help=setting.help,
    )
