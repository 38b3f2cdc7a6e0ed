"""What photos, texts and sounds share of quality findings."""

from __future__ import annotations

import numpy as np
import pytest

from core.learning.findings.quality import (
    FAR,
    QualityFinding,
    findings_where,
    in_order,
    robust_distances,
)


def test_distances_are_in_standard_deviations_of_most_of_the_values():
    values = np.random.default_rng(0).normal(10, 2, 2000)
    spoiled = np.r_[values, np.full(200, 1e6)]
    distances = robust_distances(spoiled)
    assert (distances[-200:] > 1000).all()
    assert np.std(distances[:2000]) == pytest.approx(1, abs=0.2)
    assert (np.abs(distances[:2000]) > FAR).mean() < 0.005


def test_a_value_that_differs_from_equal_ones_is_infinitely_far_unless_there_is_a_least_spread():
    values = np.array([4.0, 4, 4, 4, 5, 3])
    assert robust_distances(values).tolist() == [0, 0, 0, 0, np.inf, -np.inf]
    assert robust_distances(values, least_spread=0.5).tolist() == [0, 0, 0, 0, 2, -2]
    assert robust_distances(np.array([])).shape == (0,)


def test_findings_say_what_was_measured_and_the_most_frequent_come_first():
    values = np.array([0.1, 7.0, 9.0])
    long = findings_where(values > 5, "long", values, lambda value: f"{value:.0f} words")
    short = findings_where(values < 1, "short", values, lambda value: f"{value:.1f} words")
    assert in_order([*short, *long]) == (
        QualityFinding(1, "long", 7.0, "7 words"),
        QualityFinding(2, "long", 9.0, "9 words"),
        QualityFinding(0, "short", 0.1, "0.1 words"),
    )
