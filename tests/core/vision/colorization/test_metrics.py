"""Scores of painted photos against true ones."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import data

from core.errors import InvalidInputError
from core.vision.colorization.bins import bins
from core.vision.colorization.color_space import grey, to_lab
from core.vision.colorization.metrics import color_scores


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    return np.asarray(data.astronaut()[:120, :120])


@pytest.fixture(scope="module")
def frequency() -> np.ndarray:
    """Pale colours occur often, vivid ones rarely."""
    return np.exp(-np.hypot(*bins().T) / 10)


def greyed(photo: np.ndarray) -> np.ndarray:
    return np.repeat(grey(photo)[..., None], 3, axis=-1)


def test_a_photo_against_itself_is_perfect(truth, frequency):
    scores = color_scores([(truth, truth)], frequency)
    assert scores.auc == scores.balanced_auc == 1
    assert scores.ciede2000 == 0 and scores.psnr == np.inf
    assert scores.chroma == scores.true_chroma > 0


def test_of_grey_the_error_is_the_chroma(truth, frequency):
    scores = color_scores([(truth, greyed(truth))], frequency)
    chroma = np.hypot(*np.moveaxis(to_lab(truth)[..., 1:], -1, 0))
    assert scores.auc == pytest.approx(1 - chroma.mean() / 150, abs=1e-3)
    assert scores.chroma == pytest.approx(0, abs=0.1)
    assert scores.balanced_auc < scores.auc  # vivid places count more, and grey misses them most


def test_a_curve_of_errors_has_the_area_that_is_said(truth, frequency):
    """By the definition: the share of pixels within each distance of 0..150, averaged."""
    painted = np.clip(truth.astype(int) + np.array([30, -20, 10]), 0, 255).astype(np.uint8)
    errors = np.hypot(*np.moveaxis((to_lab(painted) - to_lab(truth))[..., 1:], -1, 0))
    curve = [(errors <= distance).mean() for distance in np.arange(0.05, 150, 0.1)]
    assert color_scores([(truth, painted)], frequency).auc == pytest.approx(
        np.mean(curve), abs=1e-3
    )


def test_pictures_of_two_sizes_and_none_are_refused(truth, frequency):
    with pytest.raises(InvalidInputError, match="one size"):
        color_scores([(truth, truth[:50])], frequency)
    with pytest.raises(InvalidInputError, match="none"):
        color_scores([], frequency)
