"""The map of photos, which is drawn by a script in the browser, and a zip that is brought."""

from __future__ import annotations

import pytest

from tests.browser.settling import settle

pytestmark = pytest.mark.browser

TIP_PIXELS = """tip => {
    const canvas = tip.querySelector('canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return new Set(data.filter((_, i) => i % 4 === 0)).size;
}"""
SHARP = """async canvas => {
    for (let frames = 0; frames < 3; frames++) await new Promise(requestAnimationFrame);
    return canvas.width === Math.round(canvas.clientWidth * devicePixelRatio);
}"""
PICTURE = """async canvas => {
    for (let frames = 0; frames < 3; frames++) await new Promise(requestAnimationFrame);
    return canvas.toDataURL();
}"""
# a place in the window where a photo of a class is under the pointer, or null
FIND = """(canvas, label) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const tip = canvas.parentElement.querySelector('.tip');
    for (let clientY = top + 50; clientY < top + height; clientY += 4)
        for (let clientX = left + 4; clientX < left + width; clientX += 4) {
            canvas.dispatchEvent(new PointerEvent('pointermove', { clientX, clientY }));
            if (!tip.hidden && tip.querySelector('span').textContent.includes(label))
                return [clientX, clientY];
        }
    return null;
}"""


@pytest.fixture
def lab(visit):
    """A page with the map of the sample."""
    page = visit("transfer?lab_sample=Textures")
    page.get_by_role("heading", name="Download").wait_for()
    return page


def points(page):
    canvas = page.locator("canvas.points:visible")
    canvas.wait_for()
    canvas.scroll_into_view_if_needed()
    return canvas


def hover(page, label: str = "") -> tuple[float, float]:
    """Move the pointer onto a photo of the map, of a class if one is named."""
    place = points(page).evaluate(FIND, label)
    assert place is not None
    page.mouse.move(*place)
    return place


def test_hovering_shows_a_thumbnail_with_name_and_class(lab):
    hover(lab)
    tip = lab.locator(".tip").first
    assert tip.locator("b").inner_text().endswith(".png")
    assert tip.locator("span").inner_text() in ("brick", "grass", "gravel")
    assert tip.evaluate(TIP_PIXELS) > 20  # a photo, not a plain square
    lab.mouse.move(5, 5)
    tip.wait_for(state="hidden")


def test_a_click_selects_a_photo_and_the_url_keeps_it(lab, visit):
    place = hover(lab, "gravel")
    name = lab.locator(".tip b").first.inner_text()
    lab.mouse.click(*place)
    lab.locator(f"img[alt='{name}, of gravel']").first.wait_for()
    lab.wait_for_url("**/transfer?*lab_photo=*")
    lab.get_by_text("are also gravel").wait_for()
    again = visit(lab.url.split("/", 3)[3])
    again.locator(f"img[alt='{name}, of gravel']").first.wait_for()


def test_the_keyboard_chooses_a_photo_too(lab):
    box = lab.locator("[data-testid=stSelectbox]").filter(has_text="Photo").locator("input")
    box.fill("grass/row 2 column 2")
    box.press("Enter")
    lab.locator("img[alt='grass/row 2 column 2.png, of grass']").first.wait_for()


def test_the_legend_hides_a_class(lab):
    item = lab.locator(".legend:visible button", has_text="brick")
    for pressed in ("false", "true"):
        item.click()
        assert item.get_attribute("aria-pressed") == pressed
        assert (points(lab).evaluate(FIND, "brick") is not None) == (pressed == "true")


def test_the_map_zooms_pans_shows_photos_and_comes_back(lab):
    canvas = points(lab)
    place = hover(lab)
    lab.mouse.move(5, 5)
    whole = canvas.evaluate(PICTURE)
    lab.mouse.move(*place)
    lab.mouse.wheel(0, -300)
    enlarged = canvas.evaluate(PICTURE)
    assert enlarged != whole
    url = lab.url
    lab.mouse.down()
    lab.mouse.move(place[0] + 40, place[1] + 30, steps=4)
    lab.mouse.up()
    assert canvas.evaluate(PICTURE) != enlarged
    assert lab.url == url  # what is dragged is not clicked
    lab.locator(".whole:visible").click()
    assert canvas.evaluate(PICTURE) == whole
    lab.locator(".pictures:visible").check()
    assert canvas.evaluate(PICTURE) != whole


