"""How good a classifier is: figures worked out by hand, and properties that hold for any."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidInputError
from core.learning.metrics import (
    cell,
    evaluate,
    exact_interval,
    mean_roc,
    most_confident_mistakes,
    reliability,
    roc_curve,
    wilson_interval,
)

NAMES = ("cat", "dog", "owl")
LABELS = np.array([0, 0, 0, 1, 1, 2])
PROBABILITIES = np.array(
    [
        [0.9, 0.1, 0.0],
        [0.6, 0.3, 0.1],
        [0.2, 0.7, 0.1],  # a cat taken for a dog
        [0.1, 0.8, 0.1],
        [0.5, 0.4, 0.1],  # a dog taken for a cat
        [0.0, 0.1, 0.9],
    ]
)


@pytest.fixture
def seen():
    return evaluate(LABELS, PROBABILITIES, NAMES)


def random_evaluation(examples, classes, seed=0):
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, classes, examples)
    probabilities = generator.dirichlet(np.full(classes, 0.5), examples)
    return evaluate(labels, probabilities, [f"class {k}" for k in range(classes)])


def test_six_examples_worked_out_by_hand(seen):
    assert seen.accuracy == pytest.approx(4 / 6)
    np.testing.assert_array_equal(seen.confusion, [[2, 1, 0], [1, 1, 0], [0, 0, 1]])
    np.testing.assert_allclose(seen.precision, [2 / 3, 1 / 2, 1])
    np.testing.assert_allclose(seen.recall, [2 / 3, 1 / 2, 1])
    np.testing.assert_allclose(seen.f1, [2 / 3, 1 / 2, 1])
    np.testing.assert_array_equal(seen.support, [3, 2, 1])
    assert seen.macro_recall == pytest.approx((2 / 3 + 1 / 2 + 1) / 3)
    true = [0.9, 0.6, 0.2, 0.8, 0.4, 0.9]
    assert seen.log_loss == pytest.approx(-np.log(true).mean())


def test_the_area_is_the_share_of_pairs_in_the_right_order(seen):
    """Fawcett, An introduction to ROC analysis, 2006, section 7."""
    cats, others = [0.9, 0.6, 0.2], [0.1, 0.5, 0.0]
    right = np.mean([cat > other for cat in cats for other in others])
    assert seen.roc[0].auc == pytest.approx(right)
    assert seen.macro_auc == pytest.approx(np.mean([curve.auc for curve in seen.roc]))


def test_the_mean_curve_has_the_mean_area_and_rises_from_corner_to_corner():
    evaluation = random_evaluation(400, 3)
    mean = mean_roc(evaluation)
    rates = mean.false_positive_rate
    assert mean.auc == evaluation.macro_auc
    assert np.trapezoid(mean.true_positive_rate, rates) == pytest.approx(mean.auc, abs=0.01)
    assert (rates[0], mean.true_positive_rate[0], rates[-1]) == (0, 0, 1)
    assert mean.true_positive_rate[-1] == 1
    assert (np.diff(mean.true_positive_rate) >= 0).all()


def test_the_mean_curve_is_undefined_where_that_of_a_class_is():
    labels = np.array([0, 0, 1])
    mean = mean_roc(evaluate(labels, np.full((3, 3), 1 / 3), NAMES))
    assert np.isnan(mean.auc) and not mean.false_positive_rate.size


@pytest.mark.parametrize("classes", [2, 5, 1000])
def test_every_number_keeps_its_bounds(classes):
    seen = random_evaluation(300, classes)
    assert seen.confusion.shape == (classes, classes) and seen.confusion.sum() == 300
    np.testing.assert_array_equal(seen.confusion.sum(axis=1), seen.support)
    assert seen.accuracy == pytest.approx(np.trace(seen.confusion) / 300)
    for scores in (seen.precision, seen.recall, seen.f1):
        defined = scores[seen.support > 0]
        assert ((defined >= 0) & (defined <= 1)).all()
        assert np.isnan(scores[seen.support == 0]).all()
    assert 0.4 < seen.macro_auc < 0.6
    assert 0 <= seen.reliability.expected_calibration_error <= 1


def test_a_perfect_classifier():
    seen = evaluate(np.arange(4), np.eye(4), "abcd")
    assert seen.accuracy == seen.macro_f1 == seen.macro_auc == 1
    assert seen.log_loss == pytest.approx(0, abs=1e-12)
    assert seen.reliability.expected_calibration_error == 0
    assert most_confident_mistakes(seen).positions.size == 0


def test_a_hopeless_classifier():
    seen = evaluate(np.array([0, 0, 1, 1]), np.eye(2)[[1, 1, 0, 0]], "ab")
    assert seen.accuracy == seen.macro_f1 == seen.macro_auc == 0
    assert 10 < seen.log_loss < 100
    assert seen.reliability.expected_calibration_error == 1


def test_a_class_without_examples_has_no_figures_and_spoils_no_mean(seen):
    wider = evaluate(LABELS, np.hstack([PROBABILITIES, np.zeros((6, 1))]), [*NAMES, "yak"])
    assert np.isnan([wider.recall[3], wider.precision[3], wider.f1[3], wider.roc[3].auc]).all()
    assert wider.roc[3].true_positive_rate.size == 0
    assert (wider.macro_f1, wider.macro_auc) == (seen.macro_f1, seen.macro_auc)


def test_examples_of_one_class_only_have_no_area():
    seen = evaluate(np.zeros(3, int), np.full((3, 2), 0.5), "ab")
    assert np.isnan(seen.macro_auc)
    assert seen.macro_recall == 1


def test_a_thinned_curve_stays_close_to_the_whole_one():
    generator = np.random.default_rng(0)
    positive = generator.random(20_000) < 0.5
    curve = roc_curve(positive, positive + generator.normal(0, 1.5, 20_000), max_points=200)
    x, y = curve.false_positive_rate, curve.true_positive_rate
    assert 100 < x.size <= 200
    assert (x[0], y[0], x[-1], y[-1]) == (0, 0, 1, 1)
    assert (np.diff(x) >= 0).all() and (np.diff(y) >= 0).all()
    assert np.trapezoid(y, x) == pytest.approx(curve.auc, abs=1e-3)


def test_calibration_worked_out_by_hand():
    confidences = np.array([0.9, 0.9, 0.9, 0.9, 0.3])
    diagram = reliability(confidences, np.array([True, True, True, False, True]), bins=2)
    np.testing.assert_array_equal(diagram.edges, [0, 0.5, 1])
    np.testing.assert_array_equal(diagram.count, [1, 4])
    np.testing.assert_allclose(diagram.confidence, [0.3, 0.9])
    np.testing.assert_allclose(diagram.accuracy, [1, 0.75])
    assert diagram.expected_calibration_error == pytest.approx((0.7 * 1 + 0.15 * 4) / 5)


def test_one_who_is_right_as_often_as_said_is_calibrated():
    generator = np.random.default_rng(0)
    confidences = generator.random(100_000)
    correct = generator.random(100_000) < confidences
    assert reliability(confidences, correct).expected_calibration_error < 0.01
    assert reliability(confidences**0.5, correct).expected_calibration_error > 0.1


def test_bins_hold_their_upper_edge_and_empty_ones_are_nan():
    diagram = reliability(np.array([0.0, 0.5, 1.0]), np.ones(3, bool), bins=4)
    np.testing.assert_array_equal(diagram.count, [1, 1, 0, 1])
    np.testing.assert_array_equal(np.isnan(diagram.accuracy), [False, False, True, False])


def test_the_surest_mistakes_come_first(seen):
    mistakes = most_confident_mistakes(seen)
    np.testing.assert_array_equal(mistakes.positions, [2, 4])
    np.testing.assert_array_equal(mistakes.true, [0, 1])
    np.testing.assert_array_equal(mistakes.predicted, [1, 0])
    np.testing.assert_allclose(mistakes.confidence, [0.7, 0.5])
    assert most_confident_mistakes(seen, 1).positions.tolist() == [2]


def test_the_cells_of_the_confusion_matrix_part_the_examples():
    seen = random_evaluation(200, 4)
    places = []
    for true in range(4):
        for predicted in range(4):
            there = cell(seen, true, predicted)
            assert there.size == seen.confusion[true, predicted]
            assert (np.diff(seen.confidences[there]) <= 0).all()
            places += there.tolist()
    assert sorted(places) == list(range(200))


def test_a_cell_that_is_not_there_is_refused(seen):
    with pytest.raises(InvalidInputError, match=r"0\.\.2.*true=3"):
        cell(seen, 3, 0)


@pytest.mark.parametrize(
    ("labels", "probabilities", "message"),
    [
        ([], np.empty((0, 3)), "at least one label"),
        ([0, 1], PROBABILITIES[:1], r"shape \(2, 3\)"),
        ([3], PROBABILITIES[:1], r"0\.\.2"),
        ([-1], PROBABILITIES[:1], r"0\.\.2"),
        ([0.5], PROBABILITIES[:1], "whole labels"),
        ([0], [[2.0, -1.0, 0.0]], "at least 0"),
        ([0], [[3.0, 1.0, 2.0]], "sum to 1"),
        ([0], [[np.nan, 0.5, 0.5]], "sum to 1"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(labels, probabilities, message):
    with pytest.raises(InvalidInputError, match=message):
        evaluate(np.array(labels), probabilities, NAMES)


def test_probabilities_of_a_short_float_are_accepted():
    rows = np.float32(PROBABILITIES).astype(np.float16)
    assert evaluate(LABELS, rows, NAMES).accuracy == pytest.approx(4 / 6)


@pytest.mark.parametrize(
    ("correct", "total", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_intervals_of_newcombe(correct, total, low, high):
    """Newcombe (1998), Statistics in Medicine 17: 857-872, table I, method 3."""
    assert wilson_interval(correct, total) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("correct", "total", "low", "high"),
    [
        (81, 263, 0.2527, 0.3676),
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0.0000, 0.1684),
        (1, 29, 0.0009, 0.1776),
    ],
)
def test_exact_intervals_of_newcombe(correct, total, low, high):
    """In the same table, method 5."""
    assert exact_interval(correct, total) == pytest.approx((low, high), abs=5e-5)
