"""Which examples to label next."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidInputError
from core.learning.findings.labelling import choose_for_labelling


def groups(sizes=(200, 100, 50, 50), seed=0):
    rng = np.random.default_rng(seed)
    members = np.repeat(np.arange(len(sizes)), sizes)
    centres = np.eye(len(sizes), 12) * 8
    return (centres[members] + rng.normal(0, 1, (sum(sizes), 12))).astype(np.float32), members


def test_at_the_start_one_of_each_group_comes_the_typical_of_the_largest_first():
    vectors, members = groups()
    chosen = choose_for_labelling(vectors, 4)
    assert sorted(members[chosen]) == [0, 1, 2, 3] and members[chosen[:2]].tolist() == [0, 1]
    centres = np.stack([vectors[members == one].mean(axis=0) for one in range(4)])
    apart = np.linalg.norm(vectors - centres[members], axis=1)
    assert all(apart[i] < np.quantile(apart[members == members[i]], 0.5) for i in chosen)


def test_groups_that_have_a_label_come_later():
    vectors, members = groups()
    labelled = np.flatnonzero(members < 2)[[0, 50, 210]]
    chosen = choose_for_labelling(vectors, 2, labelled=labelled)
    assert {2, 3} & {*members[chosen].tolist()}
    assert not {*chosen.tolist()} & {*labelled.tolist()}


def test_with_a_classifier_uncertain_ones_of_different_kinds_come():
    vectors, members = groups()
    rng = np.random.default_rng(1)
    probabilities = np.tile([0.97, 0.01, 0.01, 0.01], (400, 1))
    unsure = np.concatenate([np.flatnonzero(members == one)[:30] for one in (0, 1, 2)])
    probabilities[unsure] = [0.4, 0.35, 0.15, 0.1]
    chosen = choose_for_labelling(
        vectors, 9, labelled=rng.permutation(unsure)[:3], probabilities=probabilities
    )
    assert {*chosen.tolist()} <= {*unsure.tolist()}
    assert {*members[chosen].tolist()} == {0, 1, 2}


@pytest.mark.parametrize("probabilities", [None, np.full((400, 2), 0.5)])
def test_as_many_come_as_are_wanted_each_once_without_a_label(probabilities):
    vectors, _ = groups()
    labelled = np.arange(0, 400, 3)
    for count in (1, 20, 200):
        chosen = choose_for_labelling(
            vectors, count, labelled=labelled, probabilities=probabilities
        )
        assert len({*chosen.tolist()}) == len(chosen) == count
        assert not np.isin(chosen, labelled).any()


def test_what_is_left_comes_where_it_is_less_than_wanted():
    vectors, _ = groups()
    chosen = choose_for_labelling(vectors, 20, labelled=np.arange(395))
    assert sorted(chosen) == list(range(395, 400))


@pytest.mark.parametrize("probabilities", [None, np.full((60, 2), 0.5)])
def test_equal_vectors_are_no_error(probabilities):
    chosen = choose_for_labelling(np.ones((60, 3)), 5, probabilities=probabilities)
    assert len({*chosen.tolist()}) == 5


def test_what_does_not_fit_is_refused():
    with pytest.raises(InvalidInputError, match="probabilities of 400"):
        choose_for_labelling(groups()[0], probabilities=np.ones((3, 2)))
    with pytest.raises(InvalidInputError, match="vectors in rows"):
        choose_for_labelling(np.empty((0, 3)))
