"""Where data sets are in the four quadrants, what is advised there, and whether it held."""

from __future__ import annotations

import numpy as np
import pytest

from core import engine
from core.engine import Predictor
from core.errors import InvalidInputError
from core.learning.feature_cache import FeatureCache
from core.learning.metrics import evaluate
from core.vision.transfer import ImageDataset, TrainingSettings
from core.vision.transfer.advice import (
    LESSON,
    MOST_PHOTOS,
    advise,
    frozen_accuracy_of,
    look_at,
    outcome,
    sample,
    similarity_of,
)
from core.vision.transfer.advice_record import Reference, Rule, recorded, write_record
from core.vision.transfer.race import race

RULE = Rule(many_from=100, similar_from=0.5, enough=0.95, strategies=LESSON)


@pytest.fixture(scope="module")
def dataset(greys) -> ImageDataset:
    """Twelve noisy pictures of each of two greys."""
    return greys(12)


@pytest.fixture(scope="module")
def last(dataset):
    *_, step = advise(dataset)
    return step


@pytest.mark.parametrize(
    ("per_class", "similarity", "quadrant"),
    [
        (99, 0.5, "few, similar"),
        (99, 0.49, "few, different"),
        (100, 0.5, "many, similar"),
        (100, 0.49, "many, different"),
    ],
)
def test_a_data_set_is_in_one_of_four_quadrants(per_class, similarity, quadrant):
    assert RULE.quadrant(per_class, similarity) == quadrant
    assert RULE.strategy(per_class, similarity, None) == LESSON[quadrant]
    assert RULE.strategy(per_class, similarity, 0.94) == LESSON[quadrant]
    assert RULE.strategy(per_class, similarity, 0.95) == "features"


def test_cross_validation_says_what_frozen_features_reach(dataset):
    far = dataset.labels[:, None] * 10 + np.random.default_rng(0).normal(size=(24, 8))
    assert frozen_accuracy_of(dataset, far.astype(np.float32)) == 1
    noise = np.random.default_rng(1).normal(size=(24, 8)).astype(np.float32)
    assert frozen_accuracy_of(dataset, noise) < 0.8
    one_each = dataset.at([0, 12])
    assert frozen_accuracy_of(one_each, noise[:2]) is None


