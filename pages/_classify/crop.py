"""Which part of a photo the network sees: chosen by sliders or on the photo, kept in the URL."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.vision.preparation import Region, square_at
from pages._classify.crop_frame import Place, crop_frame
from pages._ui import links
from pages._ui.inputs import NamedPhoto

_SLIDERS = {
    "crop_x": ("From left to right, %", 0, 100, 50),
    "crop_y": ("From top to bottom, %", 0, 100, 50),
    "crop_size": ("Size, % of the shorter side", 20, 100, 100),
}


def crop_input(photo: NamedPhoto) -> Place:
    """The widgets. Of every photo it is the largest centred square until that is moved."""
    for key, (_, _, _, default) in _SLIDERS.items():
        links.follow(key, default, photo.identity)
    with st.popover("Crop", icon=":material/crop:", help="The part that the network uses"):
        values = [
            st.slider(label, least, most, default, key=key, bind="query-params")
            for key, (label, least, most, default) in _SLIDERS.items()
        ]
        st.button("Reset", icon=":material/undo:", on_click=_reset, key="crop_reset")
    x, y, share = (value / 100 for value in values)
    return x, y, share


def region_of(place: Place, picture: np.ndarray) -> Region | None:
    """The part of a photo of this shape; None for the largest centred square."""
    x, y, share = place
    if (x, y, share) == (0.5, 0.5, 1.0):
        return None
    height, width = picture.shape[:2]
    return square_at(width, height, x, y, share)


def show(photo: NamedPhoto, picture: np.ndarray, place: Place) -> None:
    """The photo with the square on it."""
    crop_frame(
        picture,
        place,
        least=_SLIDERS["crop_size"][1] / 100,
        label=photo.name,
        key="crop_frame",
        on_move=_choose,
    )


def _choose(place: Place) -> None:
    for (key, (_, least, most, _)), value in zip(_SLIDERS.items(), place, strict=True):
        st.session_state[key] = min(most, max(least, round(100 * value)))


def _reset() -> None:
    for key, (_, _, _, default) in _SLIDERS.items():
        st.session_state[key] = default
