"""A map of examples on a canvas: hover for a look, click to select one, box and lasso for many."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import streamlit as st

from core.vision.contact_sheet import ContactSheet
from pages._ui.components import call_with_number, call_with_numbers, component, whole_numbers
from pages._ui.fragments import fragment
from pages._ui.inputs import digest
from pages._ui.map_colouring import Colouring

_STEPS = 65535  # of a place across and down: a pixel where the map is enlarged most
_TIPS_AT_ONCE = 48

_HTML = """
<div class="map" hidden>
  <div class="legend" role="group" aria-label="Categories to show"></div>
  <div class="frame">
    <canvas class="points" role="img" tabindex="0" aria-label="Map of the examples: B for a box,
      L for a lasso, Ctrl+A for all in view, Escape for none"></canvas>
    <div class="tools">
      <button data-tool="box" aria-label="Box" aria-keyshortcuts="B"
        title="Select in a box (B); Shift adds"><svg viewBox="0 0 16 16" aria-hidden="true"><path
        d="M2 5V2h3M8 2h1M12 2h2v3M14 8v1M14 12v2h-3M8 14H7M4 14H2v-2M2 9V8"/></svg></button>
      <button data-tool="lasso" aria-label="Lasso" aria-keyshortcuts="L"
        title="Select by a lasso (L); Shift adds"><svg viewBox="0 0 16 16" aria-hidden="true"><path
        d="M5 10C2.5 9.5 1.5 8 1.5 6.5 1.5 4 4.5 2 8 2s6.5 2 6.5 4.5S11.500 11 8 11
        q-1 0-2-.2M5.5 9a1.3 1.3 0 1 0 .1 0q2 2.500-1 5"/></svg></button>
      <label><input type="checkbox" class="pictures"> Photos</label>
      <button class="in" aria-label="Zoom in" title="Zoom in">+</button>
      <button class="out" aria-label="Zoom out" title="Zoom out">&minus;</button>
      <button class="whole">Reset view</button>
    </div>
    <div class="chosen" hidden><output></output>
      <button class="clear" title="Escape">Clear</button></div>
    <div class="tip" hidden><canvas></canvas><b></b><span></span></div>
  </div>
</div>
"""
_CSS = """
.map { font: 0.875rem var(--st-font); color: var(--st-text-color); }
.legend, .tools, .chosen { display: flex; flex-wrap: wrap; gap: 0.3rem; }
.legend { max-height: 5.6rem; overflow: auto; margin-bottom: 0.4rem; }
.tools { position: absolute; top: 0.5rem; right: 0.5rem; left: 0.5rem; justify-content: flex-end;
  pointer-events: none; }
.tools > * { pointer-events: auto; }
.chosen { position: absolute; bottom: 0.5rem; left: 0.5rem; align-items: center;
  padding: 0.15rem 0.15rem 0.15rem 0.6rem; background: var(--st-secondary-background-color);
  border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius); }
[hidden] { display: none !important; }
button, label { font: inherit; color: inherit; background: var(--st-background-color);
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius);
  padding: 0.2rem 0.55rem; cursor: pointer; white-space: nowrap; }
input { accent-color: var(--st-primary-color); vertical-align: -0.1rem; }
button:hover { border-color: var(--st-primary-color); }
button:focus-visible, .points:focus-visible { outline: 2px solid var(--st-primary-color);
  outline-offset: -2px; }
.legend button[aria-pressed=false] { opacity: 0.45; text-decoration: line-through; }
.tools button[aria-pressed=true] { color: #fff; background: var(--st-primary-color);
  border-color: var(--st-primary-color); }
svg { width: 1rem; height: 1rem; fill: none; stroke: currentColor; stroke-width: 1.5;
  vertical-align: -0.15rem; }
.scale { display: flex; align-items: center; gap: 0.5rem; padding: 0.2rem 0; }
.scale i { width: 9rem; height: 0.7rem; border-radius: 3px; }
.frame { position: relative; overflow: hidden; border: 1px solid var(--st-border-color);
  border-radius: var(--st-base-radius); }
.points { display: block; width: 100%; height: clamp(300px, 58vh, 560px); cursor: grab;
  color: var(--st-text-color); background: var(--st-background-color); }
.tip { position: absolute; top: 0; left: 0; max-width: 220px; padding: 0.4rem; z-index: 1;
  pointer-events: none; overflow-wrap: anywhere; background: var(--st-secondary-background-color);
  border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius); }
