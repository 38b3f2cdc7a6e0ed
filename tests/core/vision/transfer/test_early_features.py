"""Features that are computed while photos still come, and a training that finds them."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from core import engine
from core.engine import Predictor
from core.errors import WeightsUnavailableError
from core.learning.feature_cache import FeatureCache
from core.learning.training import split_of
from core.vision.transfer import TrainingSettings
from core.vision.transfer.early_features import EarlyFeatures
from core.vision.transfer.race import race
from core.vision.transfer.strategies import compute_features

SETTINGS = TrainingSettings(seed=5)


def wait_for(features: EarlyFeatures) -> None:
    ends = time.monotonic() + 60
    while features.waiting and features.error is None:
        assert time.monotonic() < ends
        time.sleep(0.01)


def without(dataset) -> int:
    """The position of a photo that is trained on."""
    return int(split_of(dataset, SETTINGS).train[0])


@pytest.fixture(scope="module")
def dataset(greys):
    return greys(6)


@pytest.fixture(scope="module")
def features(dataset) -> EarlyFeatures:
    """Of all photos but one that is trained on, each given twice."""
    early = EarlyFeatures()
    for photo in 2 * dataset.without([without(dataset)]).photos:
        early.add(photo.data)
    wait_for(early)
    return early


def test_features_are_those_of_a_training_and_each_is_computed_once(dataset, features):
    early, later = features.for_training(), FeatureCache()
    photos = [photo.data for photo in dataset.photos]
    network = engine.predictor(features.backbone)
    for _ in compute_features(network, dataset.digests, photos, later):
        pass
    assert len(early.vectors) == len(later.vectors) - 1
    for key, vector in early.vectors.items():
        np.testing.assert_allclose(later.vectors[key], vector, rtol=1e-4, atol=1e-5)


def test_a_training_computes_what_is_missing_alone_and_counts_the_rest(
    dataset, features, monkeypatch
):
    call, computed = Predictor.__call__, []

    def spy(self, images, *outputs):
        computed.extend(["photo"] * len(images) * (outputs == ("embedding",)))  # not of tests
        return call(self, images, *outputs)

    monkeypatch.setattr(Predictor, "__call__", spy)
    cache = features.for_training()
    spent = sum(cache.seconds.values())
    *_, last = race(dataset, [SETTINGS], cache=cache)
    assert len(computed) == 1
    features.add(dataset.photos[without(dataset)].data)
    assert features.waiting == 0  # the training has added it
    assert last.lanes[0].step.seconds > spent / 2 > 0
    *_, alone = race(dataset, [SETTINGS])
    np.testing.assert_allclose(last.lanes[0].probabilities, alone.lanes[0].probabilities, atol=1e-3)


def test_a_network_that_cannot_be_had_ends_the_waiting_with_a_reason(dataset, monkeypatch):
    def unavailable(name):
        raise WeightsUnavailableError("Expected weights. Received: none.")

    monkeypatch.setattr(engine, "predictor", unavailable)
    features = EarlyFeatures()
    features.add(dataset.photos[0].data)
    wait_for(features)
    assert isinstance(features.error, WeightsUnavailableError)
    assert features.waiting == 0
    monkeypatch.undo()
    features.add(dataset.photos[0].data)
    wait_for(features)
    assert features.error is None
    assert len(features.for_training().vectors) == 1


def test_what_still_waits_is_left_to_a_training(dataset, monkeypatch):
    is_free, open_network = threading.Event(), engine.predictor

    def slow(name):
        assert is_free.wait(30)
        return open_network(name)

    monkeypatch.setattr(engine, "predictor", slow)
    features = EarlyFeatures()
    for photo in dataset.photos:
        features.add(photo.data)
    assert features.waiting == len(dataset.photos)
    cache = features.for_training()
    is_free.set()
    wait_for(features)
    assert not cache.vectors
