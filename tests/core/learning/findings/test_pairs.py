"""Pairs of near duplicates, of whatever kind."""

from __future__ import annotations

import numpy as np

from core.learning.findings.pairs import DuplicatePair, best_first, linked, moved_pairs

PAIRS = [DuplicatePair(0, 2, 0.9, 0.8), DuplicatePair(2, 5, 0.9, 1.0), DuplicatePair(3, 4, 1, 0.9)]


def test_examples_are_linked_through_others():
    groups = linked(PAIRS, 7)
    assert groups.dtype == np.int64
    assert groups[0] == groups[2] == groups[5] and groups[3] == groups[4]
    assert len(np.unique(groups)) == 4
    assert len(np.unique(linked([], 3))) == 3


def test_pairs_follow_the_examples_that_are_kept():
    kept = moved_pairs(PAIRS, np.array([0, 2, 3, 5]))
    assert [(pair.first, pair.second) for pair in kept] == [(0, 1), (1, 3)]


def test_those_that_overlap_best_come_first():
    assert [pair.overlap for pair in best_first(PAIRS)] == [1.0, 0.9, 0.8]