def test_the_sample_is_the_same_in_any_order_and_of_all_classes_alike(dataset):
    photos = len(dataset.photos)
    order = np.random.default_rng(0).permutation(photos)
    shuffled = dataset.at(order)
    assert [dataset.digests[i] for i in sample(dataset)] == [
        shuffled.digests[i] for i in sample(shuffled)
    ]
    many = dataset.at(np.arange(photos).repeat(20))
    chosen = sample(many)
    assert len(chosen) == len({*chosen}) == MOST_PHOTOS
    assert np.bincount(many.labels[chosen]).tolist() == [MOST_PHOTOS // 2] * 2


def test_photos_of_the_reference_have_the_similarity_1_and_others_less():
    reference = Reference(backbone="efficientnet_lite0", photos=700, confidence=0.8, alignment=0.4)
    same = similarity_of(np.full(9, 0.8), np.full(9, 0.4), reference)
    assert same.value == pytest.approx(1) and same.photos == 9
    surer = similarity_of(np.full(9, 1.0), np.full(9, 0.5), reference)
    assert surer.value == 1
    other = similarity_of(np.array([0.1, 0.3]), np.array([0.05, 0.15]), reference)
    assert other.value == pytest.approx(0.25)
    assert (other.confidence, other.alignment) == (pytest.approx(0.2), pytest.approx(0.1))
    assert similarity_of(np.full(9, 0.1), np.full(9, -0.2), reference).value == 0


def test_a_photo_is_looked_at_as_the_classifier_does(images):
    network = engine.predictor("efficientnet_lite0")
    confidences, alignments, features = look_at(network, images)
    scores, embedding = network(images, "scores", "embedding")
    np.testing.assert_array_equal(features, embedding)
    np.testing.assert_array_equal(confidences, scores.max(axis=1))
    kernel = network.head_kernel
    direct = [
        max(row @ kernel[:, k] / np.linalg.norm(kernel[:, k]) for k in range(kernel.shape[1]))
        / np.linalg.norm(row)
        for row in features
    ]
    np.testing.assert_allclose(alignments, direct, rtol=1e-4)
    assert alignments[0] > 1.5 * alignments[2]  # a cat, and noise


def test_advice_is_the_same_each_time_and_says_what_it_is_of(dataset, last):
    *_, again = advise(dataset)
    assert again.advice == last.advice
    advice, rule = last.advice, recorded().rule
    assert advice.photos_per_class == 12 and advice.similarity.photos == last.done == 24
    assert advice.quadrant == rule.quadrant(12, advice.similarity.value)
    assert advice.frozen_accuracy == 1 and advice.strategy == "features"
    assert "separate the classes" in advice.reason
    assert all(
        rule.quadrant(trial.photos_per_class, trial.similarity) == advice.quadrant
        for trial in advice.trials
    )


def test_grey_noise_is_less_similar_to_imagenet_than_a_photo(last):
    assert last.advice.similarity.value < 0.5


def test_nothing_can_be_said_of_no_photos(dataset):
    with pytest.raises(InvalidInputError, match="at least one photo"):
        next(advise(dataset.at([])))


def test_a_race_does_not_compute_the_features_again(dataset, last, monkeypatch):
    call, asked = Predictor.__call__, []

    def spy(self, images, *outputs):
        if "embedding" in outputs and self.name == "efficientnet_lite0":
            asked.append(len(images))
        return call(self, images, *outputs)

    monkeypatch.setattr(Predictor, "__call__", spy)
    before = len(last.cache.vectors)
    (*_, step) = race(dataset, [TrainingSettings()], cache=last.cache.copy())
    assert step.lanes[0].evaluation is not None and asked == []
    assert len(last.cache.vectors) == before
    (*_, alone) = race(dataset, [TrainingSettings()])
    assert sum(asked) == len(alone.lanes[0].step.split.train_and_validation)
    np.testing.assert_allclose(step.lanes[0].probabilities, alone.lanes[0].probabilities, atol=1e-3)


def test_a_copy_of_the_cache_leaves_the_first_as_it_is():
    cache = FeatureCache()
    other = cache.copy()
    other.add("network", ["digest"], [np.zeros(3, np.float32)], 1.0)
    assert not cache.vectors and not cache.seconds and other.spent("network", ["digest"]) == 1.0


def evaluation(wrong: int, photos: int = 400):
    """Of a classifier that gets the first so many photos wrong."""
    labels = np.arange(photos) % 2
    predicted = labels.copy()
    predicted[:wrong] = 1 - predicted[:wrong]
    return evaluate(labels, np.eye(2)[predicted], ("a", "b"))


@pytest.mark.parametrize(
    ("wrong", "photos", "verdict"),
    [(0, 400, "held"), (4, 400, "held"), (40, 400, "failed"), (2, 40, "unclear")],
)
def test_advice_held_failed_or_the_test_part_is_too_small(wrong, photos, verdict):
    tested = {
        "features": evaluation(wrong, photos),
        "fine_tune": evaluation(0, photos),
        "scratch": evaluation(photos // 2, photos),
    }
    compared = outcome("features", tested)
    assert (compared.best, compared.verdict) == ("fine_tune", verdict)
    assert compared.comparison.difference == pytest.approx(-wrong / photos)
    assert outcome("fine_tune", tested).best == "features"


def test_without_another_strategy_nothing_is_said_of_the_advice():
    alone = {"features": evaluation(0)}
    assert outcome("features", alone) is None
    assert outcome("fine_tune", alone) is None


def test_a_record_comes_back_as_it_was_written(tmp_path, monkeypatch):
    record = recorded()
    monkeypatch.setenv("GRAFT_ASSETS", str(tmp_path))
    write_record(record)
    assert recorded() == record