.tip canvas { display: block; width: 96px; border-radius: 4px; }
.tip b, .tip span { display: block; font-size: 0.8rem; }
.tip span { opacity: 0.75; }
"""

_mount = component(__file__, html=_HTML, css=_CSS, first="embedding_map_parts.js")


class Tip(NamedTuple):
    """What hovering shows of an example: a short text, and a small square picture as a JPEG."""

    text: str
    jpeg: bytes | None = None


def embedding_map(
    positions: np.ndarray,
    *,
    colouring: Colouring,
    texts: Sequence[str] | None = None,
    sheet: ContactSheet | None = None,
    tip: Callable[[int], Tip] | None = None,
    has_pictures: bool = False,
    selected: int,
    near: Sequence[int],
    circled: Sequence[int] | np.ndarray,
    on_click: Callable[[int], None],
    on_circle: Callable[[list[int]], None],
    key: str,
) -> None:
    """Draw examples where they lie; each has the number of its row from here on.

    The view stays as long as the positions do.

    Parameters
    ----------
    positions : (N, 2) float32
    texts : N short texts that hovering shows. Where that would be much to send, there is `tip`.
    sheet : thumbnails, of which tile i shows example i.
    tip : called for the few examples that somebody looks at.
    has_pictures : whether `tip` has any.
    selected, near : an example to point out, and those like it.
    circled : which are selected together.
    on_click : called with the example that was clicked, before the page is drawn again.
    on_circle : called with those that were selected together, ascending.
    """
    across, down, ratio = _laid_out(positions)
    places, codes = [_packed(across), _packed(down)], _packed(colouring.codes)
    places_mark = digest("".join(places).encode() + repr(texts).encode())
    looks = (colouring.names, colouring.colours, colouring.shapes)
    categories_mark = digest(f"{codes}{looks}".encode())
    count = len(positions)
    with st.container(gap=None):
        _mount(
            key=key,
            data={
                "map": key,
                "places": places_mark,
                "categories": categories_mark,
                "colouring": colouring.title,
                "pictures": has_pictures,
                "selected": int(selected),
                "near": [int(one) for one in near],
                "circled": _mask(circled, count),
            },
            on_clicked_change=lambda: call_with_number(key, "clicked", on_click),
            on_circled_change=lambda: call_with_numbers(key, "circled", on_circle, below=count),
        )
        _part(
            key,
            "places",
            places_mark,
            places=places,
            ratio=ratio,
            texts=None if texts is None else list(texts),
        )
        _part(
            key,
            "categories",
            categories_mark,
            codes=codes,
            names=colouring.names,
            colours=colouring.colours,
            shapes=colouring.shapes,
            scale={"from": 0, "until": colouring.scale, "low": "0%", "high": "100%"}
            if colouring.scale
            else None,
        )
        if sheet is not None:
            jpeg = base64.b64encode(sheet.jpeg).decode()
            mark, tile, columns = digest(sheet.jpeg), sheet.tile_px, sheet.columns
            _part(key, "sheet", mark, jpeg=jpeg, tile=tile, columns=columns)
        if tip is not None:
            _tips(key, places_mark, count, tip)


def _part(key: str, kind: str, mark: str, **content: object) -> None:
    """What is large and seldom changes; a browser that has it is not sent it again."""
    data = {"map": key, "kind": kind, "mark": mark, **content}
    _mount(key=f"{key}_{kind}", data=data, height=1)


@fragment
def _tips(key: str, mark: str, count: int, tip: Callable[[int], Tip]) -> None:
    """Answer what the script has asked for; nothing else of the page runs for it."""
    name = f"{key}_tips"
    asked = getattr(st.session_state.get(name), "wanted", None)
    tips = {}
    for number in whole_numbers(asked, below=count)[:_TIPS_AT_ONCE]:
        text, jpeg = tip(number)
        tips[number] = (text, None if jpeg is None else base64.b64encode(jpeg).decode())
    data = {"map": key, "kind": "tips", "mark": mark, "tips": tips}
    _mount(key=name, data=data, height=1, on_wanted_change=lambda: None)


def _packed(values: np.ndarray) -> str:
    """Whole numbers from 0 to 65535, two bytes each: a tenth of what JSON takes."""
    return base64.b64encode(values.astype("<u2").tobytes()).decode()


def _mask(members: Sequence[int] | np.ndarray, count: int) -> str:
    """Which of so many are members, a bit each; empty if none is."""
    if not len(members):
        return ""
    mask = np.zeros(count, bool)
    mask[np.asarray(members, np.int64)] = True
    return base64.b64encode(np.packbits(mask).tobytes()).decode()


def _laid_out(positions: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Across and down in 0..65535, turned so that the map is widest across, and its height for a
    width of 1."""
    centred = positions.astype(np.float64) - positions.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)  # the widest is the last
    turned = centred @ axes[:, ::-1]
    spans = np.ptp(turned, axis=0)
    units = (turned - turned.min(axis=0)) / np.where(spans > 0, spans, 1)
    units[:, spans <= 0] = 0.5
    across, down = np.rint(units * _STEPS).T
    return across, down, max(float(spans[1] / (spans[0] or 1)), 1e-3)
