"""What a room looks like in windows of different sizes: each is opened once, then made smaller.

The server draws all of them without TensorFlow.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from tests.browser.settling import settle

pytestmark = pytest.mark.browser

_MAIN_BUTTON = "[data-testid=stMain] button[kind=primary]"
_PALACE = "img[alt='Palace in the style of Swirls']"
_FILTERS = "img[alt='Pictures that activate filters']"
_COFFEE = "img[alt^='Coffee with the evidence']"
_DREAM = "img[alt^='Palace, changed']"
_QUESTION = "[data-testid=stAlert], [class*=_allow] button"  # whether to open what a link names


class Room(NamedTuple):
    """A room's address, and what of it is looked at.

    `above` is what stands in a window of 1,280 x 720 before anybody scrolls; `result` is what
    comes before all controls in a window of 640 x 360, which is 1,280 x 720 at 200 %.
    """

    path: str
    above: str = ""
    result: str = ""


_ROOMS = (
    Room(""),
    Room("classify", f"{_COFFEE}, .crop", _COFFEE),
    Room("classify?mode=Many+photos"),
    Room("backbones"),
    Room("colorize"),
    Room("engine_room"),
    Room("folders", _MAIN_BUTTON),
    Room("transfer?room=Train", _MAIN_BUTTON),
    Room("transfer?room=Anatomy"),
    Room("sentiment"),
    Room("sentiment?room=Gain+from+transfer"),
    Room("documents", "[data-testid=stPlotlyChart]"),
    Room("documents?room=Train+your+own", _MAIN_BUTTON),
    Room("sounds", ".picture", ".picture"),
    Room("sounds?room=Birds"),
    Room("sounds?room=Live"),
    Room("sounds?room=Evaluation"),
    Room("sounds?room=Train+your+own", _MAIN_BUTTON),
    Room("captions", "img[alt=Photographer]"),
    Room("captions?room=Many+photos"),
    Room("captions?room=Evaluation"),
    Room("style", _PALACE, _PALACE),
    Room("style?style_room=By+optimisation", f"{_MAIN_BUTTON}, {_PALACE}"),
    Room("style?style_room=TF-Hub&style_module=/some/folder", _QUESTION, _QUESTION),
    Room("sounds?room=YAMNet&sound_module=/some/folder", _QUESTION, _QUESTION),
    Room("documents?room=Train+your+own&desk_module=/some/folder", _QUESTION),
    Room("backbones?hub=/some/folder", _QUESTION),
    Room("dream", f"{_MAIN_BUTTON}, {_DREAM}", _DREAM),
    Room("dream?dream_room=Filters", f"{_MAIN_BUTTON}, {_FILTERS}", _FILTERS),
)


@pytest.mark.parametrize("room", _ROOMS, ids=lambda room: room.path)
def test_a_room_fits_its_window(visit, server, room):
    page = visit(room.path, width=1280, height=720)
    if room.above:
        _stands_above_the_fold(page, room.above)
    _resize(page, 640, 360)
    if room.result:
        _comes_before_the_controls(page, room.result)
    _resize(page, 390, 844)
    if room.result:
        _comes_before_the_controls(page, room.result)
    assert not server.has_tensorflow


def _stands_above_the_fold(page: Any, selector: str) -> None:
    page.locator(selector).first.wait_for()
    boxes = [part.bounding_box() for part in page.locator(selector).all()]
    assert boxes
    for box in boxes:
        assert box["y"] >= 0 and box["y"] + box["height"] <= 720
        assert box["x"] + box["width"] <= 1280


def _resize(page: Any, width: int, height: int) -> None:
    """Make the window smaller; it must scroll in one direction only."""
    page.set_viewport_size({"width": width, "height": height})
    settle(page)
    page.wait_for_function(_FITS, arg=width)


def _comes_before_the_controls(page: Any, selector: str) -> None:
    parts = page.locator(".st-key-parts > *")
    page.locator(selector).first.wait_for()
    controls, result = (parts.nth(place).bounding_box() for place in (0, 1))
    assert result["y"] + result["height"] <= controls["y"]


_FITS = """width => {
  const main = document.querySelector("[data-testid=stMain]");
  return main.scrollWidth <= main.clientWidth && main.clientWidth <= width;
}"""
