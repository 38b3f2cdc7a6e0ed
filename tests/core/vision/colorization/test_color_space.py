"""CIELAB and sRGB, against scikit-image."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import color, data

from core.vision.colorization.color_space import grey, lightness, lightness_of_grey, to_lab, to_rgb


@pytest.fixture(scope="module")
def rgb() -> np.ndarray:
    """All kinds of colours, the corners of sRGB among them."""
    steps = np.arange(0, 256, 15, dtype=np.uint8)
    return np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(18 * 18, 18, 3)


def test_it_agrees_with_scikit_image(rgb):
    lab = to_lab(rgb)
    assert np.allclose(lab, color.rgb2lab(rgb), atol=0.02)
    assert np.allclose(lightness(rgb), lab[..., 0], atol=1e-3)
    assert lab.dtype == np.float32


def test_colours_of_srgb_survive(rgb):
    lab = to_lab(rgb)
    back = to_rgb(lab[..., 0], lab[..., 1:])
    assert np.abs(back.astype(int) - rgb).max() <= 1


def test_grey_keeps_the_lightness_and_leaves_grey_alone():
    photo = data.astronaut()
    assert np.abs(lightness_of_grey(grey(photo)) - lightness(photo)).max() < 0.6  # half a code
    greys = np.arange(256, dtype=np.uint8)
    assert np.array_equal(grey(np.repeat(greys[:, None], 3, axis=1)), greys)
    assert np.array_equal(
        to_rgb(lightness_of_grey(greys)[None], np.zeros((1, 256, 2)))[0, :, 0], greys
    )


def test_colours_beyond_srgb_are_paled_and_keep_lightness_and_hue():
    light = np.linspace(5, 95, 40, dtype=np.float32)[None]
    angle = np.linspace(0, 2 * np.pi, 40)
    ab = 150 * np.stack([np.cos(angle), np.sin(angle)], axis=-1)[None].astype(np.float32)
    painted = to_rgb(light, ab)
    lab = to_lab(painted)
    assert np.abs(lab[..., 0] - light).max() < 1.0  # clipping would change it by up to 40
    chroma = np.hypot(*np.moveaxis(lab[..., 1:], -1, 0))
    assert (chroma < 135).all() and chroma.mean() > 20
    off = (lab[..., 1:] * ab).sum(axis=-1) / (150 * chroma)
    assert off[chroma > 15].min() > np.cos(np.radians(6))


def test_more_pixels_than_one_strip_are_painted_alike():
    rng = np.random.default_rng(0)
    light = rng.uniform(0, 100, (300, 300)).astype(np.float32)
    ab = rng.normal(0, 40, (300, 300, 2)).astype(np.float32)
    rows = np.concatenate([to_rgb(light[i : i + 1], ab[i : i + 1]) for i in range(300)])
    assert np.array_equal(to_rgb(light, ab), rows)
