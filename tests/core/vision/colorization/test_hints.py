"""Colours that a person has put somewhere: what follows them, and what does not."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import data

from core.errors import InvalidInputError
from core.vision.colorization.color_space import lightness, to_lab
from core.vision.colorization.hints import ColorHint, with_hints

RED = (210, 40, 40)


def reached(light: np.ndarray, *hints: ColorHint) -> np.ndarray:
    """(h, w) float: how much of the first hint's colour each place has, of a guess of grey."""
    ab = with_hints(light, np.zeros((*light.shape, 2), np.float32), hints)
    color = to_lab(np.array(hints[0].rgb, np.uint8))[1:]
    return ab @ color / (color @ color)


@pytest.fixture
def halves() -> np.ndarray:
    """Two greys with an edge between them."""
    light = np.full((60, 60), 40, np.float32)
    light[:, 30:] = 75
    return light


def test_a_hint_colours_its_side_of_an_edge_only(halves):
    share = reached(halves, ColorHint(0.2, 0.5, RED))
    assert share[:, :28].min() > 0.8
    assert share[:, 32:].max() < 0.2


def test_texture_and_shading_do_not_stop_it(halves):
    rng = np.random.default_rng(0)
    slope = np.linspace(0, 20, 60)[:, None]  # light that falls from above
    textured = (halves + slope + rng.normal(0, 3, halves.shape)).astype(np.float32)
    share = reached(textured, ColorHint(0.2, 0.5, RED))
    assert share[:, :26].mean() > 0.8
    assert share[:, 34:].mean() < 0.2


def test_a_longer_reach_colours_more():
    light = lightness(data.chelsea()[::2, ::2])
    shares = [reached(light, ColorHint(0.5, 0.75, RED, reach)).mean() for reach in (5, 15, 45)]
    assert shares == sorted(shares) and shares[2] > 3 * shares[0]


def test_each_place_has_the_colour_of_its_own_hint(halves):
    blue = ColorHint(0.8, 0.5, (40, 60, 220))
    ab = with_hints(halves, np.zeros((60, 60, 2), np.float32), [ColorHint(0.2, 0.5, RED), blue])
    assert np.allclose(ab[30, 12], to_lab(np.array(RED, np.uint8))[1:], atol=1)
    assert np.allclose(ab[30, 48], to_lab(np.array(blue.rgb, np.uint8))[1:], atol=1)


def test_what_was_guessed_does_not_stop_it():
    even = np.full((60, 60), 50, np.float32)
    patchy = np.zeros((60, 60, 2), np.float32)
    patchy[:, 25:40] = 60
    ab = with_hints(even, patchy, [ColorHint(0.2, 0.5, RED)])
    assert np.abs(ab[20:40, 10:50] - to_lab(np.array(RED, np.uint8))[1:]).mean() < 8


def test_without_hints_nothing_changes_and_one_pixel_can_have_one():
    guess = np.ones((5, 5, 2), np.float32)
    assert with_hints(np.ones((5, 5), np.float32), guess, []) is guess
    pixel = with_hints(np.ones((1, 1), np.float32), guess[:1, :1], [ColorHint(1, 1, RED)])
    assert np.allclose(pixel[0, 0], to_lab(np.array(RED, np.uint8))[1:], atol=0.5)


@pytest.mark.parametrize(
    "wrong", [(1.2, 0.5, RED), (0.5, -0.1, RED), (0.5, 0.5, RED, 0), (0.5, 0.5, RED, 1e9)]
)
def test_hints_outside_of_the_picture_or_without_reach_are_refused(wrong):
    with pytest.raises(InvalidInputError, match="within the picture"):
        ColorHint(*wrong)


@pytest.mark.parametrize("rgb", [(1, 2), (0, 0, 300), (-1, 0, 0)])
def test_what_is_no_colour_is_refused(rgb):
    with pytest.raises(InvalidInputError, match="three numbers"):
        ColorHint(0.5, 0.5, rgb)
