"""A first look at texts: what each step brings, and that corrections are followed."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidInputError
from core.learning.feature_cache import FeatureCache
from core.text import pieces
from core.text.duplicates import overlap, shingles
from core.text.exploration import explore
from core.text.transfer.dataset import TextDataset

FILMS = "The film of {} was shown in {}, and critics praised its actors, its music and its camera."
SPACE = "The rocket to {} was launched in {}, and its engine burned until it reached the orbit."
PLACES = ("Mars", "Rome", "Oslo", "Lima", "Bern", "Kyiv", "Cairo", "Perth", "Quito", "Seoul")


@pytest.fixture(scope="module")
def dataset() -> TextDataset:
    """Ten texts on films, ten on rockets, one of each in the other's class; a copy at the end."""
    films = [FILMS.format(place, 1950 + 7 * i) for i, place in enumerate(PLACES)]
    space = [SPACE.format(place, 1960 + 3 * i) for i, place in enumerate(PLACES)]
    first, second = [*films[:9], space[9]], [*space[:9], films[9], "Well.", space[0]]
    return TextDataset.from_classes(
        {
            name: [(f"{name}{i}.txt", text) for i, text in enumerate(texts)]
            for name, texts in (("films", first), ("space", second))
        }
    )


@pytest.fixture(scope="module")
def steps(dataset):
    return list(explore(dataset, seed=1))


def test_the_stages_come_in_order_and_what_is_known_stays_known(steps):
    order = ["texts", "embeddings", "duplicates", "review", "map", "done"]
    assert list(dict.fromkeys(step.stage for step in steps)) == order
    for name in ("lengths", "quality", "vectors", "duplicates", "review", "positions"):
        known = [getattr(step, name) is not None for step in steps]
        assert known == sorted(known) and known[-1] and not known[0]
    assert steps[0].counts == {"films": 10, "space": 12}


def test_what_is_wrong_is_found(steps):
    last = steps[-1]
    assert last.copies == 1
    assert (10, 21, 1.0) in [(p.first, p.second, p.overlap) for p in last.duplicates]
    assert [(last.names[one.position], one.issue) for one in last.quality] == [
        ("space10.txt", "very short")
    ]
    assert last.lengths[20] == 1
    assert last.review.stage == "done" and last.positions.shape == (22, 2)


def test_what_a_training_has_embedded_is_not_embedded_again(dataset, monkeypatch):
    cache = FeatureCache()
    *_, last = explore(dataset, cache=cache)
    assert cache.missing(last.encoder, dataset.digests) == []
    monkeypatch.setattr(pieces, "embed_steps", None)
    *_, again = explore(dataset, cache=cache)
    np.testing.assert_array_equal(again.vectors, last.vectors)


def test_runs_of_words_tell_quotations_from_likeness():
    text = " ".join(f"word{i}" for i in range(60))
    assert overlap(shingles(text), shingles(f"As they wrote: {text} I agree.")) == 1
    assert overlap(shingles(text), shingles(" ".join(reversed(text.split())))) == 0
    long = " ".join(str(i) for i in range(9_000))
    assert overlap(shingles(long), shingles(f"{long} and more")) > 0.95
    assert overlap(shingles("Thanks"), shingles("thanks!")) == 1


def test_no_texts_at_all_are_refused(dataset):
    with pytest.raises(InvalidInputError, match="at least one text"):
        next(explore(dataset.at([])))
