"""The one layer that learns: solved, in steps, scaled, and never of a class without examples."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_info, threadpool_limits

from core.learning.logistic_regression import (
    LinearLayer,
    fit,
    fit_in_steps,
    standardised,
    unit_length,
)


def examples(classes, seed=0, count=60, dimension=6):
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    centres = np.random.default_rng(9).normal(size=(classes, dimension))
    return (centres[labels] + rng.normal(0, 1, (count, dimension))).astype(np.float32), labels


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("form", [np.asarray, sparse.csr_matrix])
def test_it_has_the_probabilities_of_scikit_learn(classes, form):
    x, labels = examples(classes)
    layer = fit(form(x), labels, classes, 2.0)
    peer = LogisticRegression(C=2.0, max_iter=300).fit(x, labels)
    np.testing.assert_allclose(layer.predict(form(x)), peer.predict_proba(x), atol=1e-3)
    assert layer.weights.dtype == layer.bias.dtype == layer.predict(x).dtype == np.float32


def threads():
    return {pool["num_threads"] for pool in threadpool_info()}


def test_it_computes_in_one_thread_and_gives_the_others_back(monkeypatch):
    x, labels = examples(3)
    solve, during = LogisticRegression.fit, []

    def watched(*arguments):
        during.append(threads())
        return solve(*arguments)

    monkeypatch.setattr(LogisticRegression, "fit", watched)
    with threadpool_limits(2):
        fit(x, labels, 3, 5.0)
        fit(x, labels, 3, 5.0)
        assert during == [{1}, {1}]
        assert threads() == {2}


@pytest.mark.parametrize("present", [[0, 2], [0, 1, 3]])
def test_a_class_without_examples_is_never_predicted(present):
    x, labels = examples(len(present))
    layer = fit(x, np.array(present)[labels], 4, 2.0)
    probabilities = layer.predict(x)
    absent = sorted({0, 1, 2, 3} - {*present})
    assert (probabilities[:, absent] == 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)


def test_steps_come_closer_to_the_solution_and_end_there():
    x, labels = examples(3)
    layers = list(fit_in_steps(x, labels, 3, 50.0, steps=2))
    solution = LogisticRegression(C=50.0, tol=1e-7, max_iter=2000).fit(x, labels).coef_.T
    away = [np.abs(layer.weights - solution).max() for layer, _ in layers]
    assert len(away) > 3 and away[0] > 10 * away[-1] and away[-1] < 0.02 * np.abs(solution).max()
    assert [is_solved for _, is_solved in layers] == [False] * (len(layers) - 1) + [True]


def test_a_block_of_larger_numbers_has_no_larger_say():
    x, labels = examples(3)
    louder = np.concatenate([x[:, :3], 50 * x[:, 3:]], axis=1)
    layers = [fit(some, labels, 3, 5.0, standardised(some, [3, 3])) for some in (x, louder)]
    np.testing.assert_allclose(layers[1].logits(louder), layers[0].logits(x), atol=0.05)


@pytest.mark.parametrize("count", [60, 10])
def test_a_layer_takes_features_as_they_come(count):
    x, labels = examples(3, count=count, dimension=20)
    x = 3 * x + 7
    scaling = standardised(x, [20])
    assert scaling(x).shape[1] == min(20, count - 1)  # so many directions do centred rows have
    np.testing.assert_allclose(scaling(x).mean(axis=0), 0, atol=1e-5)
    layer = fit(scaling(x), labels, 3, 5.0)
    np.testing.assert_allclose(scaling.undo(layer).logits(x), layer.logits(scaling(x)), atol=1e-4)


def test_of_many_directions_the_main_ones_are_enough():
    """Labels differ along the first of eighty columns, which vary less and less."""
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(400, 80)) * 0.8 ** np.arange(80)
    x = (hidden @ np.linalg.qr(rng.normal(size=(80, 80)))[0]).astype(np.float32)
    labels = (hidden[:, 0] > 0).astype(np.int64)
    scaling = standardised(x, [80], most_axes=12)
    assert scaling(x).shape == (400, 12)
    layer = scaling.undo(fit(scaling(x), labels, 2, 50.0))
    assert (layer.logits(x).argmax(axis=1) == labels).mean() > 0.95
    assert standardised(x, [80], most_axes=80)(x).shape == (400, 80)


def test_features_of_any_length_are_learned_from_alike():
    x, labels = examples(3)
    one, other = (fit(s * x, labels, 3, 5.0, unit_length(s * x)) for s in (1, 100))
    assert np.linalg.norm(unit_length(x)(x), axis=1).mean() == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(other.logits(100 * x), one.logits(x), atol=1e-2)


def test_probabilities_of_extreme_logits_are_finite():
    layer = LinearLayer(np.array([[1e4, -1e4]], np.float32), np.array([0, -np.inf], np.float32))
    probabilities = layer.predict(np.array([[1.0], [-1.0]], np.float32))
    assert probabilities.tolist() == [[1, 0], [1, 0]]
