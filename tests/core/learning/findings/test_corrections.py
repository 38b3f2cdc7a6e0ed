"""A review follows corrections: what is left out goes, what is labelled otherwise is cleared."""

from __future__ import annotations

import numpy as np
import pytest

from core.learning.findings.corrections import corrected_review
from core.learning.findings.review import Review, review

CLASSES = 3


@pytest.fixture(scope="module")
def labels():
    """(240,) int64: eighty of each of three classes, four of which are wrong."""
    labels = np.repeat(np.arange(CLASSES), 80)
    labels[[0, 1, 100, 200]] = [1, 2, 0, 0]
    return labels


@pytest.fixture(scope="module")
def known(labels):
    generator = np.random.default_rng(0)
    centres = generator.normal(size=(CLASSES, 24)).repeat(80, axis=0)
    vectors = (centres + generator.normal(0, 0.5, (240, 24))).astype(np.float32)
    vectors[150:190] = generator.normal(0, 0.5, (40, 24))  # of two classes, between all of them
    *_, last = review(vectors, labels, CLASSES)
    return last


def test_without_corrections_all_stays(known, labels):
    same = corrected_review(known, labels, labels, CLASSES, np.arange(240))
    assert same.labels.findings == known.labels.findings
    np.testing.assert_allclose(same.labels.quality, known.labels.quality)
    np.testing.assert_array_equal(same.labels.suggested, known.labels.suggested)
    assert same.outliers.findings == known.outliers.findings
    assert same.confused == known.confused


def test_a_corrected_label_is_no_finding_any_more_and_the_others_are_where_they_belong(
    known, labels
):
    assert {0, 1, 100, 200} <= {each.position for each in known.labels.findings}
    origin = np.delete(np.arange(240), [1, 5])
    now = labels.copy()
    now[100] = 1
    after = corrected_review(known, labels, now[origin], CLASSES, origin)
    named = {int(origin[each.position]) for each in after.labels.findings}
    assert named == {each.position for each in known.labels.findings} - {1, 5, 100}
    assert after.labels.quality[origin == 100] > 0.5 > known.labels.quality[100]
    by_place = {each.position: each for each in known.labels.findings}
    for each in after.labels.findings:
        near = [i for i in by_place[int(origin[each.position])].neighbours if i not in (1, 5)]
        assert origin[list(each.neighbours)].tolist() == near
        assert now[origin][list(each.neighbours)].tolist() == list(each.neighbour_labels)
    odd = {int(origin[each.position]) for each in after.outliers.findings}
    assert odd == {each.position for each in known.outliers.findings} - {1, 5, 100}
    assert after.outliers.p_values[origin == 100] == 1 and len(after.outliers.p_values) == 238
    assert sum(pair.confused for pair in after.confused) < sum(
        pair.confused for pair in known.confused
    )


def test_a_weak_group_whose_labels_are_corrected_goes(labels):
    from core.learning.findings.groups import WeakGroup
    from core.learning.findings.labels import LabelsStep

    probabilities = np.eye(CLASSES)[np.where(np.arange(240) < 20, 2, labels)]
    weak = WeakGroup(np.arange(30), 10, 1 / 3, (0.2, 0.5), 1.0, 0.001)
    known = Review("done", 1.0, LabelsStep(1.0, probabilities=probabilities), weak=(weak,))
    origin = np.arange(2, 240)
    (still,) = corrected_review(known, labels, labels[2:], CLASSES, origin).weak
    assert (still.positions.tolist(), still.correct) == (list(range(28)), 10)
    now = probabilities.argmax(axis=1)
    assert corrected_review(known, labels, now[2:], CLASSES, origin).weak == ()


def test_what_is_not_known_yet_stays_unknown(labels):
    early = Review("labels", 0.3)
    assert corrected_review(early, labels, labels[1:], CLASSES, np.arange(1, 240)) == early
