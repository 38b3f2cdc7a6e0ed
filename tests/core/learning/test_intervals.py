"""Intervals of figures: against resampling by brute force, and where there is nothing to tell."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn import metrics

from core.learning.intervals import auc_interval, intervals
from core.learning.metrics import evaluate, wilson_interval

CLASSES = ("a", "b", "c")
MEANS = ("macro_precision", "macro_recall", "macro_f1", "macro_auc")


@pytest.fixture(scope="module")
def answers():
    """Labels and probabilities of 300 examples, three of four of which are right."""
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 3, 300)
    logits = rng.normal(0, 1, (300, 3)) + 1.6 * np.eye(3)[labels]
    powers = np.exp(logits)
    return labels, powers / powers.sum(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def resampled(answers):
    """What 300 resamples of the examples give, by scikit-learn."""
    labels, probabilities = answers
    rng = np.random.default_rng(2)
    rows = []
    for _ in range(300):
        chosen = rng.integers(0, len(labels), len(labels))
        true, predicted = labels[chosen], probabilities[chosen].argmax(axis=1)
        scores = metrics.precision_recall_fscore_support(true, predicted, average="macro")[:3]
        area = metrics.roc_auc_score(true, probabilities[chosen], multi_class="ovr")
        rows.append([*scores, area])
    return dict(zip(MEANS, np.transpose(rows), strict=True))


@pytest.mark.parametrize("name", MEANS)
def test_intervals_are_those_of_resampled_examples(answers, resampled, name):
    evaluation = evaluate(*answers, CLASSES)
    low, high = intervals(evaluation)[name]
    assert low < getattr(evaluation, name) < high
    expected = np.quantile(resampled[name], (0.025, 0.975))
    np.testing.assert_allclose((low, high), expected, atol=0.2 * (high - low))


def test_the_interval_of_accuracy_is_wilsons(answers):
    evaluation = evaluate(*answers, CLASSES)
    correct = int(np.trace(evaluation.confusion))
    assert intervals(evaluation)["accuracy"] == wilson_interval(correct, 300)


def test_the_area_of_two_classes_has_the_interval_of_delong():
    rng = np.random.default_rng(3)
    positives, negatives = rng.normal(1, 1, 40), rng.normal(0, 1, 60)
    wins = positives[:, None] > negatives
    variance = wins.mean(axis=1).var() / 40 + wins.mean(axis=0).var() / 60
    area = wins.mean()
    spread = 1.959964 * math.sqrt(variance) / (area * (1 - area))
    logit = math.log(area / (1 - area))
    expected = [1 / (1 + math.exp(-(logit + sign * spread))) for sign in (-1, 1)]
    scores = np.concatenate([positives, negatives])
    labels = np.repeat([1, 0], [40, 60])
    np.testing.assert_allclose(
        auc_interval(labels, np.stack([-scores, scores], axis=1)), expected, atol=1e-6
    )


def test_fewer_examples_make_wider_intervals(answers):
    labels, probabilities = answers
    few, all_ = (
        intervals(evaluate(labels[:count], probabilities[:count], CLASSES)) for count in (75, 300)
    )
    for name, (low, high) in all_.items():
        assert few[name][1] - few[name][0] > high - low


def test_without_a_mistake_only_the_accuracy_has_an_interval():
    labels = np.arange(30) % 3
    found = intervals(evaluate(labels, np.eye(3)[labels], CLASSES))
    low, high = found.pop("accuracy")
    assert 0.8 < low < high == 1
    assert all(math.isnan(end) for pair in found.values() for end in pair)


def test_a_class_that_is_missing_leaves_the_area_undefined():
    labels = np.zeros(10, np.int64)
    assert all(map(math.isnan, auc_interval(labels, np.full((10, 2), 0.5))))
