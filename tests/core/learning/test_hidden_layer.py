"""A hidden layer learns what no line divides, the same each time, and goes on where it was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.learning.hidden_layer import HiddenLayerPlan, HiddenLayerTraining, centred
from core.learning.logistic_regression import fit

PLAN = HiddenLayerPlan(units=16, epochs=30, learning_rate=1e-2, dropout=0.0, weight_decay=0.01)


@pytest.fixture(scope="module")
def quadrants():
    """Points of a plane, of one class where the signs of both numbers agree."""
    x = np.random.default_rng(0).uniform(-1, 1, (200, 2)).astype(np.float32) * [3, 9]
    return x.astype(np.float32), (x.prod(axis=1) > 0).astype(np.int64)


def begin(quadrants, plan=PLAN, seed=1):
    x, labels = quadrants
    return HiddenLayerTraining(x, labels, 2, plan, centred(x, [2]), seed)


def trained(training, first=0, epochs=PLAN.epochs):
    for epoch in range(first, epochs):
        *_, share = training.run_epoch(epoch)
        assert share == 1
    return training.layers


def test_it_learns_what_one_dense_layer_cannot(quadrants):
    x, labels = quadrants
    layers = trained(begin(quadrants))
    probabilities = layers.predict(x)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert (probabilities.argmax(axis=1) == labels).mean() > 0.93
    assert (fit(x, labels, 2, 30.0).predict(x).argmax(axis=1) == labels).mean() < 0.7
    assert layers.embed(x).shape == (200, 16) and layers.embed(x).min() == 0
    assert layers.predictions.weights.dtype == layers.hidden.weights.dtype == np.float32


def test_the_seed_decides(quadrants):
    plan = replace(PLAN, dropout=0.5, epochs=2)
    first, again, other = (
        trained(begin(quadrants, plan, seed), epochs=2).predict(quadrants[0]) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1e-3


def test_it_goes_on_where_it_was(quadrants):
    plan = replace(PLAN, dropout=0.5)
    whole = trained(begin(quadrants, plan))
    half = begin(quadrants, plan)
    trained(half, epochs=12)
    rest = begin(quadrants, plan)
    rest.restore(half.state)
    layers = trained(rest, first=12)
    np.testing.assert_array_equal(layers.hidden.weights, whole.hidden.weights)
    np.testing.assert_array_equal(layers.predictions.bias, whole.predictions.bias)


@pytest.mark.parametrize(
    "damage",
    [lambda s: s[:-1], lambda s: s.astype(np.float64), lambda s: s * np.nan, lambda s: -1 - s**2],
)
def test_a_state_that_is_damaged_is_refused(quadrants, damage):
    training = begin(quadrants)
    with pytest.raises(ValueError):
        training.restore(damage(training.state))


def test_slopes_are_those_of_the_loss(quadrants):
    """A step of Adam goes by the sign of each slope, which differences of the loss give too."""
    x, labels = quadrants[0][:32], quadrants[1][:32]
    plan = replace(PLAN, units=8, epochs=1, weight_decay=0.0)
    training = begin((x, labels), plan)
    before = training.layers

    def loss(kernel):
        moved = replace(before, hidden=replace(before.hidden, weights=kernel))
        return -np.log(moved.predict(x)[np.arange(32), labels].astype(np.float64)).mean()

    trained(training, epochs=1)
    moved = training.layers.hidden.weights - before.hidden.weights
    checked = 0
    for place in np.ndindex(moved.shape):
        nudge = np.zeros_like(moved)
        nudge[place] = 1e-2
        up, down = loss(before.hidden.weights + nudge), loss(before.hidden.weights - nudge)
        if abs(up - down) > 1e-4:
            assert np.sign(moved[place]) == -np.sign(up - down)
            checked += 1
    assert checked > 4


def test_a_block_of_more_columns_has_no_larger_say():
    x = np.random.default_rng(0).normal(5, 2, (50, 9)).astype(np.float32)
    z = centred(x, [1, 8])(x)
    assert (z[:, 0] ** 2).sum() == pytest.approx((z[:, 1:] ** 2).sum(), rel=0.01)
    assert (z**2).mean() == pytest.approx(1, rel=0.01)
    np.testing.assert_allclose(z.mean(axis=0), 0, atol=1e-4)
