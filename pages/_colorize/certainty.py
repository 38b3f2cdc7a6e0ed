"""The room How sure: where the network knows the colour, and what else it could be."""

from __future__ import annotations

import streamlit as st

from core.vision.preparation import Region
from pages._colorize import choices
from pages._colorize.choices import Shown
from pages._colorize.chosen_place import choose, chosen_place
from pages._colorize.place_picker import place_picker
from pages._colorize.swatches import swatches
from pages._ui import pictures
from pages._ui.numbers import percent

_PLACE = "sure_place"


def room() -> None:
    """A map of how sure the network is, and the colours at a place."""
    choices.photo_room(_map)


def _map(shown: Shown) -> None:
    certainty = shown.guess.certainty
    x, y = chosen_place(_PLACE, (0.5, 0.5))
    probable = shown.guess.alternatives(x, y, 5)
    picture, aside = st.columns([2.4, 1])
    with picture:
        place_picker(
            pictures.overlay(shown.grey, certainty, _region(shown)),
            label=f"Confidence of the network in the colours of {shown.photo.name}",
            key="sure_picker",
            on_pick=choose(_PLACE),
            chosen=(x, y),
            legend=(
                f"unsure {percent(float(certainty.min()), 0)}",
                f"sure {percent(float(certainty.max()), 0)}",
            ),
        )
    with aside:
        st.image(shown.painted, caption="Coloured", width="stretch", alt="Coloured photo")
        st.markdown("**Probable colours at this place**")
        swatches(
            [(rgb, percent(share, 0)) for rgb, share in probable],
            label="Probable colours at the place",
            key="sure_swatches",
        )
    st.caption(
        "100% means that one colour has all the probability, 0% that all colours are equally "
        "probable (one minus the normalised entropy). Sky, grass and skin are often certain; "
        "clothes, cars and walls are not. Click a place to see its probable colours."
    )


def _region(shown: Shown) -> Region:
    top, bottom, left, right = shown.guess.photo.inner
    height, width = shown.guess.photo.grey.shape
    return Region(left / width, top / height, right / width, bottom / height)
