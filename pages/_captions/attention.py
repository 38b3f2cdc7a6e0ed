"""Where the decoder looked for each word of a caption."""

from __future__ import annotations

import math

import streamlit as st

from core.vision.captioning import Caption
from core.vision.preparation import Region
from pages._ui import pictures
from pages._ui.inputs import NamedPhoto
from pages._ui.numbers import percent

_WIDTH_PX = 260
_WHOLE = Region(0.0, 0.0, 1.0, 1.0)


def show(photo: NamedPhoto, caption: Caption) -> None:
    """The photo once for every word, bright where the decoder looked."""
    picture = pictures.photo_array(photo.data, _WIDTH_PX)
    side = caption.steps[0].attention.shape[0]
    st.caption(
        f"For each word the decoder attends to {side} x {side} places of the photo. Shown are "
        "the attention weights of its last layer, averaged over its heads, each picture "
        "scaled to its own range. Attention shows where the decoder looked, not why it chose "
        "the word."
    )
    grid = st.grid("auto", min_column_width=140, gap="small")
    for step in caption.steps:
        word = step.word or "(end)"
        grid.image(
            pictures.overlay(picture, step.attention, _WHOLE),
            caption=f"**{word}** {percent(math.exp(step.log_probability), 0)}",
            width="stretch",
            alt=f"Attention for “{word}”",
        )
