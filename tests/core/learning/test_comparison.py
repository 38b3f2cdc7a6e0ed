"""Two classifiers on one test part."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidInputError
from core.learning.comparison import compare


def test_counts_and_test_are_those_of_a_worked_example():
    """Of 100 examples, 60 both right, 15 the first alone, 5 the second alone, 20 neither."""
    labels = np.zeros(100, np.int64)
    first = np.repeat([0, 0, 1, 1], [60, 15, 5, 20])
    second = np.repeat([0, 1, 0, 1], [60, 15, 5, 20])
    found = compare(labels, first, second)
    parts = (found.both, found.only_first, found.only_second, found.neither)
    assert [len(part) for part in parts] == [60, 15, 5, 20]
    assert sorted(np.concatenate(parts)) == list(range(100))
    assert found.difference == pytest.approx(0.10)
    # twice the probability of at most 5 heads of 20: 2 * 21700 / 2**20
    assert found.p_value == pytest.approx(2 * 21_700 / 2**20)
    low, high = found.interval
    assert low < 0.10 < high
    assert low > 0  # as the test says: 0 is not among what is likely


def test_the_other_way_round_it_is_the_same_but_for_the_sign():
    generator = np.random.default_rng(0)
    labels, first, second = (generator.integers(0, 3, 50) for _ in range(3))
    one, other = compare(labels, first, second), compare(labels, second, first)
    assert one.difference == -other.difference
    assert one.p_value == other.p_value
    assert one.interval == pytest.approx(tuple(-x for x in reversed(other.interval)))
    assert list(one.only_first) == list(other.only_second)


def test_two_that_agree_differ_in_nothing():
    labels = np.arange(4)
    found = compare(labels, labels, labels)
    assert (found.difference, found.interval, found.p_value) == (0.0, (0.0, 0.0), 1.0)


@pytest.mark.parametrize("sizes", [(0, 0, 0), (3, 3, 2), (3, 2, 3)])
def test_labels_of_other_examples_are_refused(sizes):
    with pytest.raises(InvalidInputError, match="Expected labels of the same examples"):
        compare(*(np.zeros(size, np.int64) for size in sizes))


def test_the_interval_holds_the_difference_about_as_often_as_it_says():
    generator = np.random.default_rng(1)
    hits, tries = 0, 400
    for _ in range(tries):
        right = generator.random((2, 300)) < np.array([[0.9], [0.8]])
        first, second = (~right).astype(np.int64)
        low, high = compare(np.zeros(300, np.int64), first, second).interval
        hits += low <= 0.1 <= high
    assert 0.92 < hits / tries < 0.98
