"""What is wrong is put there by a seed, and figures say how much of it is found."""

from __future__ import annotations

import numpy as np
import pytest

from core.recipes.findings.measuring import (
    VectorSet,
    flipped_labels,
    mean_with_interval,
    measure_drift,
    measure_labelling,
    measure_labels,
    measure_outliers,
)


@pytest.fixture(scope="module")
def clear() -> VectorSet:
    """Three classes far apart, so that whatever is wrong is found."""
    rng = np.random.default_rng(0)
    labels = np.arange(300) % 3
    vectors = (np.eye(3, 12)[labels] * 9 + rng.normal(0, 1, (300, 12))).astype(np.float32)
    return VectorSet(vectors, labels, (12,))


@pytest.fixture(scope="module")
def others() -> np.ndarray:
    rng = np.random.default_rng(1)
    return (np.eye(12)[rng.integers(6, 12, 80)] * 9 + rng.normal(0, 1, (80, 12))).astype("f4")


def test_a_twentieth_of_the_labels_is_flipped_each_to_another_class():
    labels = np.arange(200) % 4
    changed, is_flipped = flipped_labels(labels, 4, 7)
    assert is_flipped.sum() == 10 and ((changed != labels) == is_flipped).all()
    assert (flipped_labels(labels, 4, 8)[1] != is_flipped).any()


def test_where_classes_are_far_apart_all_that_was_flipped_is_found(clear):
    found = measure_labels(clear, 5)
    assert found.precision == found.recall_listed == 1
    assert found.length_listed == pytest.approx(1 / found.precision_listed)


def test_planted_examples_are_the_oddest(clear, others):
    precision, auroc = measure_outliers(clear, others, 5)
    assert precision > 0.9 and auroc > 0.95


def test_a_tenth_of_others_is_noticed_and_halves_of_one_set_are_alike(clear, others):
    of_one_kind = np.tile(others[others[:, 7] > 5], (3, 1))
    assert measure_drift(clear.vectors, of_one_kind, 6) > (0.9, 0.5)
    assert measure_drift(clear.vectors, None, 6)[1] < 0.62


def test_labels_are_counted_until_they_are_enough(clear):
    """One batch has all classes in it."""
    assert measure_labelling(clear, 5, is_random=False) == 20
    assert measure_labelling(clear, 5, is_random=True) == 20


def test_the_interval_is_that_of_student():
    half = 3.1824 * np.sqrt(5 / 3 / 4)  # the quantile 0.975 with 3 degrees of freedom, by a table
    assert mean_with_interval([1, 2, 3, 4]) == pytest.approx(
        [2.5, 2.5 - half, 2.5 + half], abs=1e-4
    )
