"""Back, Forward and titles in a real browser: one press a page or room, settings as they were."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.settling import settle

pytestmark = pytest.mark.browser

CHOSEN = "[data-testid=stButtonGroup] button[aria-checked=true]"


def place(page: Any) -> tuple[str, str, list[str]]:
    """The address, the title, and the first two choices on the page, once they stay as they are."""
    before = None
    while True:
        settle(page)
        chosen = page.get_by_test_id("stMain").locator(CHOSEN).all_inner_texts()[:2]
        now = (page.url.split("/", 3)[3], page.title(), chosen)
        if now == before and chosen:
            return now
        before = now
        page.wait_for_timeout(700)


def enter(page: Any, name: str) -> None:
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True).click()
    page.get_by_test_id("stMain").get_by_role("heading", name=name, exact=True).wait_for()


def test_back_and_forward_lead_to_each_page_and_room_with_its_settings_in_one_press(visit):
    page = visit("classify")
    places = [place(page)]

    def choose(name: str) -> None:
        page.get_by_test_id("stMain").get_by_text(name, exact=True).first.click()

    choose("Coffee")
    places[-1] = place(page)
    choose("Many photos")
    places.append(place(page))
    for name, choices in {
        "Film reviews": ["Write"],
        "Captions": ["Flower"],
        "Upload and classify": [],  # as it was left
    }.items():
        enter(page, name)
        places.append(place(page))
        for choice in choices:
            choose(choice)
            places[-1] = place(page)
    assert [title for _, title, _ in places] == [
        "Upload and classify · Graft",
        "Upload and classify · Graft",
        "Film reviews · Graft",
        "Captions · Graft",
        "Upload and classify · Graft",
    ]
    assert places[1] == places[-1]
    for wanted in reversed(places[:-1]):
        page.go_back()
        assert place(page) == wanted
    for wanted in places[1:]:
        page.go_forward()
        assert place(page) == wanted
    assert page.get_by_test_id("stException").count() == 0
