"""Labelling in rounds: what is asked, what is undone, and the accuracy by then."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidInputError
from core.learning.findings.label_rounds import SKIP, LabelRounds

CLASSES = 4


def blobs(each: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Vectors around a middle for each class, two of them close together."""
    rng = np.random.default_rng(seed)
    middles = np.random.default_rng(9).normal(0, 2.5, (CLASSES, 20))
    middles[1] = middles[0] + np.random.default_rng(8).normal(0, 0.35, 20)
    labels = np.repeat(np.arange(CLASSES), each)
    x = middles[labels] + rng.normal(0, 1, (len(labels), 20))
    order = rng.permutation(len(labels))
    return x[order].astype(np.float32), labels[order]


@pytest.fixture
def truth() -> np.ndarray:
    return blobs(60, 1)[1]


@pytest.fixture
def rounds() -> LabelRounds:
    vectors, labels = blobs(20, 0)
    return LabelRounds(vectors, labels, CLASSES, np.arange(60), blobs(60, 1)[0], batch=5)


def answer_batch(rounds: LabelRounds, truth: np.ndarray) -> None:
    while (position := rounds.asked) is not None:
        rounds.answer(position, int(truth[position]))


def test_it_asks_learns_and_asks_for_others(rounds, truth):
    assert rounds.is_due and rounds.asked is None
    first = rounds.learn()
    assert (first.answered, first.labels, first.total) == (0, 20, 60)
    assert len(first.batch) == 5 and rounds.asked == first.batch[0] and not rounds.is_due
    answer_batch(rounds, truth)
    assert rounds.is_due
    second = rounds.learn()
    assert (second.answered, second.labels) == (5, 25)
    assert not {*first.batch.tolist()} & {*second.batch.tolist()}
    low, high = second.interval
    assert low < second.accuracy < high


def test_more_labels_make_a_better_classifier(rounds, truth):
    for _ in range(12):
        rounds.learn()
        answer_batch(rounds, truth)
    assert rounds.learn().accuracy > rounds.rounds[0].accuracy + 0.05
    assert [one.labels for one in rounds.rounds] == list(range(20, 81, 5))


def test_what_is_asked_is_uncertain(rounds):
    first = rounds.learn()
    best = np.sort(first.probabilities, axis=1)
    margins = best[:, -1] - best[:, -2]
    assert margins[first.batch].mean() < margins.mean() / 2


def test_who_skips_is_not_asked_again_and_nothing_is_learned_from_it(rounds):
    first = rounds.learn()
    for position in first.batch.tolist():
        rounds.answer(position, SKIP)
    second = rounds.learn()
    assert (second.answered, second.labels) == (5, 20)
    assert rounds.labelled == {}
    assert not {*first.batch.tolist()} & {*second.batch.tolist()}


def test_answers_are_undone_across_batches(rounds, truth):
    first = rounds.learn()
    answer_batch(rounds, truth)
    rounds.learn()
    rounds.answer(rounds.asked, 0)
    assert rounds.undo() not in first.batch
    assert len(rounds.rounds) == 2
    assert rounds.undo() == first.batch[-1] == rounds.asked  # the training with it is forgotten
    assert rounds.rounds == (first,) and len(rounds.answers) == 4
    for _ in range(4):
        rounds.undo()
    assert rounds.undo() is None and rounds.rounds == (first,)


def test_it_ends_when_nothing_is_left(truth):
    vectors, labels = blobs(20, 0)
    rounds = LabelRounds(vectors, labels, CLASSES, np.arange(40), blobs(60, 1)[0][:7], batch=5)
    for size in (5, 2, 0):
        assert len(rounds.learn().batch) == size
        answer_batch(rounds, truth)
    assert rounds.asked is None and not rounds.is_due
    assert len(rounds.labelled) == 7


def test_the_same_answers_lead_to_the_same_questions(rounds, truth):
    vectors, labels = blobs(20, 0)
    again = LabelRounds(vectors, labels, CLASSES, np.arange(60), blobs(60, 1)[0], batch=5)
    for one in (rounds, again):
        one.learn()
        answer_batch(one, truth)
        one.learn()
    assert rounds.batch == again.batch


@pytest.mark.parametrize("wrong", ["pool", "held", "class", "position", "few"])
def test_what_does_not_fit_is_refused(rounds, wrong):
    vectors, labels = blobs(20, 0)
    pool, held = blobs(5, 1)[0], np.arange(60)
    with pytest.raises(InvalidInputError, match="Expected"):
        match wrong:
            case "pool":
                LabelRounds(vectors, labels, CLASSES, held, pool[:, :3])
            case "held":
                LabelRounds(vectors, labels, CLASSES, held[:0], pool)
            case "few":
                LabelRounds(vectors, labels, CLASSES, np.arange(1, 80), pool)
            case "class":
                rounds.answer(0, CLASSES)
            case "position":
                rounds.answer(240, 0)


def test_labels_that_are_mostly_of_one_class_hide_no_other():
    """As where one class is the hardest: a layer that is penalised too much says nothing else."""
    rng = np.random.default_rng(0)
    middles = rng.normal(0, 0.35, (10, 300))
    labels = np.repeat(np.arange(10), 12)
    vectors = (middles[labels] + rng.normal(0, 1, (120, 300))).astype(np.float32)
    pool = (middles[0] + rng.normal(0, 1, (60, 300))).astype(np.float32)
    rounds = LabelRounds(vectors, labels, 10, np.flatnonzero(np.arange(120) % 12 > 2), pool)
    before = rounds.learn().accuracy
    answer_batch(rounds, np.zeros(60, np.int64))
    assert before > 0.5
    assert rounds.learn().accuracy > before / 2
