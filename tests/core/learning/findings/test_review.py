"""All findings of a data set together, step by step."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidInputError
from core.learning.findings.review import review

CLASSES = 3


@pytest.fixture(scope="module")
def planted():
    """Three classes; labels of which some are wrong, and vectors of which the last is far away."""
    rng = np.random.default_rng(0)
    labels = np.arange(150) % CLASSES
    vectors = (3 * np.eye(16)[labels] + rng.normal(0, 0.5, (150, 16))).astype(np.float32)
    vectors[-1] = 3 * np.eye(16)[-1]
    wrong = np.array([6, 40, 77])
    labels[wrong] = (labels[wrong] + 1) % CLASSES
    return vectors, labels, wrong


def test_each_kind_of_finding_comes_in_turn_and_stays(planted):
    vectors, labels, wrong = planted
    steps = list(review(vectors, labels, CLASSES))
    shares = [step.share for step in steps]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1], steps[-1].stage) == (0, 1, "done")
    known = [
        sum(part is not None for part in (step.labels, step.outliers, step.confused, step.weak))
        for step in steps
    ]
    assert known == sorted(known)
    assert known[-1] == 4
    last = steps[-1]
    assert {*wrong.tolist()} <= {finding.position for finding in last.labels.findings}
    oddest = {finding.position for finding in last.outliers.findings[:4]}
    assert oddest == {*wrong.tolist(), len(labels) - 1}  # wrong labels are odd in their class, too
    assert (last.predictions[wrong] != labels[wrong]).all()
    assert last.confused
    assert all(pair.are_told_apart for pair in last.confused)


def test_of_one_class_the_odd_ones_are_found_and_nothing_is_said_of_labels(planted):
    vectors, labels, _ = planted
    *_, last = review(vectors[labels == 0], np.zeros((labels == 0).sum(), np.int64), 1)
    assert (last.labels.findings, last.confused, last.weak) == ((), (), ())
    assert last.predictions is None
    assert last.outliers.findings


def test_examples_that_do_not_fit_are_refused(planted):
    vectors, labels, _ = planted
    with pytest.raises(InvalidInputError, match="label for each"):
        list(review(vectors, labels[:10], CLASSES))


def test_a_class_of_near_duplicates_is_not_called_confused():
    """Left out together, there is nothing to know the class by."""
    rng = np.random.default_rng(0)
    labels = np.arange(60) % CLASSES
    vectors = (3 * np.eye(16)[labels] + rng.normal(0, 0.2, (60, 16))).astype(np.float32)
    groups = np.where(labels == 2, 1000, np.arange(60))
    *_, last = review(vectors, labels, CLASSES, groups=groups)
    assert (last.predictions == labels).all()
    assert last.confused == ()
    assert (last.labels.quality[labels == 2] == 1).all()
