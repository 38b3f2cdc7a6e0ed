"""Long work in a real browser: it can be cancelled, and it outlives a page change."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.waiting import SLACK

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def album(encode, pack) -> Callable[[int], bytes]:
    """A function that makes a zip of so many small photos; a core does some 200 a second."""

    def make(photos: int) -> bytes:
        noise = np.random.default_rng(0).integers(0, 256, (photos, 12, 12, 3), np.uint8)
        return pack({f"{i:04}.png": encode(pixels) for i, pixels in enumerate(noise)})

    return make


@pytest.fixture
def many_photos(visit) -> Any:
    """The room of many photos, once it shows what it has made of the samples."""
    page = visit("classify?mode=Many+photos")
    page.get_by_test_id("stDataFrame").first.wait_for()
    return page


def test_cancel_ends_a_job_within_a_second_and_keeps_what_is_done(many_photos, upload, album):
    page = many_photos
    upload(page, **{"album.zip": album(3000)})
    page.get_by_text("Classifying 3,000 photos").wait_for()
    page.get_by_text(re.compile(r"\d done")).first.wait_for()
    button = page.get_by_role("button", name="Cancel")
    clicked = time.monotonic()
    button.click()
    page.get_by_text("Cancelled.").wait_for()
    spent_s = time.monotonic() - clicked
    print(f"cancelled {spent_s:.2f} s after the click")
    page.get_by_test_id("stDataFrame").first.wait_for()
    assert spent_s < 2.5 * SLACK  # seen well below 1 s; busy build machines are given more
    assert button.count() == 0


def test_a_job_outlives_a_page_change(many_photos, upload, album):
    page = many_photos
    upload(page, **{"album.zip": album(600)})
    page.get_by_text("Classifying 600 photos").wait_for()
    page.get_by_test_id("stSidebar").get_by_text("Engine room").click()
    page.get_by_role("heading", name="Jobs").wait_for()
    page.get_by_test_id("stSidebar").get_by_text("Upload and classify").click()
    page.get_by_text("600 of 600 photos", exact=False).wait_for()
    assert page.get_by_text("Cancelled.").count() == 0
