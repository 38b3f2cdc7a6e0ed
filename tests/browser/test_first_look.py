"""The keyboard in the sidebar, and the frame on a photo."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser


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
