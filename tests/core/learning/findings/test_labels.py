"""Labels that look wrong: found, ranked, counted."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidInputError
from core.learning.findings.labels import find_wrong_labels, is_confidently_wrong

CLASSES = 4


def examples(count: int = 240, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % CLASSES
    centres = np.random.default_rng(9).normal(0, 1, (CLASSES, 16))
    return (2 * centres[labels] + rng.normal(0, 1, (count, 16))).astype(np.float32), labels


@pytest.fixture(scope="module")
def flipped() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vectors, labels of which twelve are wrong, and where these are."""
    vectors, labels = examples()
    places = np.random.default_rng(1).permutation(len(labels))[:12]
    labels[places] = (labels[places] + 1 + places % (CLASSES - 1)) % CLASSES
    return vectors, labels, places


@pytest.fixture(scope="module")
def steps(flipped):
    vectors, labels, _ = flipped
    return list(find_wrong_labels(vectors, labels, CLASSES))


def test_flipped_labels_have_the_lowest_quality(steps, flipped):
    worst = np.argsort(steps[-1].quality)[:12]
    assert len({*worst.tolist()} & {*flipped[2].tolist()}) >= 11


def test_as_many_are_found_as_were_flipped_with_the_true_class_and_neighbours(steps, flipped):
    _, labels, places = flipped
    last, true = steps[-1], examples()[1]
    assert len({*places.tolist()} & {finding.position for finding in last.findings}) >= 11
    assert len(last.findings) <= 16
    for finding in last.findings:
        assert finding.given == labels[finding.position] != finding.suggested
        assert finding.quality == last.quality[finding.position] < 0.5
        assert finding.neighbour_labels == tuple(labels[list(finding.neighbours)])
        assert len(finding.neighbours) == 5 and finding.position not in finding.neighbours
        if finding.position in places:
            assert finding.suggested == true[finding.position]
    qualities = [finding.quality for finding in last.findings]
    assert qualities == sorted(qualities)


def test_nothing_is_found_where_nothing_is_wrong():
    vectors, labels = examples(seed=3)
    *_, last = find_wrong_labels(vectors, labels, CLASSES)
    assert len(last.findings) <= 2
    assert np.median(last.quality) > 0.9


def test_it_comes_in_steps_and_the_share_rises(steps):
    shares = [step.share for step in steps]
    assert len(steps) > 4 and shares == sorted(shares) and (shares[0], shares[-1]) == (0, 1)
    assert all(step.quality is None and not step.findings for step in steps[:-1])


def test_a_copy_with_another_label_does_not_hide_what_is_wrong_if_the_group_is_known():
    """Each wrong example has nine copies with the same wrong label."""
    vectors, labels = examples()
    copied = np.repeat(np.arange(8), 9)
    groups = np.r_[np.arange(len(labels)), copied]
    vectors = np.concatenate([vectors, vectors[copied]])
    labels = np.r_[labels, labels[copied]]
    is_wrong = groups < 8
    labels[is_wrong] = (labels[is_wrong] + 1) % CLASSES
    qualities = [
        list(find_wrong_labels(vectors, labels, CLASSES, groups=g))[-1].quality[is_wrong].mean()
        for g in (None, groups)
    ]
    assert qualities[1] < qualities[0] - 0.1


def test_an_example_alone_in_its_class_is_not_accused():
    vectors, labels = examples(40)
    labels[5] = CLASSES
    *_, last = find_wrong_labels(vectors, labels, CLASSES + 1)
    assert last.quality[5] == 1 and 5 not in [finding.position for finding in last.findings]


def test_a_class_without_examples_is_never_suggested():
    vectors, labels = examples(80)
    *_, last = find_wrong_labels(vectors, labels, CLASSES + 1)
    assert (last.suggested < CLASSES).all() and (last.probabilities[:, CLASSES] == 0).all()


def test_the_same_seed_says_the_same(flipped):
    vectors, labels, _ = flipped
    first, second = (list(find_wrong_labels(vectors, labels, CLASSES))[-1] for _ in range(2))
    np.testing.assert_array_equal(first.quality, second.quality)


def test_confident_learning_counts_by_the_mean_of_each_class():
    """By hand. Thresholds are the means of each class's own column: 0.6 and 0.5."""
    labels = np.array([0, 0, 0, 1, 1, 1])
    own = np.array([0.9, 0.8, 0.1, 0.8, 0.45, 0.25])  # of class 0, then of class 1
    first = np.where(labels == 0, own, 1 - own)
    is_wrong = is_confidently_wrong(labels, np.stack([first, 1 - first], axis=1))
    # the third is in class 1 by 0.9, the last in class 0 by 0.75; the one before by 0.55 < 0.6
    assert is_wrong.tolist() == [False, False, True, False, False, True]


@pytest.mark.parametrize("labels", [np.zeros(8, int), np.arange(8)])
def test_too_few_examples_of_two_classes_are_refused(labels):
    with pytest.raises(InvalidInputError, match="at least two classes"):
        list(find_wrong_labels(np.ones((8, 3), np.float32), labels, 8))


def test_equal_vectors_are_no_error():
    labels = np.arange(20) % 2
    *_, last = find_wrong_labels(np.ones((20, 3), np.float32), labels, 2)
    assert np.isfinite(last.quality).all()
