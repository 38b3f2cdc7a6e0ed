"""A photo with the square that a network sees, which can be moved and made smaller."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from core.media import encode_jpeg
from pages._ui import pictures
from pages._ui.components import component

_HTML = """
<div class="crop" hidden>
  <img alt="" draggable="false">
  <div class="frame" tabindex="0" role="application"><b aria-hidden="true"></b></div>
</div>
"""
_CSS = """
[hidden] { display: none !important; }
.crop { position: relative; overflow: hidden; aspect-ratio: var(--ratio); width: 100%;
  border-radius: var(--st-base-radius); user-select: none; }
img { width: 100%; height: 100%; display: block; pointer-events: none; }
.frame { position: absolute; box-sizing: border-box; border: 2px solid #fff; cursor: move;
  box-shadow: 0 0 0 9999px #0006, inset 0 0 0 1px #0008; touch-action: none; }
.frame:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: -3px; }
b { position: absolute; right: -2px; bottom: -2px; width: 1.1rem; height: 1.1rem;
  background: #fff; border-radius: 0.3rem 0 0 0; cursor: nwse-resize; touch-action: none;
  box-shadow: 0 0 0 1px #0008; }
"""
_mount = component(__file__, html=_HTML, css=_CSS)

Place = tuple[float, float, float]
"""The square's centre as shares of width and height, and its side as one of the shorter side."""


def crop_frame(
    picture: np.ndarray,
    place: Place,
    *,
    least: float,
    label: str,
    key: str,
    on_move: Callable[[Place], None],
) -> None:
    """Draw a photo, (H, W, 3) uint8, and the square.

    Parameters
    ----------
    least : the smallest side.
    label : what the photo shows, for whoever does not see it.
    on_move : called with the new place before the page is drawn again.
    """
    _mount(
        key=key,
        data={
            "src": pictures.data_url(encode_jpeg(picture)),
            "ratio": picture.shape[1] / picture.shape[0],
            "place": list(place),
            "least": least,
            "label": (
                f"{label}: the part that the network uses. Arrow keys move the frame, + and "
                "- resize it."
            ),
        },
        on_moved_change=lambda: _moved(key, on_move),
    )


def _moved(key: str, on_move: Callable[[Place], None]) -> None:
    place = st.session_state[key].moved
    if place is not None:
        x, y, share = (min(1.0, max(0.0, float(value))) for value in place)
        on_move((x, y, share))
