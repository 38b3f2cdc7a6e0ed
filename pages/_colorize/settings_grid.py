"""Saturation and temperature as small pictures: one click takes both."""

from __future__ import annotations

import streamlit as st

from core.vision.colorization import best_temperature
from pages._colorize import cached
from pages._colorize.choices import Shown, temperatures
from pages._colorize.picture_choice import Choice, picture_choice

_SATURATIONS = (0.6, 1.0, 1.5)
_SIDE_PX = 240


def show(shown: Shown) -> None:
    """Down, more saturation; to the right, from safe to vivid."""
    columns = _spread(temperatures())
    pairs = [(s, t) for s in _SATURATIONS for t in columns]
    small = cached.screen_copy(shown.data, _SIDE_PX)
    settings = shown.settings
    chosen = (settings.saturation, settings.temperature)

    def choose(number: int) -> None:
        st.session_state["saturation"], st.session_state["temperature"] = pairs[number]

    picture_choice(
        [
            Choice(
                cached.paint(small, settings.denoise, saturation, temperature, settings.hints),
                f"{saturation:g} · {temperature:g}",
                mark="chosen" if (saturation, temperature) == chosen else "",
            )
            for saturation, temperature in pairs
        ],
        columns=len(columns),
        label="Saturation and temperature to choose from",
        key="settings_grid",
        on_choose=choose,
    )
    st.caption(
        "Saturation · temperature. More colourful towards the bottom, more vivid towards the "
        "right. Click a picture to enlarge it."
    )


def _spread(options: tuple[float, ...]) -> tuple[float, ...]:
    """The safest, the best, the most vivid, and one between these two."""
    best = best_temperature()
    vivid = options[options.index(best) :]
    return tuple(dict.fromkeys((options[0], best, vivid[len(vivid) // 2], vivid[-1])))
