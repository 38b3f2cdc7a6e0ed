"""A text whose parts are shaded by what they say: hover for the number, click to choose."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np

from pages._ui.components import call_with_number, component

_HTML = """
<div class="shaded" hidden>
  <p class="text" role="group"></p>
  <div class="legend" aria-hidden="true"><span></span><i></i><span></span><em></em></div>
  <div class="tip" role="tooltip" hidden></div>
</div>
"""
_CSS = """
.shaded { font: 1rem/1.8 var(--st-font); color: var(--st-text-color); position: relative;
  --for: color-mix(in oklab, #2f8a55, var(--st-text-color) 12%); --against: #d9822b;
  --much: #3b78c8; }
.text { margin: -4px; padding: 4px; white-space: pre-wrap; overflow-wrap: anywhere;
  max-height: 30rem; overflow: auto; }
.text span { border-radius: 4px; padding: 0.12em 0.05em; -webkit-box-decoration-break: clone;
  box-decoration-break: clone; border-bottom: 2px solid transparent; }
.text [role=button] { cursor: pointer; }
.text [role=button]:hover, .text [role=button]:focus-visible {
  outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
.text [aria-pressed=true] { outline: 2px solid var(--st-text-color); outline-offset: 1px; }
.text .gone { text-decoration: line-through; opacity: 0.45; }
.legend { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem; margin-top: 0.7rem;
  font-size: 0.8rem; line-height: 1.3; color: color-mix(in srgb, var(--st-text-color) 70%,
  var(--st-background-color)); }
.legend i { width: 7rem; height: 0.6rem; border-radius: 0.3rem; }
.legend em { margin-left: 0.5rem; }
.tip { position: absolute; z-index: 1; pointer-events: none; white-space: nowrap;
  padding: 0.1rem 0.5rem; font-size: 0.8rem; background: var(--st-text-color);
  color: var(--st-background-color); border-radius: var(--st-base-radius); }
"""

_mount = component(__file__, html=_HTML, css=_CSS)


def shaded_text(
    text: str,
    places: Sequence[tuple[int, int]],
    values: np.ndarray,
    *,
    signed: bool,
    key: str,
    chosen: int | None = None,
    gone: Collection[int] = (),
    hint: str = "",
    on_click: Callable[[int], None] | None = None,
) -> None:
    """Draw a text with its parts in colour: green for, orange against, or blue for how much.

    What speaks against is underlined with dots too, so that nobody depends on the colours.

    Parameters
    ----------
    places : S (begin, end), ascending; `text[begin:end]` is a part, and what is between stays
        plain.
    values : (S,) float; the one farthest from 0 gets the full colour.
    signed : whether values below 0 speak against.
    chosen : a part to frame.
    gone : parts to strike through.
    hint : what a click does, in words.
    on_click : called with the part that was clicked, before the page is drawn again.
    """
    largest = float(np.abs(values).max(initial=0)) or 1.0
    pieces: list[list] = []
    position = 0
    for number, (begin, end) in enumerate(places):
        pieces.append([text[position:begin]])
        value = float(values[number])
        shown = f"{value:+.2f}" if signed else f"{value:.3g}"
        pieces.append([text[begin:end], round(value / largest, 3), shown, number])
        position = end
    pieces.append([text[position:]])
    _mount(
        key=key,
        data={
            "pieces": [piece for piece in pieces if piece[0]],
            "signed": signed,
            "chosen": chosen,
            "gone": sorted(gone),
            "hint": hint,
            "clickable": on_click is not None,
        },
        on_clicked_change=lambda: call_with_number(key, "clicked", on_click),
    )
