"""Scores as if an example had not been learned from, beside those of whom has not."""

from __future__ import annotations

import numpy as np
import pytest

from core.learning.findings.left_out import LeftOutClassifier

COUNT, CLASSES = 60, 3


@pytest.fixture(scope="module")
def examples() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    labels = np.arange(COUNT) % CLASSES
    vectors = np.eye(CLASSES, 20)[labels] * 2 + rng.normal(0, 1, (COUNT, 20))
    return vectors.astype(np.float32), np.eye(CLASSES)[labels]


def scores_of(vectors, targets, **options):
    classifier = LeftOutClassifier(vectors, **options)
    shares = list(classifier.prepare())
    assert shares == sorted(shares) and shares[-1] == 1
    return classifier.scores(targets)


@pytest.mark.parametrize("size", [1, 4])
def test_what_an_example_is_said_to_be_does_not_depend_on_its_own_group(examples, size):
    vectors, targets = examples
    groups = np.arange(COUNT) // size
    before = scores_of(vectors, targets, groups=groups)
    changed = targets.copy()
    changed[:size] = np.roll(targets[:size], 1, axis=1)
    after = scores_of(vectors, changed, groups=groups)
    np.testing.assert_allclose(after[:size], before[:size], atol=2e-3)
    assert np.abs(after[size:] - before[size:]).max() > 0.01


def test_classes_are_told_apart(examples):
    vectors, targets = examples
    said = scores_of(vectors, targets).argmax(axis=1)
    assert (said == targets.argmax(axis=1)).mean() > 0.8


def test_labels_by_chance_are_not_known(examples):
    """Who had learned from an example would know its label."""
    vectors, _ = examples
    labels = np.random.default_rng(1).integers(0, CLASSES, COUNT)
    said = scores_of(vectors, np.eye(CLASSES)[labels]).argmax(axis=1)
    assert (said == labels).mean() < 0.55


def test_some_stand_for_many(examples, monkeypatch):
    vectors, targets = examples
    full = scores_of(vectors, targets)
    monkeypatch.setattr("core.learning.findings.left_out._LANDMARKS", 40)
    monkeypatch.setattr("core.learning.findings.left_out._LEAST_LANDMARKS", 1)
    some = scores_of(vectors, targets)
    assert np.abs(full - some).max() > 1e-6
    assert np.corrcoef(full.ravel(), some.ravel())[0, 1] > 0.9


def test_networks_side_by_side_have_the_same_say(examples):
    """However much larger the numbers of one are."""
    vectors, targets = examples
    louder = vectors * np.r_[np.ones(15), np.full(5, 50.0)].astype(np.float32)
    first, second = (scores_of(x, targets, widths=(15, 5)) for x in (vectors, louder))
    np.testing.assert_allclose(first, second, atol=1e-3)


def test_equal_vectors_say_what_is_frequent(examples):
    targets = examples[1]
    said = scores_of(np.ones((COUNT, 4), np.float32), targets)
    np.testing.assert_allclose(said, (targets.sum(axis=0) - targets) / (COUNT - 1), atol=1e-3)
