"""What holds for all pages, and what they share."""

from __future__ import annotations

import ast
import contextlib

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.errors import InvalidInputError
from core.media import encode_png
from pages._ui import errors
from pages._ui.inputs import NamedPhoto
from tests.listed_pages import NAVIGATION, PAGE_FILES

PAGES = NAVIGATION.parent


SOURCES = {path: ast.parse(path.read_text("utf-8")) for path in sorted(PAGES.rglob("*.py"))}


def test_every_cache_of_results_has_a_bound():
    caches = [
        (path.name, node.lineno, {keyword.arg for keyword in node.keywords})
        for path, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "st.cache_data"
    ]
    assert len(caches) > 20
    assert [cache for cache in caches if "max_entries" not in cache[2]] == []


def test_caches_are_keyed_by_bytes_and_never_by_arrays():
    """Of large arrays Streamlit hashes only a part."""
    for path, tree in SOURCES.items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.FunctionDef):
                continue
            if any("st.cache_data" in ast.unparse(mark) for mark in node.decorator_list):
                assert "ndarray" not in ast.unparse(node.args), f"{path.name}: {node.name}"


def test_the_navigation_lists_every_page():
    beside = {path.name for path in PAGES.glob("*.py")}
    where_people_sign_in = {"account.py"}
    assert sorted(PAGE_FILES) == sorted(beside - {NAVIGATION.name} - where_people_sign_in)


def test_every_fragment_holds_its_place():
    """See `pages._ui.fragments`."""
    uses = {
        path.relative_to(PAGES).as_posix()
        for path, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "st.fragment"
    }
    assert uses == {"_ui/fragments.py"}


@pytest.mark.parametrize("with_map", [True, False])
def test_a_video_frame_keeps_its_shape_and_is_drawn_upon(images, with_map):
    from pages._ui.video import LiveClassifier

    classifier = LiveClassifier("efficientnet_lite0", with_map=with_map)
    frame = np.ascontiguousarray(images[0][:180])
    drawn = [classifier.draw(frame) for _ in range(3)][-1]
    assert drawn.shape == frame.shape
    assert drawn.dtype == np.uint8
    assert np.array_equal(frame, images[0][:180])  # the frame itself is left alone
    outside_text = np.s_[150:, 170:]
    assert np.array_equal(drawn[outside_text], frame[outside_text]) is not with_map
    assert classifier.frames_per_s > 0


def test_an_overlay_dims_what_the_network_does_not_see():
    from core.vision.preparation import centre_square
    from pages._ui.pictures import overlay

    photo = np.full((40, 80, 3), 200, np.uint8)
    values = np.zeros((4, 4), np.float32)
    values[0, 0] = 1
    drawn = overlay(photo, values, centre_square(80, 40))
    assert (drawn[:, :20] == 200 // 3 + 96).all()
    assert (drawn[30:, 45:60] == drawn[39, 59]).all()
    assert abs(int(drawn[39, 59, 0]) - 200) <= 1  # nothing speaks for the class here
    assert drawn[0, 20, 2] < 190


@pytest.mark.parametrize(("width", "height"), [(3000, 1), (1, 3000)])
def test_an_overlay_covers_a_pixel_of_the_longest_photo(width, height):
    from core.vision.preparation import centre_square
    from pages._ui.pictures import overlay, photo_array

    photo = photo_array(encode_png(np.zeros((height, width, 3), np.uint8)))
    drawn = overlay(photo, np.ones((4, 4), np.float32), centre_square(width, height))
    assert drawn.shape == photo.shape


def test_photos_are_told_apart_by_name_and_content():
    one, same = NamedPhoto("a.png", b"content"), NamedPhoto("a.png", b"con" + b"tent")
    assert one is not same and one.identity == same.identity
    assert one.identity != NamedPhoto("a.png", b"other").identity
    assert one.identity != NamedPhoto("b.png", b"content").identity


def test_a_text_that_is_too_long_to_be_sent_back_stays_as_it_is():
    def page():
        import streamlit as st

        from pages._ui.live_text import MOST_TYPED, live_text

        st.text(len(live_text("Text", "x" * (MOST_TYPED + 1), key="text")))

    app = AppTest.from_function(page).run()
    assert "500,000 characters" in app.info[0].value
    assert app.text[0].value == "500001"


def test_an_error_that_is_shown_holds_nothing_of_the_run():
    kept = InvalidInputError("no such photo")
    for _ in range(2):
        with errors.shown():
            raise kept
        assert kept.__traceback__ is None
    with contextlib.suppress(InvalidInputError):
        raise kept
    errors.unusable([("cat.png", kept)])
    assert kept.__traceback__ is None
