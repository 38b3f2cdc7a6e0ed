"""Colours as classes."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import data

from core.vision.colorization.bins import (
    GRID,
    NEIGHBOURS,
    annealed_mean,
    bins,
    rebalancing,
    smoothed,
    soft_bins,
)
from core.vision.colorization.color_space import to_lab


def test_every_colour_of_a_photo_has_a_bin_near_it():
    ab = to_lab(data.astronaut()[::4, ::4])[..., 1:]
    nearest, shares = soft_bins(ab)
    assert nearest.shape == shares.shape == (128, 128, NEIGHBOURS)
    assert np.allclose(shares.sum(axis=-1), 1, atol=1e-5)
    assert (np.diff(shares, axis=-1) <= 1e-6).all()  # the nearest first
    far = np.abs(bins()[nearest[..., 0]] - ab).max()
    assert far <= GRID / 2 + 1


def test_colours_beyond_all_bins_still_have_shares():
    nearest, shares = soft_bins(np.array([[400.0, -400.0]]))
    assert np.isfinite(shares).all() and shares.sum() == pytest.approx(1)
    assert np.hypot(*bins()[nearest[0, 0]]) > 50


def test_a_colour_is_the_mean_of_its_shares():
    ab = np.array([[12.0, 31.0], [-20.0, 5.0], [0.0, 0.0]])
    nearest, shares = soft_bins(ab)
    assert np.allclose((bins()[nearest] * shares[..., None]).sum(axis=1), ab, atol=2.5)


def test_a_low_temperature_takes_the_mode_and_1_the_mean():
    logits = np.full(len(bins()), -50.0, np.float32)
    logits[[3, 100]] = np.log([0.6, 0.4])
    assert np.allclose(annealed_mean(logits, 1e-3), bins()[3])
    mean = 0.6 * bins()[3] + 0.4 * bins()[100]
    assert np.allclose(annealed_mean(logits, 1.0), mean, atol=1e-3)
    assert annealed_mean(np.zeros((4, 5, len(bins())), np.float32), 0.4).shape == (4, 5, 2)


def test_rare_colours_weigh_more_and_the_mean_over_pixels_is_1():
    frequency = np.ones(len(bins()))
    frequency[0] = 10_000
    weights = rebalancing(frequency)
    assert weights[0] == weights.min() < 0.1 * weights[-1]
    smooth = smoothed(frequency)
    assert smooth.sum() == pytest.approx(1)
    assert (weights * smooth).sum() == pytest.approx(1, rel=1e-5)
