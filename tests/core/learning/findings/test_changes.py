"""What is new between two sets of examples."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidInputError
from core.learning.feature_cache import FeatureCache
from core.learning.findings.changes import find_changes, noticeable
from core.learning.findings.drift import find_drift
from core.learning.new_labels import with_new
from core.text.transfer.dataset import TextDataset

NETWORK = "made up"


def embed(dataset, network, cache):
    """Vectors that only their text decides: words "far" are elsewhere, "bad" can't be used."""
    for text, digest in zip(dataset.texts, dataset.digests, strict=True):
        rng = np.random.default_rng(int(digest, 16) % 2**32)
        vector = rng.normal(0, 1, 12).astype(np.float32)
        vector[0] += 4 * ("far" in text.text)
        if "bad" in text.text:
            cache.refuse(network, digest, InvalidInputError("It is bad."))
        else:
            cache.add(network, [digest], [vector], 0.0)
        yield 0.5


def texts(counts: dict[str, int], word: str = "near", start: int = 0) -> TextDataset:
    return TextDataset.from_classes(
        {
            name: [(f"{name} {i}", f"{word} {name} {i}") for i in range(start, start + count)]
            for name, count in counts.items()
        }
    )


def last_of(first, second):
    *_, last = find_changes(first, second, NETWORK, embed)
    assert (last.stage, last.share) == ("done", 1.0)
    return last


def test_a_new_set_that_is_elsewhere_is_noticed():
    last = last_of(texts({"a": 30, "b": 30}), texts({"a": 20, "b": 20}, "far"))
    assert last.is_different and last.difference.auroc > 0.9
    assert (last.sizes, last.same, last.is_version) == ((60, 40), 0, False)
    first, second = last.unlike
    assert len(first) == len(second) == 20
    assert second.max() < 40 and len(last.added) == 40 and len(last.removed) == 60


def test_a_new_set_that_is_alike_is_not():
    last = last_of(texts({"a": 30, "b": 30}), texts({"a": 20, "b": 20}, start=100))
    assert last.is_different is False
    assert 0.5 < last.noticeable < 0.7


def test_of_a_version_what_was_added_is_compared():
    first = texts({"a": 30, "b": 30})
    kept = {"a": [(f"a {i}", f"near a {i}") for i in range(25)]}
    kept["b"] = [(f"b {i}", f"near b {i}") for i in range(30)] + [("a 25", "near a 25")]
    kept["a"] += [(f"new {i}", f"far {i}") for i in range(22)]
    last = last_of(first, TextDataset.from_classes(kept))
    assert last.is_version and last.same == 56
    assert (len(last.added), len(last.removed)) == (22, 4)
    assert [len(part) for part in last.compared] == [60, 22]
    assert last.is_different
    assert {*last.unlike[1].tolist()} <= {*last.added.tolist()}
    ((before, after),) = last.relabelled.tolist()
    assert first.texts[before].text == "near a 25" and after == 77


def test_too_few_are_not_compared_and_no_verdict_is_given():
    last = last_of(texts({"a": 30, "b": 30}), texts({"a": 10, "b": 9}, "far"))
    assert last.difference is None and last.is_different is None
    assert last.noticeable is last.auroc is last.p_value is None
    assert [len(part) for part in last.unlike] == [0, 0]


def test_every_example_has_a_row():
    first, second = texts({"a": 30, "b": 30}), texts({"a": 10, "b": 9}, "far")
    last = last_of(first, with_new(first, [("a", text) for text in second.texts]))
    rows = last.rows()
    assert {len(column) for column in rows.values()} == {60 + 79}
    assert [rows["set"].count(one) for one in ("first", "second")] == [60, 79]
    assert [rows["change"].count(one) for one in ("same", "added", "removed")] == [120, 19, 0]
    assert rows["unlike"] == [None] * 139
    compared = last_of(first, texts({"a": 20, "b": 20}, "far")).rows()
    assert 0.5 < np.mean(compared["unlike"]) <= 1
    assert compared["change"] == ["removed"] * 60 + ["added"] * 40


def test_what_the_network_cannot_take_is_listed():
    bad = TextDataset.from_classes(
        {"a": [("broken", "bad"), *((f"{i}", f"x {i}") for i in range(30))]}
    )
    last = last_of(texts({"a": 30, "b": 30}), bad)
    assert [(file.name, file.reason) for file in last.skipped] == [("broken", "It is bad.")]
    assert 0 not in last.compared[1]


def test_class_shares_are_compared_where_the_classes_are_the_same():
    last = last_of(texts({"a": 40, "b": 40, "c": 20}), texts({"a": 80, "b": 15, "c": 20}, "x"))
    first = last.classes[0]
    assert (first.name, first.first, first.second, first.first_share) == ("a", 40, 80, 0.4)
    assert first.p_value < 0.01
    assert next(one for one in last.classes if one.name == "c").p_value > 0.5
    assert last_of(texts({"a": 30, "b": 30}), texts({"x": 30, "a": 30}, "x")).classes == ()


def test_cached_vectors_are_not_computed_again():
    cache = FeatureCache()
    first, second = texts({"a": 30, "b": 30}), texts({"a": 30}, "far")
    list(find_changes(first, second, NETWORK, embed, cache=cache))
    steps = list(find_changes(first, second, NETWORK, lambda *_: iter(()), cache=cache))
    assert steps[-1].is_different
    shares = [step.share for step in steps]
    assert shares == sorted(shares)


@pytest.mark.parametrize("sizes", [(100, 100), (200, 60)])
def test_what_could_be_noticed_is_about_what_is(sizes):
    """One direction is shifted so that a perfect classifier has the AUROC that is promised."""
    from scipy.stats import norm

    shift = norm.ppf(noticeable(*sizes)) * 2**0.5
    found = 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        first, second = (rng.normal(0, 1, (size, 3)).astype(np.float32) for size in sizes)
        second[:, 0] += shift
        *_, last = find_drift(first, second, permutations=99, seed=seed)
        found += last.p_value < 0.05
    assert 4 <= found <= 10
