"""A map of photos on a canvas: hover for a thumbnail, click to select, zoom and pan."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from core.vision.contact_sheet import ContactSheet
from pages._ui.charts import COLOURS, colours
from pages._ui.components import call_with_number, component
from pages._ui.inputs import digest

_SHAPES = 3  # disc, square, triangle: with them 21 classes can be told apart

_HTML = """
<div class="map" hidden>
  <div class="legend" role="group" aria-label="Classes to show"></div>
  <div class="frame">
    <canvas class="points" role="img" aria-label="Map of the photos"></canvas>
    <div class="tools">
      <label><input type="checkbox" class="pictures"> Photos</label>
      <button class="in" aria-label="Zoom in" title="Zoom in">+</button>
      <button class="out" aria-label="Zoom out" title="Zoom out">&minus;</button>
      <button class="whole">Reset view</button>
    </div>
    <div class="tip" hidden><canvas></canvas><b></b><span></span></div>
  </div>
</div>
"""
_CSS = """
.map { font: 0.875rem var(--st-font); color: var(--st-text-color); }
.legend, .tools { display: flex; flex-wrap: wrap; gap: 0.3rem; }
.legend { max-height: 5.6rem; overflow: auto; margin-bottom: 0.4rem; }
.tools { position: absolute; top: 0.5rem; right: 0.5rem; }
button, label { font: inherit; color: inherit; background: var(--st-background-color);
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius);
  padding: 0.2rem 0.55rem; cursor: pointer; white-space: nowrap; }
input { accent-color: var(--st-primary-color); vertical-align: -0.1rem; }
button:hover { border-color: var(--st-primary-color); }
button:focus-visible { outline: 2px solid var(--st-primary-color); }
button[aria-pressed=false] { opacity: 0.45; text-decoration: line-through; }
.frame { position: relative; overflow: hidden; border: 1px solid var(--st-border-color);
  border-radius: var(--st-base-radius); }
.points { display: block; width: 100%; height: clamp(300px, 58vh, 560px); cursor: grab;
  color: var(--st-text-color); background: var(--st-background-color); }
.tip { position: absolute; top: 0; left: 0; max-width: 180px; padding: 0.4rem; z-index: 1;
  pointer-events: none; overflow-wrap: anywhere; background: var(--st-secondary-background-color);
  border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius); }
.tip canvas { display: block; width: 96px; border-radius: 4px; }
.tip b, .tip span { display: block; font-size: 0.8rem; }
.tip span { opacity: 0.75; }
"""

_mount = component(__file__, html=_HTML, css=_CSS)


def embedding_map(
    positions: np.ndarray,
    *,
    names: Sequence[str],
    labels: np.ndarray,
    classes: Sequence[str],
    sheet: ContactSheet,
    tiles: np.ndarray,
    selected: int,
    near: Sequence[int],
    on_click: Callable[[int], None],
    key: str,
) -> None:
    """Draw photos where they lie.

    Parameters
    ----------
    positions : (N, 2) float32
    names : of the photos.
    labels : (N,) int64, positions in `classes`.
    tiles : (N,) int64, which tile of the sheet shows a photo; it names the photo from here on.
    selected, near : tiles to point out, and those like it.
    on_click : called with the tile of the photo that was clicked, before the page is drawn again.
    """
    picture = digest(sheet.jpeg)
    across, down = _laid_out(positions)
    places = {"x": across.tolist(), "y": down.tolist(), "tiles": np.asarray(tiles).tolist()}
    identity = digest(f"{picture}{places}".encode())
    with st.container(gap=None):
        _mount(
            key=key,
            data={
                **places,
                "id": identity,
                "ratio": float(np.ptp(down)) or 1e-3,
                "names": list(names),
                "labels": np.asarray(labels).tolist(),
                "classes": list(classes),
                "colours": colours(len(classes)),
                "shapes": [label // len(COLOURS) % _SHAPES for label in range(len(classes))],
                "sheet": picture,
                "tile": sheet.tile_px,
                "columns": sheet.columns,
                "selected": int(selected),
                "near": [int(tile) for tile in near],
            },
            on_clicked_change=lambda: call_with_number(key, "clicked", on_click),
        )
        _mount(
            key=f"{key}_sheet",
            data={"sheet": picture, "jpeg": base64.b64encode(sheet.jpeg).decode()},
            height=1,
        )


def _laid_out(positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Across in -0.5..0.5 and down in the same unit, turned so that the map is widest across."""
    centred = positions.astype(np.float64) - positions.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)  # the widest is the last
    turned = centred @ axes[:, ::-1]
    turned -= (turned.max(axis=0) + turned.min(axis=0)) / 2
    turned /= np.ptp(turned[:, 0]) or 1
    return turned[:, 0].round(4), turned[:, 1].round(4)
