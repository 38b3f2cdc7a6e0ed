"""Findings of some examples, by their positions among all."""

from __future__ import annotations

import numpy as np

from core.learning.findings.placing import placed_review, placed_rows
from core.learning.findings.review import review


def test_what_was_found_of_some_is_found_where_these_are():
    rng = np.random.default_rng(0)
    labels = np.arange(180) % 3
    vectors = (3 * np.eye(16)[labels] + rng.normal(0, 0.5, (180, 16))).astype(np.float32)
    labels[[6, 40, 77]] = (labels[[6, 40, 77]] + 1) % 3
    origin = np.sort(rng.permutation(200)[:180])
    *_, last = review(vectors, labels, 3)
    placed = placed_review(last, origin, 200)
    wrong = [one.position for one in last.labels.findings]
    assert [one.position for one in placed.labels.findings] == origin[wrong].tolist()
    for before, after in zip(last.outliers.findings, placed.outliers.findings, strict=True):
        assert after.position == origin[before.position]
        assert after.neighbours == tuple(origin[list(before.neighbours)])
    assert (placed.predictions[origin] == last.predictions).all()
    missing = np.setdiff1d(np.arange(200), origin)
    assert (placed.labels.quality[missing] == 1).all()
    assert (placed.outliers.p_values[missing] == 1).all()
    for before, after in zip(last.confused, placed.confused, strict=True):
        assert after.positions.tolist() == origin[before.positions].tolist()


def test_rows_are_put_where_they_belong():
    rows = placed_rows(np.ones((2, 3), np.float32), np.array([1, 3]), 4, 7)
    assert rows[:, 0].tolist() == [7, 1, 7, 1]
    assert rows.dtype == np.float32
