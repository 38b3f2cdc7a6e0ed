"""A training on texts that was interrupted goes on from its last point."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.errors import InvalidInputError
from core.learning import penalty_search, resuming
from core.learning.feature_cache import FeatureCache
from core.learning.resuming import ResumePoint
from core.text import pieces
from core.text.transfer.dataset import TextDataset
from core.text.transfer.training import DocumentTrainingSettings, train

VECTORS = "features/all_minilm_l6_v2/vectors"
WORDS = DocumentTrainingSettings(evidence="words")


@pytest.fixture
def dataset(stories, word_counts, monkeypatch) -> TextDataset:
    """Eighty texts, embedded twenty at a time with a point after each."""
    monkeypatch.setattr(pieces, "_KEPT_AT_ONCE", 20)
    monkeypatch.setattr(resuming, "EVERY_S", 0.0)
    return TextDataset.from_classes(stories(40))


@pytest.fixture
def solved(monkeypatch) -> list[float]:
    """The penalties that were solved for to choose among them."""
    fit, penalties = penalty_search.fit, []

    def spy(x, labels, classes, inverse_penalty, scaling):
        penalties.append(inverse_penalty)
        return fit(x, labels, classes, inverse_penalty, scaling)

    monkeypatch.setattr(penalty_search, "fit", spy)
    return penalties


def stopped(dataset, settings=None, *, embedded=0, attempts=0) -> ResumePoint:
    """The point of a training that was interrupted with so much done, out of its file."""
    for step in train(dataset, settings):
        point = step.resume_point
        if point is None or len(step.attempts) < attempts:
            continue
        if len(point.arrays.get(VECTORS, ())) >= embedded:
            return ResumePoint.from_bytes(point.to_bytes())
    raise AssertionError("it was never that far")


def assert_same(one, other) -> None:
    np.testing.assert_array_equal(one.evaluation.probabilities, other.evaluation.probabilities)
    np.testing.assert_array_equal(one.model.meaning_weights, other.model.meaning_weights)
    np.testing.assert_array_equal(one.model.term_weights, other.model.term_weights)
    assert one.attempts == other.attempts


def test_texts_that_were_embedded_are_not_embedded_again(dataset, word_counts):
    *_, whole = train(dataset)
    point = stopped(dataset, embedded=40)
    assert len(point.arrays[VECTORS]) == 40
    word_counts.texts.clear()
    cache = FeatureCache()
    steps = list(train(dataset, None, cache, point))
    left = [text.text for text in dataset.texts[40:]]
    assert [text for text in word_counts.texts if text in left] == left
    assert len(word_counts.texts) == 41  # and one to see how wide a vector is
    assert len(cache.vectors) == 80
    assert_same(steps[-1], whole)
    assert steps[-1].resume_point is None
    numbers = [step.resume_point.number for step in steps[:-1]]
    assert numbers[0] == point.number < numbers[-1]
    assert {*np.diff(numbers)} <= {0, 1}


@pytest.mark.parametrize("evidence", ["both", "meaning", "words"])
def test_penalties_that_were_tried_are_not_tried_again(dataset, word_counts, solved, evidence):
    settings = DocumentTrainingSettings(evidence=evidence)
    *_, whole = train(dataset, settings)
    assert len(solved) == 5
    point = stopped(dataset, settings, attempts=3)
    solved.clear()
    first, *_, last = train(dataset, settings, resume=point)
    assert solved == [64.0, 256.0]
    assert len(first.attempts) == 3
    assert_same(last, whole)
    assert (VECTORS in point.arrays) == (evidence != "words")


def test_a_training_that_goes_on_twice_keeps_what_the_first_had(dataset, solved):
    point = stopped(dataset, attempts=3)
    steps = train(dataset, resume=point)
    second = next(s.resume_point for s in steps if s.resume_point.number > point.number)
    steps.close()
    solved.clear()
    list(train(dataset, resume=second))
    assert len(solved) == 2


def test_the_time_before_the_pause_counts_and_the_pause_does_not(dataset):
    point = stopped(dataset, WORDS, attempts=2)
    longer = replace(point, about={**point.about, "seconds": 5000.0})
    first, *_, last = train(dataset, WORDS, resume=longer)
    assert 5000 <= first.seconds < last.seconds < 5060


def test_a_point_of_another_training_is_refused(dataset):
    point = stopped(dataset, WORDS, attempts=2)
    with pytest.raises(InvalidInputError, match="the same settings"):
        next(train(dataset, DocumentTrainingSettings(), resume=point))
    with pytest.raises(InvalidInputError, match="the same texts"):
        next(train(dataset.without([3]), WORDS, resume=point))


ATTEMPT = {"inverse_penalty": 1.0, "loss": 0.5, "accuracy": 0.5}


@pytest.mark.parametrize(
    "attempts",
    [
        7,
        [7],
        [{**ATTEMPT, "inverse_penalty": 3.0}],
        [{**ATTEMPT, "loss": "low"}],
        [{**ATTEMPT, "loss": float("nan")}],
        [{**ATTEMPT, "more": 1}],
        [ATTEMPT] * 6,
    ],
)
def test_attempts_that_are_damaged_are_refused(dataset, attempts):
    point = stopped(dataset, WORDS, attempts=2)
    damaged = replace(point, about={**point.about, "attempts": attempts})
    with pytest.raises(InvalidInputError, match="damaged"):
        next(train(dataset, WORDS, resume=damaged))


def test_vectors_of_another_width_are_refused(dataset):
    point = stopped(dataset, embedded=20)
    arrays = {**point.arrays, VECTORS: point.arrays[VECTORS][:, 1:]}
    with pytest.raises(InvalidInputError, match="damaged"):
        next(train(dataset, resume=replace(point, arrays=arrays)))


@pytest.mark.slow
def test_a_training_goes_on_in_another_process(stories):
    from core import engine

    dataset, settings = TextDataset.from_classes(stories(40)), WORDS
    *_, whole = train(dataset, settings)
    running = engine.run_in_process(train, dataset, settings)
    point = next(s.resume_point for s in running if s is not None and s.resume_point is not None)
    running.close()
    *_, last = engine.run_in_process(
        train, dataset, settings, None, ResumePoint.from_bytes(point.to_bytes())
    )
    assert_same(last, whole)
