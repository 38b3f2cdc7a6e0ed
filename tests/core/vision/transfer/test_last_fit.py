"""Training once more on all photos, for use."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.errors import InvalidInputError
from core.learning.card import LAST_FIT, ModelCard
from core.vision.transfer import ImageDataset, TrainingSettings, evaluated, train
from core.vision.transfer.training import train_on_all


@pytest.fixture(scope="module")
def dataset(greys) -> ImageDataset:
    return greys(10)


def on_all(dataset, step):
    *_, last = train_on_all(dataset, step.settings, step.epochs, step.card)
    return last


@pytest.fixture(scope="module")
def measured(dataset):
    *_, last = train(dataset, TrainingSettings(seed=2))
    return evaluated(dataset, last)[0]


@pytest.fixture(scope="module")
def last(dataset, measured):
    return on_all(dataset, measured)


def test_the_test_photos_are_learned_too(dataset, measured, last):
    assert len(measured.split.train) < len(last.split.train) == len(dataset.photos)
    peer = TrainingSettings(seed=2, test_share=0.1)  # most of the photos, not all
    *_, other = train(dataset, peer)
    kernel = last.best.weights["predictions"][0]
    assert not np.allclose(kernel, measured.best.weights["predictions"][0])
    assert not np.allclose(kernel, other.best.weights["predictions"][0])


def test_it_ends_where_the_training_before_was_best_and_is_as_sure(measured, last):
    kept = [epoch for epoch in measured.epochs if epoch.is_kept][-1]
    assert last.epochs[-1].number <= kept.number  # or its solution, which may take fewer
    assert {epoch.temperature for epoch in last.epochs} == {kept.temperature}


def test_its_card_has_the_figures_of_before_and_says_so(dataset, measured, last):
    assert last.card.figures == measured.card.figures
    assert f"all {len(dataset.photos)} photos" in last.card.training[LAST_FIT]
    text = ModelCard.from_json(last.card.to_json()).to_markdown()
    assert "the test photos too" in text
    assert "On photos that were not used in training" not in text
    assert "On photos that were not used in training" in measured.card.to_markdown()


def test_what_ended_as_its_frozen_features_does_so_again(dataset, measured):
    stages = [*measured.epochs, replace(measured.epochs[-1], stage=1, is_kept=False)]
    settings = replace(measured.settings, strategy="fine_tune")
    *_, ended = train_on_all(dataset, settings, stages, measured.card)
    assert {epoch.stage for epoch in ended.epochs} == {0}


def test_a_training_without_a_best_epoch_is_refused(dataset, measured):
    epochs = [replace(epoch, is_kept=False) for epoch in measured.epochs]
    with pytest.raises(InvalidInputError, match="earlier version"):
        list(train_on_all(dataset, measured.settings, epochs, measured.card))


@pytest.mark.slow  # a network in Keras learns twice
def test_a_fine_tuned_network_learns_as_many_epochs_as_before(dataset):
    settings = TrainingSettings(strategy="fine_tune", epochs=2, seed=2)
    *_, step = train(dataset, settings)
    tuned = [epoch for epoch in step.epochs if epoch.stage == 1]
    again = on_all(dataset, step)
    kept = [epoch for epoch in tuned if epoch.is_kept]
    if kept:
        assert sum(epoch.stage == 1 for epoch in again.epochs) == tuned.index(kept[-1]) + 1
    else:
        assert {epoch.stage for epoch in again.epochs} == {0}
