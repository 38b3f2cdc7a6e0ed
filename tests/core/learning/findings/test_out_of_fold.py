"""Folds, and what classifiers say of a fold that they have not seen."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidInputError
from core.learning.findings.out_of_fold import (
    checked_examples,
    main_directions,
    predict_out_of_fold,
    stratified_folds,
)


@pytest.mark.parametrize("seed", range(3))
def test_every_class_and_all_together_are_spread_evenly(seed):
    labels = np.random.default_rng(seed).integers(0, 7, 303)
    folds = stratified_folds(labels, seed=seed)
    assert np.ptp(np.bincount(folds)) <= 1 and len(np.bincount(folds)) == 5
    for label in range(7):
        assert np.ptp(np.bincount(folds[labels == label], minlength=5)) <= 1


def test_another_seed_divides_otherwise_and_the_same_one_alike():
    labels = np.repeat([0, 1], 50)
    first, again, other = (stratified_folds(labels, seed=seed) for seed in (1, 1, 2))
    assert (first == again).all() and (first != other).any()


def test_a_group_is_in_one_fold():
    rng = np.random.default_rng(0)
    labels, groups = rng.integers(0, 3, 200), rng.integers(0, 60, 200)
    folds = stratified_folds(labels, groups=groups)
    assert all(len({*folds[groups == group]}) == 1 for group in np.unique(groups))
    assert {*folds} == {0, 1, 2, 3, 4}


def test_a_fold_is_predicted_by_what_was_learned_from_others():
    """Labels by chance: who has seen an example knows it, who has not is right half the time."""
    rng = np.random.default_rng(0)
    x, labels = rng.normal(0, 1, (200, 150)).astype(np.float32), np.arange(200) % 2
    said = np.full(200, np.nan)
    for held, probabilities in predict_out_of_fold(x, labels, 2, stratified_folds(labels), 100.0):
        assert np.isnan(said[held]).all()
        said[held] = probabilities[:, 1]
    accuracy = ((said > 0.5) == (labels == 1)).mean()
    assert 0.35 < accuracy < 0.65


def test_what_does_not_count_is_predicted_and_not_learned_from():
    rng = np.random.default_rng(0)
    labels = np.arange(200) % 2
    x = (3 * labels[:, None] + rng.normal(0, 1, (200, 5))).astype(np.float32)
    wrong = labels.copy()
    wrong[::4] = 1 - wrong[::4]
    counts = np.arange(200) % 4 != 0
    folds = stratified_folds(labels)
    rows = list(predict_out_of_fold(x, wrong, 2, folds, 1.0, weigh=counts))
    assert sorted(np.concatenate([held for held, _ in rows])) == list(range(200))
    right = sum((said.argmax(axis=1) == labels[held]).sum() for held, said in rows)
    assert right > 190


def test_with_one_class_to_learn_from_all_are_as_probable():
    labels = np.array([0, 0, 0, 1, 1])
    folds = np.array([0, 0, 0, 1, 1])
    rows = list(predict_out_of_fold(np.eye(5, dtype=np.float32), labels, 4, folds, 1.0))
    assert len(rows) == 2 and all((said == 0.25).all() for _, said in rows)


def test_main_directions_keep_what_a_classifier_learns():
    """Scaled columns and rotated axes: distances between standardised rows stay."""
    x = np.random.default_rng(0).normal(3, 5, (90, 40)).astype(np.float32)
    z = (x - x.mean(axis=0)) / x.std(axis=0) / np.sqrt(40)
    made = main_directions(x)
    np.testing.assert_allclose(
        np.linalg.norm(made[0] - made, axis=1), np.linalg.norm(z[0] - z, axis=1), rtol=1e-2
    )


def test_of_many_directions_the_main_ones_are_kept():
    rng = np.random.default_rng(0)
    spread = np.r_[np.full(20, 5.0), np.full(580, 0.1)]
    hidden = rng.normal(0, 1, (700, 600)) * spread
    x = (hidden @ np.linalg.qr(rng.normal(0, 1, (600, 600)))[0]).astype(np.float32)
    made = main_directions(x)
    assert made.shape == (700, 256)
    varied = made.var(axis=0)
    assert varied[:20].min() > 20 * varied[20:].max()


def test_networks_side_by_side_have_the_same_say():
    rng = np.random.default_rng(0)
    narrow, wide = rng.normal(0, 9, (100, 4)), rng.normal(0, 1, (100, 60))
    x = np.concatenate([narrow, wide], axis=1).astype(np.float32)
    total = (main_directions(x, (4, 60)) ** 2).sum()
    parts = [(main_directions(part.astype(np.float32)) ** 2).sum() for part in (narrow, wide)]
    assert parts == pytest.approx([total / 2] * 2, rel=0.01)


@pytest.mark.parametrize(
    ("vectors", "labels"),
    [
        (np.ones((4, 2)), [0, 0, 1]),
        (np.ones((4, 2)), [0, 0, 1, 2]),
        (np.ones((4, 2)), [0, 0, 1, -1]),
        (np.ones((4, 2)), [0.0, 0.0, 1.0, 1.0]),
        (np.full((4, 2), np.nan), [0, 0, 1, 1]),
        (np.ones((3, 2)), [0, 0, 1]),
        (np.ones(4), [0, 0, 1, 1]),
        (np.empty((0, 2)), np.empty(0, int)),
    ],
)
def test_what_does_not_fit_is_refused(vectors, labels):
    with pytest.raises(InvalidInputError, match=r"Expected .* Received: "):
        checked_examples(vectors, np.array(labels), 2)
