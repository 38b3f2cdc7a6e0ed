"""Nearest neighbours, a support vector machine and a forest on the features of a training."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from core.errors import InvalidInputError
from core.learning.feature_cache import FeatureCache
from core.vision.transfer import ImageDataset, TrainingSettings
from core.vision.transfer.learners import learn
from core.vision.transfer.training_run import split_of


@pytest.fixture(scope="module")
def dataset(greys) -> ImageDataset:
    return greys(12)


@pytest.fixture(scope="module")
def cache():
    return FeatureCache()


@pytest.fixture(scope="module")
def steps(dataset, cache):
    return list(learn(dataset, TrainingSettings(seed=1), cache))


def test_each_predicts_the_test_photos_of_a_training(dataset, steps):
    split = split_of(dataset, TrainingSettings(seed=1))
    titles = [each.title for each in steps[-1].learned]
    assert titles == ["k-nearest neighbours", "Support vector machine", "Random forest"]
    for each in steps[-1].learned:
        assert each.predictions.shape == split.test.shape
        assert (each.predictions == dataset.labels[split.test]).mean() > 0.5
    shares = [step.share for step in steps]
    assert shares == pytest.approx(sorted(shares))
    assert shares[-1] == pytest.approx(1)


def test_the_neighbours_are_those_of_scikit_learn_and_validation_counts_them(dataset, cache, steps):
    split = split_of(dataset, TrainingSettings(seed=1))
    x, held, test = (
        cache.stack("efficientnet_lite0", [dataset.digests[i] for i in part])
        for part in (split.train, split.validation, split.test)
    )
    labels = dataset.labels
    (own,) = (each for each in steps[-1].learned if "neighbour" in each.title)
    scores = {}
    for count in (1, 3, 5, 10, 20):
        if count <= len(x):
            peer = KNeighborsClassifier(count, metric="cosine", weights="distance")
            scores[count] = peer.fit(x, labels[split.train]).score(held, labels[split.validation])
    count = max(scores, key=scores.__getitem__)
    assert own.setting.startswith(f"{count} neighbour")
    assert own.validation_accuracy == scores[count]
    peer = KNeighborsClassifier(count, metric="cosine", weights="distance")
    np.testing.assert_array_equal(peer.fit(x, labels[split.train]).predict(test), own.predictions)


def test_a_network_without_a_feature_map_is_refused(dataset, tmp_path):
    with pytest.raises(InvalidInputError):
        list(learn(dataset, TrainingSettings(backbone=str(tmp_path))))
