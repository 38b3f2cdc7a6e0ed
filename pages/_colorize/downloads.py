"""What a visitor takes along of one photo."""

from __future__ import annotations

import json

import numpy as np
import streamlit as st

from core.media import probe
from core.vision.colorization import colorize
from core.vision.colorization.grey_photos import MOST_DENOISED
from core.wording import escaped
from pages._colorize.choices import Shown
from pages._ui import downloads


def show(shown: Shown) -> None:
    """The picture in the photo's own size, and the settings with all hints."""
    photo, settings = shown.photo, shown.settings
    info = probe(photo.data)
    is_small = info.width * info.height <= MOST_DENOISED or not settings.denoise
    with st.container(horizontal=True):
        if is_small:
            downloads.picture(
                "Picture in full size (PNG)", lambda: in_full_size(shown), "colour.png"
            )
        else:
            downloads.picture("Picture as shown (PNG)", shown.painted, "colour.png")
        st.download_button(
            "Settings and hints (JSON)",
            lambda: as_json(shown),
            "colour.json",
            "application/json",
            icon=":material/download:",
            on_click="ignore",
        )
    if not is_small:
        st.caption(
            f"{escaped(photo.name)} has {info.width:,} x {info.height:,} px: too many to remove "
            "grain in full size. Turn off “Remove grain” to download it in full size."
        )
    st.caption("The link to this page also contains the settings and hints.")


def in_full_size(shown: Shown) -> np.ndarray:
    """(H, W, 3) uint8, of the photo's own size."""
    settings = shown.settings
    return colorize(
        shown.photo.data,
        saturation=settings.saturation,
        temperature=settings.temperature,
        hints=settings.hints,
        denoise=settings.denoise,
    )


def as_json(shown: Shown) -> str:
    """The settings that paint the photo again."""
    return json.dumps({"photo": shown.photo.name, **shown.settings.record()}, indent=1)
