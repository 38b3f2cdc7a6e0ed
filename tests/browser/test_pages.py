"""What a visitor sees and does in a real browser."""

from __future__ import annotations

import io

import pandas as pd
import pytest
from PIL import Image

from tests.browser.settling import settle

pytestmark = pytest.mark.browser

CAMERA_SHOWS = """() => {
    const video = document.querySelector('[data-testid=stCameraInput] video');
    return video !== null && video.readyState >= 2 && video.videoWidth > 0;
}"""
MAP = "img[alt*='the evidence for']"


def test_a_click_leads_to_another_page_and_back(visit):
    page = visit()
    page.get_by_test_id("stMain").get_by_role("link", name="Backbone comparison").click()
    page.get_by_role("heading", name="Backbone comparison").wait_for()
    page.go_back()
    page.get_by_role("heading", name="Graft", exact=True).wait_for()
    page.go_forward()
    page.get_by_role("heading", name="Agreement").wait_for()


def test_what_is_chosen_is_in_the_url_and_the_url_reproduces_it(visit, choose):
    page = visit("classify")
    page.get_by_text("Coffee", exact=True).click()
    page.locator("img[alt*='evidence for espresso']").wait_for()
    choose(page, "Method", "Grad-CAM")
    page.wait_for_url("**/classify?*method=Grad-CAM*")
    again = visit(page.url.split("/", 3)[3])
    again.locator("img[alt*='evidence for espresso']").wait_for()
    chosen = again.locator("[data-testid=stButtonGroup] button[aria-checked=true]")
    assert "Coffee" in chosen.all_inner_texts()
    settle(again)
    fields = again.locator("[data-testid=stSelectbox] input")
    assert "Grad-CAM" in [field.input_value() for field in fields.all()]


def test_an_uploaded_photo_is_classified(visit, upload, cat):
    page = visit("classify?source=Upload")
    page.get_by_text("Upload or choose a photo").wait_for()
    upload(page, **{"whiskers.png": cat})
    page.locator("img[alt^='whiskers.png with the evidence']").wait_for()


def test_a_bad_file_gets_a_sentence_and_the_page_goes_on(visit, upload, odd_files, cat):
    page = visit("classify?source=Upload")
    upload(page, **{"text.jpg": odd_files["text.jpg"]})
    page.get_by_text("but got text").wait_for()
    assert "Traceback" not in page.inner_text("body")
    upload(page, **{"whiskers.png": cat})
    page.locator(MAP).wait_for()
    assert page.get_by_text("but got text").count() == 0


def test_many_photos_and_a_zip_come_together_and_a_row_opens(visit, upload, cat, crops, pack):
    page = visit("classify?mode=Many+photos")
    archive = pack({f"crops/{i}.png": crop for i, crop in enumerate(crops[:4])})
    upload(page, **{"whiskers.png": cat, "crops.zip": archive})
    page.get_by_text("5 of 5 photos", exact=False).wait_for()
    table = page.get_by_test_id("stDataFrame").nth(1)  # after the counts
    table.click(position={"x": 15, "y": 70})  # the first row's box
    page.locator("img[alt^='whiskers.png with the evidence']").wait_for()


def test_a_row_that_a_filter_takes_away_is_no_longer_shown(visit):
    page = visit("classify?mode=Many+photos")
    page.get_by_text("7 of 7 photos", exact=False).wait_for()
    page.get_by_test_id("stDataFrame").nth(1).click(position={"x": 15, "y": 70 + 5 * 64})
    page.locator("img[alt^='Rocket with the evidence']").wait_for()
    page.get_by_label("Filter by class").click()
    page.get_by_role("option", name="espresso").click()
    page.get_by_text("1 of 7 photos", exact=False).wait_for()
    page.locator("img[alt^='Rocket with the evidence']").wait_for(state="detached")
    assert page.get_by_test_id("stException").count() == 0


def test_a_snapshot_of_the_camera_is_classified(visit):
    page = visit("classify?source=Camera")
    page.wait_for_function(CAMERA_SHOWS)  # before, the button takes no photo
    page.get_by_role("button", name="Take photo").click()
    page.locator(MAP).wait_for()


def test_results_can_be_taken_along(visit):
    page = visit("classify")
    page.get_by_test_id("stMain").get_by_text("Download").click()
    with page.expect_download() as download:
        page.get_by_text("Classes (CSV)").click()
    table = pd.read_csv(download.value.path())
    assert list(table.columns)[:5] == ["photo", "rank", "class", "wnid", "probability"]
    assert len(table) == 5
    assert table["class"][0] == "espresso"
    with page.expect_download() as download:
        page.get_by_text("Photo with map (PNG)").click()
    picture = Image.open(io.BytesIO(download.value.path().read_bytes()))
    assert picture.format == "PNG"
    assert picture.size == (600, 400)


def test_networks_are_measured_without_a_click(visit):
    page = visit("backbones")
    page.get_by_text("Comparison (CSV)").wait_for()
    with page.expect_download() as download:
        page.get_by_text("Comparison (CSV)").click()
    assert len(pd.read_csv(download.value.path())) == 3


def test_two_visitors_do_not_see_each_other(visit, upload, cat):
    one, other = visit("classify?source=Upload"), visit("classify?source=Upload")
    upload(one, **{"whiskers.png": cat})
    one.locator(MAP).wait_for()
    other.reload()
    other.get_by_text("Upload or choose a photo").wait_for()
    assert other.locator(MAP).count() == 0


def test_hasty_clicks_end_on_the_last_choice(visit):
    page = visit("classify")
    for name in ("Coffee", "Palace", "Rocket", "Flower", "Coffee", "Astronaut", "Palace"):
        page.get_by_text(name, exact=True).click(no_wait_after=True)
    page.locator("img[alt^='Palace with the evidence']").wait_for()
    assert page.get_by_test_id("stException").count() == 0
