"""Odd ones out."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidInputError
from core.learning.findings.outliers import find_outliers, rank_shares


def examples(count: int = 200, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    centres = np.zeros((2, 16))
    centres[:, 0], centres[:, 1] = (5, -5), 3
    return (centres[labels] + rng.normal(0, 1, (count, 16))).astype(np.float32), labels


@pytest.fixture(scope="module")
def steps():
    """The last five are unlike all others; the one before has the label of the other class."""
    vectors, labels = examples()
    vectors[-5:] = 0
    vectors[-5:, 8:] = np.random.default_rng(1).normal(0, 5, (5, 8))
    labels[-6] = 1 - labels[-6]
    return vectors, labels, list(find_outliers(vectors, labels, most=10))


def test_odd_ones_and_those_of_another_class_come_first(steps):
    *_, last = steps[2]
    assert {finding.position for finding in last.findings[:6]} == set(range(194, 200))
    assert len(last.findings) == 10


def test_what_is_in_the_wrong_class_is_near_to_others_all_the_same(steps):
    *_, last = steps[2]
    (mislabelled,) = (finding for finding in last.findings if finding.position == 194)
    odd = [finding for finding in last.findings if finding.position > 194]
    assert mislabelled.distance > 0.8 > 0.4 > mislabelled.distance_to_all
    assert all(finding.distance_to_all > mislabelled.distance_to_all for finding in odd)


def test_a_finding_says_what_it_is_least_unlike(steps):
    vectors, _, (*_, last) = steps
    for finding in last.findings:
        own = vectors[finding.position]
        for place, distance in zip(finding.neighbours, finding.neighbour_distances, strict=True):
            other = vectors[place]
            cosine = own @ other / np.linalg.norm(own) / np.linalg.norm(other)
            assert place != finding.position and distance == pytest.approx(1 - cosine, abs=1e-5)
        assert len(finding.neighbours) == 5
        assert [*finding.neighbour_distances] == sorted(finding.neighbour_distances)
        assert finding.distance_to_all > finding.neighbour_distances[-1]


def test_p_values_are_shares_and_in_the_order_of_findings(steps):
    vectors, labels, _ = steps
    *_, last = find_outliers(vectors, labels, most=200)
    distances = np.array([finding.distance for finding in last.findings])
    for finding in last.findings:
        assert finding.p_value == last.p_values[finding.position]
        assert finding.p_value == (distances >= finding.distance).mean()
    assert last.p_values.min() <= 0.01 and (np.diff(distances) <= 0).all()


def test_the_distance_is_that_to_the_neighbour_of_a_rank():
    angles = np.radians([0, 1, 3, 6, 10, 15, 21, 28])
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    *_, last = find_outliers(circle, most=8, rank=2)
    first = next(finding for finding in last.findings if finding.position == 0)
    assert first.distance == pytest.approx(1 - np.cos(np.radians(3)), abs=1e-5)
    assert last.findings[0].position == 7
    small = list(find_outliers(circle, most=8, rank=20))[-1]
    assert small.p_values.tolist() == last.p_values.tolist()  # a third of seven others


def test_odd_ones_that_are_like_each_other_are_found():
    vectors, labels = examples()
    vectors[:10] = 0
    vectors[:10, 12] = 5 + np.arange(10) / 100
    vectors[:10, 13:] = np.random.default_rng(2).normal(0, 0.1, (10, 3))
    *_, last = find_outliers(vectors, labels, most=10)
    assert {finding.position for finding in last.findings} == set(range(10))


def test_shares_of_equal_scores_are_equal():
    assert rank_shares(np.array([3.0, 1.0, 3.0, 2.0])).tolist() == [0.5, 1.0, 0.5, 0.75]


def test_it_comes_in_steps(steps):
    shares = [step.share for step in steps[2]]
    assert shares == sorted(shares) and (shares[0], shares[-1]) == (0, 1) and len(shares) > 3
    assert all(step.p_values is None for step in steps[2][:-1])


def test_without_labels_it_is_the_distance_to_any(steps):
    vectors, _, _ = steps
    *_, last = find_outliers(vectors, most=5)
    assert {finding.position for finding in last.findings} == set(range(195, 200))
    assert all(finding.distance == finding.distance_to_all for finding in last.findings)


def test_an_example_alone_in_its_class_is_as_far_as_from_any(steps):
    vectors, labels, _ = steps
    labels = labels.copy()
    labels[0] = 7
    *_, last = find_outliers(vectors, labels, most=200)
    (alone,) = (finding for finding in last.findings if finding.position == 0)
    assert alone.distance == alone.distance_to_all


@pytest.mark.parametrize(
    ("vectors", "labels"),
    [
        (np.ones((1, 3)), None),
        (np.ones(3), None),
        (np.ones((3, 3)), np.zeros(2, int)),
        (np.full((3, 3), np.inf), None),
    ],
)
def test_what_does_not_fit_is_refused(vectors, labels):
    with pytest.raises(InvalidInputError, match=r"Expected .* Received: "):
        list(find_outliers(vectors, labels))
