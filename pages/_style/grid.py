"""The room Nine to choose from: small pictures in nine settings; one click for the full size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import streamlit as st

from core.optvis.style_transfer import StyleSettings, stylize
from pages._style import by_optimisation
from pages._style.settings_input import settings_input
from pages._style.style_input import Pair, pair_input
from pages._ui import errors, jobs
from pages._ui.three_parts import three_parts

_JOB = "style_grid"
_STYLE = (0.2, 1.0, 5.0)
_SCALE = (0.5, 1.0, 1.6)
_SMALL = {"size": 192, "steps": 30, "levels": 2}


@dataclass(frozen=True, slots=True)
class _Nine:
    pair: Pair
    full: tuple[StyleSettings, ...]
    images: tuple[np.ndarray, ...] = field(repr=False)
    share: float


def room() -> None:
    """The same choices as for one picture; then nine beside each other."""
    choice, result, finer = three_parts()
    with choice, errors.shown():
        pair = pair_input()
        begin = st.button(
            "Try nine", type="primary", icon=":material/grid_view:", disabled=pair is None
        )
    with finer, errors.shown():
        settings = settings_input()
    with result, errors.shown():
        if begin and pair:
            jobs.start(_JOB, "Trying nine", lambda: _nine(pair, settings))
        job = jobs.panel(_JOB, lambda nine: (nine.share, f"{len(nine.images)} of 9"), preview=_draw)
        if job is None:
            st.info(
                "Down, the style weighs more; to the right, its strokes become larger. Each is a "
                f"picture of {_SMALL['size']} px, so that all nine take about a minute.",
                icon=":material/grid_view:",
            )
        elif job.is_over and job.snapshot:
            _draw(job.snapshot, final=True)


def _nine(pair: Pair, settings: StyleSettings) -> Iterator[_Nine]:
    full = tuple(
        replace(settings, style_weight=settings.style_weight * weight, style_scale=scale)
        for weight in _STYLE
        for scale in _SCALE
    )
    images: list[np.ndarray] = []
    for i, one in enumerate(full):
        blend = pair.blend if len(pair.styles) > 1 else ()
        small = replace(one, **_SMALL, optimizer="l-bfgs", blend=blend)
        styles = [style.data for style in pair.styles]
        for step in stylize(pair.content.data, styles[0], small, others=styles[1:]):
            share = (i + step.iteration / step.steps) / len(full)
            yield _Nine(pair, full, tuple(images), share)
        images.append(step.image)
    yield _Nine(pair, full, tuple(images), 1.0)


def _draw(nine: _Nine, *, final: bool = False) -> None:
    for row in range(3):
        for place, column in enumerate(st.columns(3), start=3 * row):
            if place >= len(nine.images):
                continue
            weight, scale = _STYLE[place // 3], _SCALE[place % 3]
            words = f"style {weight:g} x, strokes {scale:g} x"
            column.image(nine.images[place], width="stretch", alt=words, caption=words)
            if final:
                column.button(
                    "Full size",
                    key=f"full_{place}",
                    on_click=_full,
                    args=(nine, place),
                    width="stretch",
                )


def _full(nine: _Nine, place: int) -> None:
    by_optimisation.start(nine.pair, nine.full[place])
    st.session_state["style_room"] = "By optimisation"
