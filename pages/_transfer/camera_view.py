"""The camera of a browser: its picture, photos while a class records, and live answers.

The picture stays in the browser; photos come through the page's own connection. By WebRTC the
picture would come back from the server: on two cores with twenty runnable processes it was 9 s late
in the median and 27 s at most, while answers took 1.4 s.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import streamlit as st

from core.errors import InvalidInputError
from core.media import open_image
from pages._ui.components import component

_MOST_LETTERS = 1 << 19  # of a photo; those of 640 px have some 80,000
_CHECK_PX = 64
_HTML = """
<div class="camera" hidden>
  <div class="left">
    <div class="place">
      <div class="frame"><video autoplay muted playsinline></video><p class="hint"></p></div>
    </div>
    <div class="row"><button type="button"></button><span role="status"></span></div>
  </div>
  <div class="right"><div class="bars" role="img"></div><p class="pace"></p></div>
</div>
"""
_CSS = """
[hidden] { display: none !important; }
.camera { font: 0.95rem/1.35 var(--st-font); color: var(--st-text-color); display: grid;
  grid-template-columns: 3fr 2fr; gap: 1rem 1.5rem; align-items: start; }
@media (max-width: 900px) { .camera { grid-template-columns: 100%; } }
.place { position: relative; aspect-ratio: 4 / 3; }
.frame { position: absolute; inset: 0; overflow: hidden; display: grid; place-items: center;
  background: var(--st-secondary-background-color);
  border-radius: var(--st-base-radius); border: 2px solid transparent; }
.away .frame { position: fixed; inset: auto 1rem 1rem auto; width: min(40vw, 240px); z-index: 9;
  aspect-ratio: 4 / 3; pointer-events: none; box-shadow: 0 2px 12px #0006; }
.recording .frame { border-color: #c0392b; }
video { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: cover; }
.hint { margin: 0; padding: 1rem; text-align: center; opacity: 0.8; }
.row { display: flex; gap: 0.8rem; align-items: center; margin-top: 0.6rem; font-size: 0.875rem; }
button { font: inherit; color: inherit; cursor: pointer; padding: 0.4rem 0.9rem;
  background: var(--st-background-color); border: 1px solid var(--st-border-color);
  border-radius: var(--st-button-radius); }
button:hover { border-color: var(--st-primary-color); }
button:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 1px; }
.bars { display: grid; grid-template-columns: minmax(4rem, auto) 1fr 3rem; gap: 0.5rem 0.6rem;
  align-items: center; }
.bars b { font-weight: 400; overflow-wrap: anywhere; }
.bars b.best { font-weight: 600; }
.bars i { height: 1.3rem; width: 100%; transform-origin: left; background: #8a948e;
  transition: transform 0.12s linear; border-radius: 2px; }
.bars i.best { background: var(--st-primary-color); }
.bars span { font-variant-numeric: tabular-nums; text-align: right; }
.pace { margin: 0.8rem 0 0; font-size: 0.8rem; opacity: 0.75; }
"""
_mount = component(__file__, html=_HTML, css=_CSS)


class Sent(NamedTuple):
    """A message of the browser.

    Attributes
    ----------
    id : to be answered, before which there is no other message.
    photos : numbers of classes with encoded photos.
    frame : an encoded photo to be classified, if it wants that.
    is_done : whether a recording has ended and all its photos are here.
    """

    id: int
    photos: list[tuple[int, bytes]]
    frame: bytes | None
    is_done: bool


def camera_view(
    *,
    answered: int,
    is_live: bool,
    scores: Sequence[tuple[str, float]],
    each_ms: float,
    key: str,
    on_sent: Callable[[Sent], None],
) -> None:
    """Draw the camera and the last answer.

    Parameters
    ----------
    answered : the last message whose content is here.
    is_live : whether frames are to be sent.
    scores : names and probabilities in 0..1 of the last frame; a class stays at its place.
    each_ms : what the answer took.
    on_sent : called with a message before the page is drawn again.
    """
    _mount(
        key=key,
        data={
            "answered": answered,
            "live": is_live,
            "scores": [[name, round(score, 4)] for name, score in scores],
            "each": round(each_ms),
        },
        on_sent_change=lambda: _read(st.session_state[key].sent, on_sent),
    )


def _read(value: Any, on_sent: Callable[[Sent], None]) -> None:
    """Hand on a message; what is no message, or no photo, counts for nothing."""
    try:
        photos = [(int(number), _photo(data)) for number, data in value["photos"]]
        frame = None if value["frame"] is None else _photo(value["frame"])
        sent = Sent(int(value["id"]), photos, frame, bool(value["done"]))
    except (TypeError, KeyError, ValueError, binascii.Error, InvalidInputError):
        return
    on_sent(sent)


def _photo(text: str) -> bytes:
    if len(text) > _MOST_LETTERS:
        raise ValueError
    data = base64.b64decode(text, validate=True)
    open_image(data, size_hint=_CHECK_PX)
    return data
