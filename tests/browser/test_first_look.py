"""What is seen of a page before anybody scrolls."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

_TRAIN = "[data-testid=stMain] button[kind=primary]"


@pytest.mark.parametrize(
    ("path", "seen"),
    [
        ("classify", "img[alt^='Coffee with the evidence'], .crop"),
        ("transfer?room=Train", _TRAIN),
        ("documents", "[data-testid=stPlotlyChart]"),
        ("documents?room=Train+your+own", _TRAIN),
        ("sounds", ".picture"),
        ("sounds?room=Train+your+own", _TRAIN),
        ("captions", "img[alt=Photographer]"),
        ("style", "img[alt='Palace in the style of Swirls']"),
        ("style?style_room=By+optimisation", f"{_TRAIN}, img[alt='Palace in the style of Swirls']"),
        ("dream", f"{_TRAIN}, img[alt^='Palace, changed']"),
        ("dream?dream_room=Filters", f"{_TRAIN}, img[alt='Pictures that excite filters']"),
    ],
)
def test_the_result_and_the_button_that_makes_it_are_above_the_fold(visit, path, seen):
    page = visit(path, width=1280, height=720)
    page.locator(seen).first.wait_for()
    boxes = [part.bounding_box() for part in page.locator(seen).all()]
    assert boxes
    for box in boxes:
        assert box["y"] >= 0 and box["y"] + box["height"] <= 720
        assert box["x"] + box["width"] <= 1280


@pytest.mark.parametrize(
    ("path", "result"),
    [
        ("classify", "img[alt^='Coffee with the evidence']"),
        ("sounds", ".picture"),
        ("dream", "img[alt^='Palace, changed']"),
    ],
)
def test_at_200_per_cent_the_result_comes_before_the_controls(visit, path, result):
    page = visit(path, width=640, height=360)
    parts = page.locator(".st-key-parts > *")
    page.locator(result).first.wait_for()
    controls, shown = (parts.nth(place).bounding_box() for place in (0, 1))
    assert shown["y"] + shown["height"] <= controls["y"]
    wide, room = page.get_by_test_id("stMain").evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert wide <= room <= 640


def test_the_keyboard_shows_where_it_is_in_the_sidebar(visit):
    page = visit("classify")
    link = page.get_by_test_id("stSidebarNavLink").nth(2)
    page.get_by_test_id("stSidebarNavLink").nth(1).focus()
    page.keyboard.press("Tab")
    assert link.evaluate("e => e === document.activeElement")
    width, style = link.evaluate(
        "e => [getComputedStyle(e).outlineWidth, getComputedStyle(e).outlineStyle]"
    )
    assert (width, style) == ("3px", "solid")


def test_the_frame_on_a_photo_is_dragged_and_the_link_keeps_it(visit):
    page = visit("classify?photo=Astronaut&crop_size=50")
    frame = page.locator(".crop .frame")
    box = frame.bounding_box()
    at = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*at)
    page.mouse.down()
    page.mouse.move(at[0] + box["width"] / 2, at[1] + box["height"] / 2, steps=3)
    page.mouse.up()
    page.wait_for_url(lambda url: "crop_x=75" in url and "crop_y=75" in url)
    again = visit(page.url.split("/", 3)[3])
    moved = again.locator(".crop .frame")
    moved.wait_for()
    assert moved.bounding_box() == pytest.approx(frame.bounding_box(), abs=3)
    assert moved.bounding_box()["x"] > box["x"] + box["width"] / 3
    frame.press("ArrowLeft")
    page.wait_for_url(lambda url: "crop_x=75" not in url)
