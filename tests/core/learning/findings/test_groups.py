"""Classes that are confused, and groups that are predicted worse."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidInputError
from core.learning.findings.groups import confused_classes, weak_groups
from core.learning.metrics import exact_interval


def test_confused_classes_come_with_their_share_and_an_exact_interval():
    labels = np.repeat([0, 1, 2], 20)
    predictions = labels.copy()
    predictions[[0, 1, 20]] = [1, 1, 0]
    predictions[2] = 2
    first, second = confused_classes(labels, predictions, 3)
    assert (first.first, first.second, second.first, second.second) == (0, 1, 0, 2)
    assert (first.confused, first.total) == (3, 39) and first.share == 3 / 39
    assert first.positions.tolist() == [0, 1, 20]
    assert first.interval == exact_interval(3, 39)
    assert first.are_told_apart and second.are_told_apart


def test_classes_that_are_guessed_are_not_told_apart():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], 50)
    predictions = np.where(labels == 2, 2, rng.integers(0, 2, 150))
    (pair,) = confused_classes(labels, predictions, 3)
    assert (pair.first, pair.second) == (0, 1)
    assert not pair.are_told_apart and pair.p_value > 0.05


def test_saying_the_more_frequent_class_tells_nothing_apart():
    labels = np.repeat([0, 1], [90, 10])
    (pair,) = confused_classes(labels, np.zeros(100, int), 2)
    assert pair.share == 0.1 and not pair.are_told_apart


def test_few_examples_say_little_so_their_pair_comes_later():
    labels = np.r_[np.repeat([0, 1], 100), [2, 3]]
    predictions = labels.copy()
    predictions[:30], predictions[-1] = 1, 2  # 30 of 200, and 1 of 2
    first, second = confused_classes(labels, predictions, 4)
    assert (first.confused, second.confused) == (30, 1) and second.share > first.share


def groups(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Eight groups of 100 in 12 dimensions, and of which each example is."""
    rng = np.random.default_rng(seed)
    members = np.repeat(np.arange(8), 100)
    centres = rng.normal(0, 6, (8, 12))
    return (centres[members] + rng.normal(0, 1, (800, 12))).astype(np.float32), members


def test_a_weak_group_is_found_with_its_examples():
    vectors, members = groups()
    rng = np.random.default_rng(1)
    is_correct = rng.random(800) < np.where(members == 3, 0.6, 0.95)
    found = weak_groups(vectors, is_correct)
    assert found
    positions = np.concatenate([group.positions for group in found])
    assert (members[positions] == 3).mean() > 0.95
    for group in found:
        assert group.correct == is_correct[group.positions].sum()
        assert group.interval[0] < group.accuracy < group.interval[1] < group.accuracy_elsewhere
        rest = np.delete(is_correct, group.positions)
        assert group.accuracy_elsewhere == pytest.approx(rest.mean())
        assert group.p_value < 0.05


def test_where_mistakes_come_by_chance_groups_are_hardly_ever_found():
    """At most 5 % of the times, which is 3.6 of 40 within two standard deviations or so."""
    vectors, _ = groups()
    alarms = sum(
        bool(weak_groups(vectors, np.random.default_rng(seed).random(800) < 0.8))
        for seed in range(40)
    )
    assert alarms <= 5


def test_without_mistakes_or_with_few_examples_there_is_no_group():
    vectors, _ = groups()
    assert weak_groups(vectors, np.ones(800, bool)) == ()
    assert weak_groups(vectors[:50], np.arange(50) > 25) == ()


def test_what_is_of_other_examples_is_refused():
    with pytest.raises(InvalidInputError, match="same examples"):
        weak_groups(np.ones((4, 2)), np.ones(3, bool))
    with pytest.raises(InvalidInputError, match="same examples"):
        confused_classes(np.zeros(4, int), np.zeros(3, int), 2)
