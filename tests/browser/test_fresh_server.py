"""Pages of a server that has only started, while it still opens what it will need."""

from __future__ import annotations

import re
import time

import pytest

from tests.browser.settling import settle
from tests.waiting import SLACK

pytestmark = pytest.mark.browser
_VERDICT = re.compile(r"Clock tick, \d+\.\d%")


def test_the_first_page_is_drawn_soon(visit, fresh_server):
    asked = time.monotonic()
    page = visit(on=fresh_server)
    page.locator("img[alt^='A cup of coffee']").wait_for()
    spent_s = time.monotonic() - asked
    print(f"first page drawn {spent_s:.2f} s after the first request")
    assert page.title() == "Home · Graft"
    assert not fresh_server.has_tensorflow
    assert spent_s < 10 * SLACK  # the aim is 2.5 s on an idle laptop


def test_deep_links_open_at_once(visit, fresh_server):
    headings = {
        "classify": "Upload and classify",
        "backbones": "Backbone comparison",
        "engine_room": "Engine room",
        "sounds?sound=Clock": "Sounds",
    }
    pages = {path: visit(path, on=fresh_server, settled=False) for path in headings}
    for path, heading in headings.items():
        settle(pages[path])
        assert pages[path].locator("h1").inner_text() == heading
        assert pages[path].get_by_role("dialog").count() == 0
        assert pages[path].get_by_test_id("stException").count() == 0
    verdict = pages["sounds?sound=Clock"].get_by_role("heading", name=_VERDICT)
    verdict.wait_for()
