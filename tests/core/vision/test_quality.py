"""Photos that are no good are found, and usual ones are not."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageFilter

from core.media import decode
from core.vision.quality import PhotoMeasures, find_poor_photos, looked_at

USUAL = PhotoMeasures(20, 240, 60, 2.0)


def issues(photo: bytes) -> list[str]:
    height, width = decode(photo).shape[:2]
    sizes = np.array([width]), np.array([height])
    return [one.issue for one in find_poor_photos([looked_at(photo, 96)[1]], *sizes)]


def among_usual(*sizes: tuple[int, int]) -> list[tuple[int, str]]:
    """Positions and issues of photos of some sizes behind twenty of 400 x 300."""
    every = np.array([(400, 300)] * 20 + list(sizes))
    found = find_poor_photos([USUAL] * len(every), every[:, 0], every[:, 1])
    return [(one.position - 20, one.issue) for one in found]


@pytest.mark.parametrize(
    ("change", "issue"),
    [
        (lambda x: x // 6, "dark"),
        (lambda x: np.where(np.indices(x.shape)[0] < 4, 100, 250), "bright"),
        (lambda x: 100 + x // 120, "near-blank"),
        (lambda x: x * 0, "near-blank"),
    ],
)
def test_light_is_judged(cat, encode, change, issue):
    assert issues(cat) == []
    assert issues(encode(change(decode(cat).astype(int)).astype(np.uint8))) == [issue]


def test_blur_of_two_pixels_of_those_that_go_into_a_network_is_found(cat, encode):
    image = Image.fromarray(decode(cat))
    pixels = 2 * min(image.size) / 224
    assert issues(encode(np.asarray(image.filter(ImageFilter.GaussianBlur(pixels))))) == ["blurred"]


def test_a_small_sharp_photo_is_tiny_and_not_blurred(cat, encode):
    image = Image.fromarray(decode(cat))
    assert issues(encode(np.asarray(image.resize((100, 100))))) == []
    assert issues(encode(np.asarray(image.resize((40, 40))))) == ["tiny"]


def test_a_plain_photo_with_a_sharp_thing_in_it_is_not_blurred(encode):
    pixels = np.full((224, 224, 3), 250, np.uint8)
    pixels[90:140, 90:140] = np.random.default_rng(0).integers(0, 255, (50, 50, 1))
    assert issues(encode(pixels)) == []


def test_sizes_and_shapes_are_odd_among_others():
    assert among_usual((2000, 1500), (130, 100), (1200, 300), (380, 300), (600, 450)) == [
        (0, "odd size"),
        (1, "odd size"),
        (2, "odd shape"),
    ]


def test_panoramas_are_not_odd_among_panoramas():
    sizes = np.array([(1200, 300), (1210, 300), (1190, 305)])
    assert find_poor_photos([USUAL] * 3, sizes[:, 0], sizes[:, 1]) == ()


def test_a_finding_says_what_was_measured():
    (found,) = find_poor_photos([PhotoMeasures(0, 47, 20, 2.0)], np.array([400]), np.array([300]))
    assert (found.position, found.value) == (0, 47)
    assert found.detail == "99 % of the pixels are below 47 of 255"
