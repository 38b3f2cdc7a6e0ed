"""The room for colour hints: click a place, choose a colour, and the region follows."""

from __future__ import annotations

import streamlit as st

from pages._colorize import choices, downloads, hints
from pages._colorize.choices import Shown
from pages._colorize.chosen_place import choose, chosen_place
from pages._colorize.place_picker import Mark, place_picker
from pages._colorize.swatches import hex_of, swatches
from pages._ui.numbers import percent

_PLACE = "color_place"
_FIRST = (0.75, 0.8)


def room() -> None:
    """The picture to click, and colours for the place; the hints so far at the left."""
    choices.photo_room(_show, list_hints=True)


def _show(shown: Shown) -> None:
    x, y = chosen_place(_PLACE, _FIRST)
    place_picker(
        shown.painted,
        label=f"{shown.photo.name} in colour",
        key="hint_picker",
        on_pick=choose(_PLACE),
        marks=[
            Mark(hint.x, hint.y, hex_of(hint.rgb), str(i))
            for i, hint in enumerate(shown.settings.hints, start=1)
        ],
        chosen=(x, y),
    )
    st.markdown("**Click a place, then a colour**: the region around it takes that colour.")
    _colors(shown, x, y)
    downloads.show(shown)


def _colors(shown: Shown, x: float, y: float) -> None:
    probable = shown.guess.alternatives(x, y, 5)

    def apply(number: int) -> None:
        hints.put(x, y, probable[number][0])

    left, right = st.columns([2, 1])
    with left:
        swatches(
            [(rgb, percent(share, 0)) for rgb, share in probable],
            label="Probable colours at the place",
            key="hint_swatches",
            on_choose=apply,
        )
        st.caption("Probable colours according to the network, at the lightness of this place.")
    with right, st.container(horizontal=True, vertical_alignment="bottom"):
        picked = st.color_picker("Another colour", "#c0392b", key="own_color", bind="query-params")
        st.button(
            "Apply colour",
            icon=":material/colorize:",
            on_click=lambda: hints.put(x, y, hints.rgb_of(st.session_state["own_color"] or picked)),
        )
