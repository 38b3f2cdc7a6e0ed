"""The room Dream: a photo in which layers of a network see more and more of what they know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from core import cluster, zoo
from core.optvis import filters
from core.optvis.deep_dream import DreamSettings, DreamStep, dream, zoom
from core.optvis.openings import settings_record
from core.tasks.optimised import dream_values
from core.zoo import imagenet_classes
from pages._dream.presets import for_a_class, missing, presets
from pages._ui import (
    errors,
    inputs,
    jobs,
    layout,
    optimising,
    provenance,
    task_settings,
    use_from_code,
    widgets,
)
from pages._ui.inputs import SAMPLE_PHOTOS, NamedPhoto
from pages._ui.layer_names import layer_phrase, layer_title
from pages._ui.optimising_run import Run

_JOB, _TASK = "dream_job", "dream"
_slider = partial(task_settings.slider, _TASK)
_count_slider = partial(task_settings.count_slider, _TASK)
_PALACE_FIRST = tuple(sorted(SAMPLE_PHOTOS, key=lambda photo: photo.name != "Palace"))
_TOWARDS = {"layers": "Layers", "class": "A class", "guide": "Another photo"}


def room() -> None:
    """The photo and the settings at the left; the dream beside them."""
    choice, result, finer = layout.three_parts()
    with choice, errors.shown():
        photo = inputs.photo_input(_PALACE_FIRST, prefix="dream_")
        buttons = st.container(horizontal=True)
    with finer, errors.shown():
        settings, guide = _settings()
    waits = photo is None or (guide is None and st.session_state.get("towards") == "guide")
    with buttons:
        begin = st.button("Dream", type="primary", icon=":material/bedtime:", disabled=waits)
        deeper = st.button("Zoom (GIF)", icon=":material/zoom_in:", disabled=waits)
    with result, errors.shown():
        if photo is not None and (begin or deeper):
            _start(photo, settings, guide, zooms=deeper)
        optimising.show_run(_JOB, _shown, _preview, ahead="dream", press="Dream")
        _show_code(settings, guide)


def _settings() -> tuple[DreamSettings, NamedPhoto | None]:
    choices = presets()
    name = st.selectbox(
        "Preset",
        list(choices),
        key="dream_preset",
        bind="query-params",
        help=missing() or "Graft's own presets, and those of well-known examples.",
    )
    preset = choices.get(name) or next(iter(choices.values()))
    slug = "".join(c for c in (name or "") if c.isalnum()).lower() or "graft"
    towards = widgets.choice("Towards", _TOWARDS, key="towards")
    guide, target, network = None, None, preset.network
    if towards == "class":
        preset, slug = for_a_class(preset), f"{slug}_class"
        network = inputs.network_input()
        target = st.selectbox(
            "Class", imagenet_classes().names, key="dream_class", bind="query-params"
        )
    elif towards == "guide":
        guide = inputs.photo_input(prefix="guide_")
    settings = replace(
        preset,
        network=network,
        target=target,
        octaves=_count_slider("octaves", key=f"oct_{slug}", default=preset.octaves),
        steps=_count_slider("steps", key=f"dsteps_{slug}", default=preset.steps),
        step=_slider("step", key=f"dstep_{slug}", default=preset.step),
        size=_count_slider("size", key=f"dsize_{slug}", default=preset.size),
    )
    with st.expander("Layers, scale, jitter, tiles"):
        return _more(settings, slug), guide


def _more(settings: DreamSettings, slug: str) -> DreamSettings:
    """With what is seldom changed."""
    if settings.target is None:
        names = filters.layers(settings.network)
        default = [name for name, _ in settings.layers if name in names]
        chosen = st.multiselect(
            "Layers",
            names,
            default,
            format_func=lambda name: layer_title(settings.network, name),
            key=f"dl_{slug}",
            bind="query-params",
        )
        weights = tuple((name, _weight(name, settings, slug)) for name in chosen)
        settings = replace(settings, layers=weights)
    ceiling = task_settings.optional_input(
        _TASK, "max_loss", key=f"ceil_{slug}", default=float(settings.max_loss or 0)
    )
    return replace(
        settings,
        octave_scale=_slider("octave_scale", key=f"os_{slug}", default=settings.octave_scale),
        jitter=_count_slider("jitter", key=f"jit_{slug}", default=settings.jitter),
        tile=int(
            task_settings.select_slider(_TASK, "tile", key=f"tile_{slug}", default=settings.tile)
        ),
        max_loss=ceiling,
        seed=task_settings.count_input(_TASK, "seed", key="dream_seed"),
    )


def _weight(layer: str, preset: DreamSettings, slug: str) -> float:
    return st.slider(
        f"Weight of the {layer_phrase(preset.network, layer)}",
        0.0,
        3.0,
        float(dict(preset.layers).get(layer, 1.0)),
        0.1,
        key=f"w_{slug}_{layer}",
        bind="query-params",
    )


def _start(
    photo: NamedPhoto, settings: DreamSettings, guide: NamedPhoto | None, *, zooms: bool
) -> None:
    settings.check()
    about: dict[str, Any] = {"photo": photo.name, "settings": settings_record(settings)}
    if guide is not None:
        about["guide"] = guide.name
    if zooms:
        about["zoom"] = True
    walk = zoom if zooms else dream
    data, guide_data = photo.data, guide.data if guide is not None else None

    def steps() -> Iterator[DreamStep]:
        return cluster.steps(walk, data, settings, guide=guide_data)

    title = "Zooming into a dream" if zooms else "Dreaming"
    frame = (lambda step: step.octave) if zooms else None
    jobs.start(
        _JOB,
        title,
        lambda: optimising.run(steps, lambda step: {"response": step.loss}, about, frame=frame),
        is_long=True,
    )


def _show_code(settings: DreamSettings, guide: NamedPhoto | None) -> None:
    files, values = {"guide": 1} if guide else {}, dream_values(settings)
    use_from_code.show(
        *(use_from_code.call(name, files=files, **values) for name in ("dream", "zoom"))
    )


@st.cache_data(max_entries=8, show_spinner="Drawing")
def _gif(frames: tuple[bytes, ...], shape: tuple[int, int, int]) -> bytes:
    """Of pictures as bytes, each (H, W, 3) uint8: of large arrays Streamlit hashes only a part."""
    return optimising.gif([np.frombuffer(frame, np.uint8).reshape(shape) for frame in frames])


def _preview(run: Run) -> None:
    st.image(run.image, width="stretch", alt="Dream so far")


def _shown(run: Run) -> None:
    image, about, frames = run.image, run.about, run.frames
    settings = about["settings"]
    what = settings["target"] or ", ".join(
        layer_phrase(settings["network"], name) for name, weight in settings["layers"] if weight
    )
    moves = about.get("zoom") and len(frames) > 2
    st.image(
        _gif(tuple(frame.tobytes() for frame in frames), image.shape) if moves else image,
        width="stretch",
        caption=f"{about['photo']}, dreamed by {widgets.title_of(settings['network'])} ({what})",
        alt=f"{about['photo']}, changed until {what} is strongly activated",
    )
    optimising.run_downloads(image, about, "dream", frames)
    optimising.curves(run.losses, "dream_done", "response")
    with st.expander("How it works"):
        provenance.model_card(zoo.image_network(settings["network"]))
        st.caption(
            "Mordvintsev et al. (2015): the picture is changed along the gradient of the "
            f"layers' activations, from a small size to the full size. Seed {settings['seed']}."
        )
        st.json(about, expanded=False)
