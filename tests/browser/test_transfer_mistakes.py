"""What becomes of a trained classifier in a real browser: its mistakes, and its files."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser
TRAIN = "transfer?room=Train&train_strategies=Frozen+features"


@pytest.fixture
def train(visit):
    """A function that trains on the sample photos as a new visitor, and enters a room."""

    def run(room):
        page = visit(TRAIN)
        page.get_by_test_id("stBaseButton-primary").click()
        page.get_by_text("Review the classifiers").wait_for(timeout=120_000)
        page.get_by_role("radio", name=room).click()
        return page

    return run


def rest(page):
    """Wait until nothing of what was there before is left."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.wait_for_function("() => !document.querySelector('[data-stale=true]')")


def click_cell(page, row, column, classes=6):
    """Away from the middle of the cell, where nothing is drawn."""
    plot = page.locator(".js-plotly-plot").first.locator(".nsewdrag")
    plot.wait_for()
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    x = box["x"] + box["width"] * (column + 0.15) / classes
    y = box["y"] + box["height"] * (row + 0.85) / classes
    page.mouse.click(x, y)


def test_a_click_on_a_cell_shows_its_photos_and_one_of_them_can_be_left_out(train):
    page = train("Mistakes")
    page.get_by_role("heading", name="Confusion matrix").wait_for()
    for row, name in ((1, "Facets"), (2, "Mosaic"), (1, "Facets")):
        rest(page)
        click_cell(page, row, row)
        page.get_by_text(f"labelled {name}, predicted {name}").first.wait_for()
    rest(page)
    page.get_by_role("button", name="Explain").first.click()
    page.get_by_role("dialog").locator("img[alt*='the evidence for Facets']").wait_for()
    page.get_by_role("dialog").get_by_text("Exclude", exact=True).click()
    page.get_by_role("dialog").get_by_text("excluded").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Train again with 1 correction").click()
    page.get_by_text("Review the classifiers").wait_for(timeout=120_000)
    page.get_by_role("radio", name="Mistakes").click()
    page.get_by_role("button", name="1 correction").wait_for()
    assert page.get_by_role("button", name="Train again").count() == 0
    assert page.get_by_test_id("stException").count() == 0


@pytest.mark.slow  # six processes with TensorFlow, each of which has a quicker test of its own
def test_a_file_is_taken_home_and_opened_by_another_visitor_before_a_camera(
    train, visit, upload, server
):
    page = train("Export")
    page.get_by_role("tab", name="Download").click()
    page.get_by_text("Largest difference").wait_for(timeout=120_000)
    with page.expect_download() as download:
        page.get_by_role("button", name=".keras").click()
    archive = download.value.path().read_bytes()
    other = visit("transfer?room=Export")
    upload(other, **{"taken.keras": archive})
    other.locator("img[alt*='the evidence for']").wait_for(timeout=120_000)
    other.get_by_role("radio", name="Live video").click()
    other.locator("iframe[src*=webrtc]").wait_for()
    frame = next(frame for frame in other.frames if "webrtc" in frame.url)
    frame.get_by_text("START").click()
    frame.wait_for_function("() => (document.querySelector('video')?.currentTime ?? 0) > 1")
    assert other.get_by_test_id("stException").count() == 0
    assert len(server.classifiers) >= 2  # which its end removes
