"""Colour in a real browser: the handle moves, a click puts a hint, the game counts."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.browser


def test_the_handle_follows_mouse_and_keys_and_a_tile_is_taken(visit):
    page = visit("colorize")
    handle = page.get_by_role("slider", name="Cameraman, before and after")
    frame = page.locator(".compare")
    frame.wait_for()
    box = frame.bounding_box()
    frame.click(position={"x": box["width"] * 0.8, "y": box["height"] / 2})
    assert abs(float(handle.input_value()) - 80) < 2
    handle.press("Home")
    assert handle.input_value() == "0"
    assert page.locator(".left").evaluate("e => getComputedStyle(e).clipPath").startswith("inset(0")
    handle.press("ArrowRight")
    assert float(handle.input_value()) > 0
    page.locator(".choice button").last.click()
    page.locator(".choice button.chosen").last.wait_for()
    page.wait_for_url(re.compile(r"saturation=1\.5"))
    assert handle.input_value() != "50.0"  # it stays where it was


def test_a_click_and_a_colour_put_a_hint_that_can_be_removed(visit):
    page = visit("colorize?colour_room=Colour+hints")
    picture = page.locator(".picker .frame")
    picture.wait_for()
    before = picture.locator("img").get_attribute("src")
    box = picture.bounding_box()
    picture.click(position={"x": box["width"] * 0.6, "y": box["height"] * 0.15})
    picture.locator(".chosen:is([style*='top: 14'], [style*='top: 15'])").wait_for()
    page.locator(".swatches button").nth(1).click()
    mark = picture.locator(".marks i", has_text="1")
    mark.wait_for()
    page.wait_for_url(re.compile(r"hints=0\.(599|6)"))
    assert picture.locator("img").get_attribute("src") != before
    picture.focus()
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        picture.press(key)
    picture.locator(".chosen:is([style*='top: 18'], [style*='top: 19'])").wait_for()
    page.get_by_role("button", name="Remove hint 1").click()
    mark.wait_for(state="detached")


def test_the_game_counts_and_fits_into_a_narrow_window(visit):
    page = visit("colorize?colour_room=Which+is+real%3F", width=390, height=844)
    pair = page.locator(".choice button")
    pair.nth(1).wait_for()
    wide, inner = page.get_by_test_id("stMain").evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert wide <= inner <= 390
    pair.first.click()
    page.get_by_text(re.compile("^(Right|Wrong): that one")).wait_for()
    assert page.locator(".choice .right .word").inner_text() == "Real"
    page.get_by_role("button", name="Next").click()
    page.get_by_text("Round 2 of 6").wait_for()
    page.get_by_text(re.compile("1 right, 0 wrong|0 right, 1 wrong")).wait_for()
