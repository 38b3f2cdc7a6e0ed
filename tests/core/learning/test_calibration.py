"""Calibration: confidence that is earned, and confidence that is not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from core.learning.calibration import at_temperature, fit_temperature, loss_and_accuracy


@pytest.mark.parametrize("too_sure", [0.5, 2.0, 3.0])
def test_a_temperature_undoes_confidence_that_is_not_earned(too_sure):
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (4000, 3))
    honest = softmax(logits, axis=1)
    targets = np.stack([rng.multinomial(1, row) for row in honest]).astype(np.float32)
    boastful = softmax(logits * too_sure, axis=1)
    assert fit_temperature(boastful, targets) == pytest.approx(too_sure, rel=0.1)
    np.testing.assert_allclose(at_temperature(boastful, too_sure), honest, atol=1e-6)
    assert loss_and_accuracy(honest, targets)[0] < loss_and_accuracy(boastful, targets)[0]


def test_a_few_examples_do_not_change_the_temperature_much():
    sure = np.array([[0.9, 0.1], [0.2, 0.8]])
    assert 0.7 < fit_temperature(sure, np.eye(2)) < 1


def test_probabilities_of_zero_have_a_temperature_too():
    probabilities = np.array([[1.0, 0.0], [1.0, 0.0]], np.float32)
    assert np.isfinite(fit_temperature(probabilities, np.eye(2)))


def test_a_probability_of_zero_costs_what_the_floor_does():
    loss, accuracy = loss_and_accuracy(np.array([[0.0, 1.0]]), np.array([[1.0, 0.0]]), floor=1e-6)
    assert loss == pytest.approx(np.log(1e6))
    assert accuracy == 0


def test_float32_stays_float32():
    assert at_temperature(np.array([[0.25, 0.75]], np.float32), 2.0).dtype == np.float32
