"""A picture that asks for a place: click it, or go there with the arrow keys and press Enter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import streamlit as st

from core.media import encode_jpeg
from pages._ui import pictures
from pages._ui.components import component

_HTML = """
<div class="picker" hidden>
  <div class="frame" tabindex="0" role="application">
    <img alt="" draggable="false">
    <div class="marks"></div>
    <i class="aim" aria-hidden="true"></i>
  </div>
  <div class="legend" hidden><span></span><i></i><span></span></div>
  <p class="said" aria-live="polite"></p>
</div>
"""
_CSS = """
.picker { font: 0.8rem var(--st-font); color: var(--st-text-color); }
[hidden] { display: none !important; }
.frame { position: relative; margin: 0 auto; aspect-ratio: var(--ratio);
  width: min(100%, 70vh * var(--ratio)); cursor: crosshair; user-select: none;
  border-radius: var(--st-base-radius); }
.frame:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
img { width: 100%; height: 100%; display: block; border-radius: inherit; pointer-events: none; }
.marks i, .aim { position: absolute; transform: translate(-50%, -50%); pointer-events: none;
  border-radius: 50%; box-sizing: border-box; }
.marks i { width: 1.5rem; height: 1.5rem; border: 2.5px solid #fff; box-shadow: 0 0 0 1.5px #000a,
  0 1px 4px #0008; color: #fff; font: 700 0.75rem/1.2rem var(--st-font); text-align: center;
  font-style: normal; text-shadow: 0 0 3px #000, 0 0 3px #000; }
.marks .chosen { width: 2.1rem; height: 2.1rem; border: 2px dashed #fff; background: none;
  box-shadow: 0 0 0 1.5px #000b, inset 0 0 0 1.5px #000b; }
.marks .chosen::after { content: ""; position: absolute; inset: calc(50% - 2px); background: #fff;
  border-radius: 50%; box-shadow: 0 0 0 1.5px #000b; }
.aim { width: 1.2rem; height: 1.2rem; border: 2px solid #fff; box-shadow: 0 0 0 1.5px #000;
  display: none; }
.frame:focus-visible .aim { display: block; }
.legend { display: flex; align-items: center; gap: 0.6rem; margin: 0.6rem auto 0;
  width: min(100%, 70vh * var(--ratio)); }
.legend i { flex: 1; height: 0.7rem; border-radius: 0.35rem; }
.said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  margin: 0; }
"""
_mount = component(__file__, html=_HTML, css=_CSS)


class Mark(NamedTuple):
    """A disc in a colour of CSS with a word on it; x and y in [0, 1]."""

    x: float
    y: float
    color: str
    word: str


def place_picker(
    picture: np.ndarray,
    *,
    label: str,
    key: str,
    on_pick: Callable[[float, float], None],
    marks: Sequence[Mark] = (),
    chosen: tuple[float, float] | None = None,
    legend: tuple[str, str] | None = None,
) -> None:
    """Draw a picture, (H, W, 3) uint8, with marks on it.

    Parameters
    ----------
    label : what it shows, for whoever does not see it.
    on_pick : called with x and y in [0, 1] before the page is drawn again.
    chosen : a place to point out.
    legend : what the ends of a heat map's colours mean, if the picture has one.
    """
    _mount(
        key=key,
        data={
            "src": pictures.data_url(encode_jpeg(picture)),
            "ratio": picture.shape[1] / picture.shape[0],
            "label": f"{label}. Arrow keys move, Enter chooses a place.",
            "marks": [list(mark) for mark in marks],
            "chosen": chosen,
            "legend": legend,
            "colors": [f"rgb({r} {g} {b})" for r, g, b in pictures.HEAT[::51].tolist()],
        },
        on_picked_change=lambda: _picked(key, on_pick),
    )


def _picked(key: str, on_pick: Callable[[float, float], None]) -> None:
    place = st.session_state[key].picked
    if place is not None:
        x, y = (min(1.0, max(0.0, float(value))) for value in place)
        on_pick(x, y)
