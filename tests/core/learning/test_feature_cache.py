"""Features that are kept by content: what is missing, and what it took."""

from __future__ import annotations

import numpy as np

from core.errors import InvalidInputError
from core.learning.feature_cache import FeatureCache
from core.text.transfer.dataset import TextDataset

VECTORS = np.arange(6, dtype=np.float32).reshape(3, 2)


def test_what_is_there_is_not_missing_for_that_network_alone():
    cache = FeatureCache()
    assert cache.missing("a", ["x", "y", "x"]) == [0, 1]
    cache.add("a", ["x"], VECTORS[:1], 1.0)
    assert cache.missing("a", ["x", "y", "x"]) == [1]
    assert cache.missing("b", ["x", "y", "x"]) == [0, 1]
    cache.refuse("a", "y", InvalidInputError("It is damaged."))
    assert cache.missing("a", ["x", "y", "x"]) == []
    assert str(cache.refusals["a", "y"]) == "It is damaged."


def test_vectors_come_in_the_order_asked_for():
    cache = FeatureCache()
    cache.add("a", ["x", "y", "z"], VECTORS, 3.0)
    np.testing.assert_array_equal(cache.stack("a", ["z", "x", "z"]), VECTORS[[2, 0, 2]])


def test_the_time_it_took_counts_once_for_each_content():
    cache = FeatureCache()
    cache.add("a", ["x", "y", "z"], VECTORS, 3.0)
    assert cache.spent("a", ["x", "y", "x", "new"]) == 2.0


def test_another_data_set_gets_no_features_of_the_one_before():
    first = TextDataset.from_classes({"a": [("1", "one"), ("2", "two")]})
    second = TextDataset.from_classes({"a": [("1", "three"), ("2", "two")]})
    cache = FeatureCache()
    cache.add("net", first.digests, VECTORS[:2], 1.0)
    assert cache.missing("net", second.digests) == [0]
    np.testing.assert_array_equal(cache.stack("net", second.digests[1:]), VECTORS[1:2])
