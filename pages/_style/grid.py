"""The room Nine to choose from: small pictures in nine settings; one click for the full size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import streamlit as st

from core import cluster
from core.optvis.nine import SCALES, nine
from core.optvis.openings import opening
from core.optvis.style_samples import style_sample
from core.optvis.style_settings import StyleSettings
from pages._style import by_optimisation
from pages._style.settings_input import settings_input, stepped
from pages._style.style_input import Pair, pair_input
from pages._ui import errors, jobs, layout
from pages._ui.inputs import SAMPLE_PHOTOS, NamedPhoto

_JOB = "style_grid"
_STEPS = (-4, 0, 4)  # on the slider of the style's weight
# nine stay three by three in a narrow window too
_BESIDE = """<style>
.st-key-nine [data-testid=stHorizontalBlock] { flex-wrap: nowrap; gap: 0.5rem; }
.st-key-nine [data-testid=stColumn] { min-width: 0; flex: 1 1 0; }
.st-key-nine button { padding-inline: 0; }
</style>"""


@dataclass(frozen=True, slots=True)
class _Choice:
    """Small pictures so far, of what, what the sliders say for each, and its full settings."""

    pair: Pair
    sliders: tuple[tuple[float, float], ...]
    settings: tuple[StyleSettings, ...]
    images: tuple[np.ndarray, ...] = field(repr=False)
    share: float


def room() -> None:
    """The same choices as for one picture; then nine beside each other."""
    choice, result, finer = layout.three_parts()
    with choice, errors.shown():
        pair = pair_input()
        begin = st.button(
            "Make nine", type="primary", icon=":material/grid_view:", disabled=pair is None
        )
    with finer, errors.shown():
        settings = settings_input()
    with result, errors.shown():
        if begin and pair:
            times = st.session_state["times_style"]
            work = partial(_choices, pair, settings, times)
            jobs.start(_JOB, "Making nine", work, is_long=True)
        _result()
        if pair:
            by_optimisation.show_code(pair, settings)


def _result() -> None:
    job = jobs.current(_JOB)
    if job is not None:
        jobs.panel(_JOB, job, lambda nine: (nine.share, f"{len(nine.images)} of 9"), preview=_draw)
        if not job.is_over:
            return
    done = jobs.outcome(_JOB)
    ahead = (
        "" if done else ("Precomputed example: choose a photo and a style, then press Make nine. ")
    )
    st.caption(f"{ahead}Stronger style towards the bottom; larger strokes towards the right.")
    _draw(done or _ready(), final=True)


def _choices(pair: Pair, settings: StyleSettings, times: float) -> Iterator[_Choice]:
    weights = [stepped(times, steps) for steps in _STEPS]
    sliders = tuple((weight, scale) for weight in weights for scale in SCALES)
    first, *others = (style.data for style in pair.styles)
    settings = replace(settings, blend=pair.blend if others else ())
    factors = [weight / times for weight in weights]
    steps = cluster.steps(nine, pair.content.data, first, settings, others=others, weights=factors)
    for step in cluster.fresh(steps):
        yield _Choice(pair, sliders, step.settings, step.images, step.share)


def _ready() -> _Choice:
    """The nine of `core.recipes.opening_pictures`."""
    choices = opening("nine")
    photo = next(photo for photo in SAMPLE_PHOTOS if photo.name == choices.record["photo"])
    styles = tuple(NamedPhoto(name, style_sample(name)) for name in choices.record["styles"])
    sliders = tuple((w, s) for w in choices.record["weights"] for s in choices.record["scales"])
    plain = StyleSettings()
    settings = tuple(
        replace(plain, style_weight=plain.style_weight * weight, style_scale=scale)
        for weight, scale in sliders
    )
    rows = np.split(choices.image, len(choices.record["weights"]))
    images = tuple(image for row in rows for image in np.split(row, len(SCALES), axis=1))
    return _Choice(Pair(photo, styles, (1.0,)), sliders, settings, images, 1.0)


def _draw(choices: _Choice, *, final: bool = False) -> None:
    st.html(_BESIDE)
    with st.container(key="nine"):
        for row in range(3):
            for place, column in enumerate(st.columns(3), start=3 * row):
                if place < len(choices.images):
                    with column:
                        _small(choices, place, final=final)


def _small(choices: _Choice, place: int, *, final: bool) -> None:
    weight, scale = choices.sliders[place]
    # lines may break at the comma alone, so that all nine break alike
    words = f"style {weight:.1f} x, strokes {scale:.1f} x".replace(" ", "\N{NO-BREAK SPACE}")
    words = words.replace(",\N{NO-BREAK SPACE}", ", ")
    st.image(choices.images[place], width="stretch", alt=words, caption=words)
    if final:
        st.button(
            "Full size",
            key=f"full_{place}",
            on_click=_full,
            args=(choices, place),
            width="stretch",
        )


def _full(choices: _Choice, place: int) -> None:
    """Start it, and open the room where it appears with the sliders where they belong."""
    by_optimisation.start(choices.pair, choices.settings[place])
    st.session_state["times_style"], st.session_state["style_scale"] = choices.sliders[place]
    st.session_state["style_room"] = "By optimisation"
