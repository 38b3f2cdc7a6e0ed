"""What a visitor takes along of one photo."""

from __future__ import annotations

import json

import streamlit as st

from core.vision.colorization import colorize
from pages._colorize.choices import Shown
from pages._ui import downloads
from pages._ui.unmarked import unmarked


def show(shown: Shown) -> None:
    """The picture in the photo's own size, and the settings with all hints."""
    photo, wish = shown.photo, shown.wish
    with st.container(horizontal=True):
        downloads.picture(
            "Picture in full size (PNG)",
            lambda: colorize(
                photo.data,
                saturation=wish.saturation,
                temperature=wish.temperature,
                hints=wish.hints,
                denoise=wish.denoise,
            ),
            "colour.png",
        )
        st.download_button(
            "Settings and hints (JSON)",
            lambda: as_json(shown),
            "colour.json",
            "application/json",
            icon=":material/download:",
            on_click="ignore",
        )
    st.caption(
        f"{unmarked(photo.name)}: the page shows at most 1,024 px a side, the file has all of "
        "them. The address of this page holds the settings and hints as well."
    )


def as_json(shown: Shown) -> str:
    """The settings that paint the photo again."""
    return json.dumps({"photo": shown.photo.name, **shown.wish.record()}, indent=1)
