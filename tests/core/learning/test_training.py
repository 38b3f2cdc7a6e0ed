"""How a data set is divided for a training."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pytest

from core.errors import InvalidInputError
from core.learning import datasets
from core.learning.training import BaseTrainingSettings, split_of
from core.text.transfer.dataset import TextDataset


@dataclass(frozen=True, slots=True, kw_only=True)
class FewSettings(BaseTrainingSettings):
    @property
    def most_per_class(self):
        return 4


@pytest.fixture(scope="module")
def dataset() -> TextDataset:
    """Twenty texts of each of two classes."""
    return TextDataset.from_classes(
        {label: [(f"{label}{i}", f"{label} {i}") for i in range(20)] for label in ("sea", "sky")}
    )


def test_the_parts_are_disjoint_complete_and_of_the_shares_asked_for(dataset):
    split = split_of(dataset, BaseTrainingSettings(test_share=0.25, validation_share=0.2))
    assert [len(part) for part in (split.train, split.validation, split.test)] == [24, 6, 10]
    assert sorted([*split.train_and_validation, *split.test]) == list(range(40))
    assert split.train_and_validation[:24].tolist() == split.train.tolist()
    for part in (split.train, split.validation, split.test):
        assert np.ptp(np.bincount(dataset.labels[part])) == 0


def test_a_validation_part_may_be_left_out(dataset):
    with_it = split_of(dataset, BaseTrainingSettings(validation_share=0.2))
    without = split_of(dataset, BaseTrainingSettings())
    assert len(without.validation) == 0
    np.testing.assert_array_equal(without.test, with_it.test)
    assert {*without.train} == {*with_it.train_and_validation}


def test_training_examples_can_be_bounded_and_nothing_else_changes(dataset):
    few, all_of_them = (
        split_of(dataset, kind(seed=2, validation_share=0.2))
        for kind in (FewSettings, BaseTrainingSettings)
    )
    assert np.bincount(dataset.labels[few.train]).tolist() == [4, 4]
    assert {*few.train} < {*all_of_them.train}
    np.testing.assert_array_equal(few.validation, all_of_them.validation)
    np.testing.assert_array_equal(few.test, all_of_them.test)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (BaseTrainingSettings(test_share=0.0), "Expected test_share between 0 and 1"),
        (BaseTrainingSettings(test_share=1.0), "Expected test_share between 0 and 1"),
        (BaseTrainingSettings(validation_share=0.0), "Expected validation_share between 0 and 1"),
    ],
)
def test_shares_out_of_bounds_are_refused(dataset, settings, message):
    with pytest.raises(InvalidInputError, match=message):
        split_of(dataset, settings)


def test_classes_with_too_few_examples_are_named(dataset):
    poor = dataset.without(range(2, 20))
    message = (
        "Expected at least three texts of each class: for training, for validation and for "
        "testing. Received: fewer of sea."
    )
    with pytest.raises(InvalidInputError, match=re.escape(message)):
        split_of(poor, BaseTrainingSettings(validation_share=0.2))


def test_folds_are_equal_and_of_every_class(dataset):
    folds = dataset.folds(4, seed=0)
    for fold in np.unique(folds):
        assert np.bincount(dataset.labels[folds == fold]).tolist() == [5, 5]
    assert len(np.unique(folds)) == 4


def test_there_are_no_more_folds_than_a_class_has_examples(dataset):
    assert len(np.unique(dataset.at([0, 1, 2, 20, 21]).folds(4, seed=0))) == 2
    assert not dataset.at([0, 1, 2, 20]).folds(4, seed=0).any()


def test_contents_are_ranked_once_for_all_corrections_and_parts(dataset, monkeypatch):
    ranked: list[bytes] = []
    rank = datasets._rank

    def counted(content: bytes, seed: int) -> bytes:
        ranked.append(content)
        return rank(content, seed)

    monkeypatch.setattr(datasets, "_rank", counted)
    settings = BaseTrainingSettings(validation_share=0.2, seed=5)
    fresh = dataset.at(range(40))
    split_of(fresh, settings)
    assert len(ranked) == 40
    corrected = fresh.relabelled({3: "sky"})
    again = split_of(corrected.without({7}), settings)
    assert len(ranked) == 40
    rebuilt = TextDataset(corrected.classes, corrected.members).without({7})
    expected = split_of(rebuilt, settings)
    assert len(ranked) > 40
    for part in ("train", "validation", "test"):
        np.testing.assert_array_equal(getattr(again, part), getattr(expected, part))
