"""The penalty that is chosen, by a validation part or by folds."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidInputError
from core.learning.logistic_regression import standardised
from core.learning.penalty_search import Attempt, best_of, folds_as_parts, search_penalty

PENALTIES = (0.01, 1.0, 100.0)


@pytest.fixture
def examples():
    rng = np.random.default_rng(0)
    labels = np.arange(90) % 3
    x = (np.eye(3)[labels] + rng.normal(0, 0.1, (90, 3))).astype(np.float32)
    return x, labels


def test_features_that_tell_the_labels_want_a_weak_penalty_and_noise_a_strong_one(examples):
    x, labels = examples
    parts = folds_as_parts(np.arange(90) // 30)
    *_, attempts = search_penalty(x, labels, 3, PENALTIES, parts)
    assert best_of(attempts) == 100.0
    assert attempts[-1].accuracy == 1
    noise = np.random.default_rng(0).normal(size=(90, 30)).astype(np.float32)
    *_, attempts = search_penalty(noise, labels, 3, PENALTIES, parts)
    assert best_of(attempts) == 0.01


def test_attempts_are_reported_one_after_another(examples):
    x, labels = examples
    part = (np.arange(60), np.arange(60, 90))
    steps = list(search_penalty(x, labels, 3, PENALTIES, [part]))
    assert [len(attempts) for attempts in steps] == [1, 2, 3]
    assert [attempt.inverse_penalty for attempt in steps[-1]] == list(PENALTIES)


def test_the_scaling_is_found_without_the_held_out_part(examples):
    x, labels = examples
    seen = []

    def scaling_of(some):
        seen.append(len(some))
        return standardised(some, [3])

    part = (np.arange(60), np.arange(60, 90))
    list(search_penalty(x, labels, 3, PENALTIES, [part], scaling_of))
    assert seen == [60]


def test_a_fold_that_leaves_one_class_to_learn_from_is_left_out(examples):
    x, labels = examples
    two = labels < 2
    folds = np.where(labels[two] == 0, 0, np.arange(two.sum()) % 3 + 1)  # the first has all of 0
    *_, attempts = search_penalty(x[two], labels[two], 2, PENALTIES, folds_as_parts(folds))
    assert all(np.isfinite(attempt.loss) for attempt in attempts)


def test_one_odd_example_does_not_decide(examples):
    x, labels = examples
    labels = labels.copy()
    labels[80] = (labels[80] + 1) % 3  # mislabelled
    part = (np.arange(60), np.arange(60, 90))
    *_, attempts = search_penalty(x, labels, 3, (1e7,), [part])
    assert attempts[0].loss <= np.log(1e6) / 30 + 1e-3


def test_the_lowest_loss_is_best():
    attempts = [Attempt(1.0, 0.5, 0.9), Attempt(2.0, 0.4, 0.8), Attempt(3.0, 0.6, 1.0)]
    assert best_of(attempts) == 2.0


def test_folds_have_to_be_two():
    with pytest.raises(InvalidInputError, match="two folds"):
        folds_as_parts(np.zeros(5, np.int64))
