"""The room for one photo: before and after, settings to choose from, the truth, files."""

from __future__ import annotations

import streamlit as st

from core import zoo
from core.vision.colorization import COLORIZER, ENCODER
from pages._colorize import against_truth, choices, downloads, settings_grid
from pages._colorize.before_after import before_after
from pages._colorize.choices import Shown
from pages._ui import layout, provenance


def room() -> None:
    """Before and after under one handle, and more about it below."""
    choices.photo_room(_show)


def _show(shown: Shown) -> None:
    before_after(
        shown.before,
        shown.painted,
        ("before", "after"),
        label=f"{shown.photo.name}, before and after",
        key="before_after",
    )
    hints = f" Colour hints: {len(shown.settings.hints)}." if shown.settings.hints else ""
    credit = f" Photo {shown.photo.credit}." if shown.photo.credit else ""
    st.caption(f"{choices.describe(shown.guess.photo)}{hints} Drag the handle.{credit}")
    _details(shown)


def _details(shown: Shown) -> None:
    layout.show_tabs(
        {
            "Grid of settings": lambda: settings_grid.show(shown),
            "Compare with the original": lambda: against_truth.show(shown),
            "How it works": _made,
            "Download": lambda: downloads.show(shown),
        },
        key="colour_details",
    )


def _made() -> None:
    st.markdown(
        f"{zoo.image_network(ENCODER).title} processes the grey photo. A decoder trained for "
        "this app reads its feature maps, coarse ones for what is there and fine ones for "
        "where, and predicts for each place the probabilities of some 260 colours. The "
        "temperature turns them into one colour, a guided filter aligns the colours with "
        "edges, and every pixel keeps its lightness."
    )
    provenance.model_card(zoo.network(COLORIZER))
    provenance.model_card(zoo.image_network(ENCODER))