def lasso(page, *corners):
    """Draw around these places, as shares of the map's width and height."""
    box = points(page).bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=5)
    page.mouse.up()


def test_what_a_lasso_circles_is_excluded_in_the_same_view_and_comes_back(lab):
    lab.locator(".in:visible").click()
    view = "canvas => canvas.style.touchAction"
    lab.locator("[data-tool=lasso]:visible").click()
    lasso(lab, (0.01, 0.2), (0.99, 0.2), (0.99, 0.99), (0.01, 0.99))
    chosen = lab.locator(".chosen:visible output")
    chosen.wait_for()
    count = int(chosen.inner_text().split()[0])
    assert 0 < count < 192
    lab.get_by_text(f"{count} photos selected").wait_for()
    assert points(lab).evaluate(view) == "none"
    lab.get_by_role("button", name=f"Exclude {count} photos").click()
    lab.get_by_text(f"Textures: {192 - count} photos").wait_for()
    lab.locator(".legend:visible button", has_text="Excluded").wait_for()
    assert int(chosen.inner_text().split()[0]) == count  # and is still selected
    lab.get_by_role("button", name=f"Undo {count} corrections").click()
    lab.get_by_text("Textures: 192 photos").wait_for()
    points(lab).press("Escape")
    lab.get_by_text("photos selected").wait_for(state="detached")
    assert lab.locator(".chosen:visible").count() == 0
    assert lab.get_by_test_id("stException").count() == 0


def test_a_box_adds_with_shift_and_survives_a_zoom_and_a_rerun(lab):
    points(lab).press("b")
    assert lab.locator("[data-tool=box]:visible").get_attribute("aria-pressed") == "true"
    chosen = lab.locator(".chosen:visible output")
    lasso(lab, (0.01, 0.105), (0.5, 0.99))
    chosen.wait_for()
    first = chosen.inner_text()
    lab.get_by_text(f"{first.split()[0]} photos selected").wait_for()
    lab.keyboard.down("Shift")
    lasso(lab, (0.5, 0.105), (0.99, 0.99))
    lab.keyboard.up("Shift")
    lab.get_by_text("192 photos selected").wait_for()
    lab.locator(".in:visible").click()
    lab.get_by_text("Split", exact=True).click()
    lab.locator(".legend:visible button", has_text="Training").wait_for()
    assert chosen.inner_text() == "192 selected"
    assert first != "192 selected"


def test_the_map_fills_its_place_sharply_in_any_window(lab):
    for width in (1280, 700, 390):
        lab.set_viewport_size({"width": width, "height": 850})
        assert points(lab).evaluate(SHARP)
        wide, room = lab.get_by_test_id("stMain").evaluate("e => [e.scrollWidth, e.clientWidth]")
        assert wide <= room <= width


def test_a_zip_is_explored_and_kept_in_other_rooms(visit, upload, crops, pack):
    page = visit("transfer?lab_source=Zip")
    page.get_by_text("Painting styles: 144 photos").wait_for()
    files = {f"{'ab'[i % 2]}/{i}.png": crop for i, crop in enumerate(crops[:12])}
    upload(page, **{"letters.zip": pack({**files, "a/letter.jpg": b"Dear diary"})})
    page.get_by_text("letters.zip: 12 photos, 2 classes").wait_for()
    page.get_by_role("heading", name="Near duplicates").wait_for()
    settle(page)
    hover(page)
    assert page.get_by_text("1 file was skipped").count() == 1
    page.get_by_text("Smallest example", exact=True).click()
    page.get_by_text("letters.zip: 12 photos").wait_for(state="detached")
    page.get_by_text("Photos", exact=True).first.click()
    page.get_by_text("letters.zip: 12 photos, 2 classes").wait_for()
    assert page.get_by_test_id("stException").count() == 0
