"""A class of the room Camera: buttons that record, and its photos, each of which can be removed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.wording import counted
from pages._transfer.camera_classes import MOST_PHOTOS
from pages._ui.components import call_with_number, component

_RECORD_S = 3
_LONGEST_S = 15  # that a button may be held
_HTML = """
<div class="card" hidden>
  <div class="row">
    <button class="hold" type="button">Hold to record</button>
    <button class="timed" type="button"></button>
    <span role="status"></span>
  </div>
  <div class="strip" role="group"></div>
</div>
"""
_CSS = """
[hidden] { display: none !important; }
.card { font: 0.875rem/1.4 var(--st-font); color: var(--st-text-color); }
.row { display: flex; flex-wrap: wrap; gap: 0.4rem; align-items: center; }
.row span { margin-left: auto; font-size: 0.8rem; opacity: 0.8; white-space: nowrap;
  font-variant-numeric: tabular-nums; }
.row button { font: inherit; color: inherit; cursor: pointer; padding: 0.3rem 0.65rem;
  background: var(--st-background-color); border: 1px solid var(--st-border-color);
  border-radius: var(--st-button-radius); user-select: none; -webkit-touch-callout: none; }
.hold { touch-action: none; }
.row button:not(:disabled):hover { border-color: var(--st-primary-color); }
.row button:disabled { opacity: 0.45; cursor: default; }
.recording .hold { background: #c0392b; border-color: #c0392b; color: #fff; }
button:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 1px; }
.strip { display: flex; gap: 4px; overflow-x: auto; margin-top: 0.5rem; padding: 3px;
  min-height: 46px; scrollbar-width: thin; }
.strip:empty { display: none; }
.strip button { position: relative; flex: none; padding: 0; border: 0; background: none;
  line-height: 0; cursor: pointer; border-radius: 4px; }
.strip img { height: 44px; border-radius: 4px; }
.strip button::after { content: "\\00d7"; position: absolute; top: 0; right: 0; width: 16px;
  line-height: 16px; font-size: 13px; color: #fff; background: #000a; opacity: 0;
  border-radius: 0 4px; }
.strip button:hover::after, .strip button:focus-visible::after { opacity: 1; }
@media (hover: none) { .strip button::after { opacity: 1; } }
"""
_mount = component(__file__, html=_HTML, css=_CSS)


def class_card(
    number: int,
    name: str,
    photos: Sequence[tuple[int, str]],
    *,
    key: str,
    on_remove: Callable[[int], None],
) -> None:
    """Draw the buttons and the photos of a class, for the `camera_view` of the same page.

    Parameters
    ----------
    number : of the class.
    photos : their numbers and data URLs, the newest first.
    on_remove : called with the number of a photo before the page is drawn again.
    """
    _mount(
        key=key,
        data={
            "number": number,
            "name": name,
            "photos": [list(photo) for photo in photos],
            "counted": counted(len(photos), "photo"),
            "most": MOST_PHOTOS,
            "seconds": _RECORD_S,
            "longest": _LONGEST_S,
        },
        on_remove_change=lambda: call_with_number(key, "remove", on_remove),
    )
