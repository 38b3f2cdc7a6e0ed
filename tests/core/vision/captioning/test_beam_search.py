"""Beam search over a toy alphabet whose probabilities are known."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from core.errors import InvalidInputError
from core.vision.captioning.beam_search import beam_search

END, A, B = range(3)
BEGIN = 3
# after BEGIN, A and B: how probable END, A and B are
TABLE = {
    BEGIN: (0.1, 0.5, 0.4),
    A: (0.2, 0.4, 0.4),
    B: (0.9, 0.05, 0.05),
}


class Toy:
    """A model that remembers what was said, and counts how often it is asked."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def __call__(self, states, words):
        self.batches.append(len(words))
        logs = np.log([TABLE[word] for word in words.tolist()])
        said = np.concatenate([states["said"], words[:, None]], axis=1)
        return logs, {"said": said}


def search(width, longest=4, model=None, **settings):
    return beam_search(
        model or Toy(),
        {"said": np.zeros((1, 0), int)},
        begin=BEGIN,
        end=END,
        width=width,
        longest=longest,
        **settings,
    )


def log_probability(words):
    before = (BEGIN, *words)
    return sum(np.log(TABLE[a][b]) for a, b in itertools.pairwise(before))


def greedy(longest):
    words, last = [], BEGIN
    while len(words) < longest and last != END:
        last = int(np.argmax(TABLE[last]))
        words.append(last)
    return tuple(words)


@pytest.mark.parametrize("longest", [1, 2, 3, 4, 9])
def test_a_beam_of_one_is_greedy(longest):
    (found,) = search(1, longest).hypotheses
    assert found.words == greedy(longest)
    assert found.log_probability == pytest.approx(log_probability(found.words))


def test_a_beam_as_wide_as_the_alphabet_finds_the_most_probable_sequence():
    sequences = [(*middle, END) for n in range(4) for middle in itertools.product((A, B), repeat=n)]
    best = max(sequences, key=log_probability)
    assert search(8, length_penalty=0).hypotheses[0].words == best == (B, END)
    assert greedy(4) != best


def test_every_hypothesis_has_the_probability_of_its_words():
    found = search(5).hypotheses
    assert len(found) == 5
    assert len({one.words for one in found}) == 5
    for one in found:
        assert one.log_probability == pytest.approx(log_probability(one.words))
        assert one.is_finished == (one.words[-1] == END)


def test_the_penalty_decides_between_short_and_long():
    favoured = [search(6, length_penalty=p).hypotheses[0] for p in (0.0, 3.0)]
    assert len(favoured[0].words) < len(favoured[1].words)
    for one, penalty in zip(favoured, (0, 3), strict=True):
        assert one.score == pytest.approx(one.log_probability / len(one.words) ** penalty)


def test_finished_hypotheses_come_before_those_that_were_cut():
    found = [one.is_finished for one in search(3, 2).hypotheses]
    assert found == sorted(found, reverse=True)


def test_all_hypotheses_of_a_step_are_one_batch_that_narrows():
    toy = Toy()
    search(3, 4, toy)
    assert len(toy.batches) <= 4
    assert toy.batches[0] == 1
    assert max(toy.batches) <= 3
    assert toy.batches[1:] == sorted(toy.batches[1:], reverse=True)


def test_states_follow_their_hypotheses():
    for one in search(4).hypotheses:
        assert tuple(one.states["said"].tolist()) == (BEGIN, *one.words[:-1])


def test_the_nodes_tell_what_went_on_and_what_came_close():
    found = search(2, 3)
    for one in found.hypotheses:
        assert tuple(found.nodes[i].word for i in one.nodes) == one.words
        assert all(found.nodes[i].fate != "pruned" for i in one.nodes)
        parents = [found.nodes[i].parent for i in one.nodes]
        assert parents == [-1, *one.nodes[:-1]]
    pruned = [node for node in found.nodes if node.fate == "pruned"]
    assert pruned
    for node in pruned:
        siblings = [
            other.total
            for other in found.nodes
            if other.fate != "pruned" and _depth(found.nodes, other) == _depth(found.nodes, node)
        ]
        assert node.total <= min(siblings)


def _depth(nodes, node):
    return 0 if node.parent < 0 else 1 + _depth(nodes, nodes[node.parent])


def test_what_is_impossible_is_never_said():
    def step(states, words):
        logs = np.full((len(words), 3), -np.inf)
        logs[:, A] = 0
        return logs, states

    (one,) = beam_search(step, {}, begin=BEGIN, end=END, width=5, longest=3).hypotheses
    assert one.words == (A, A, A)


@pytest.mark.parametrize("wrong", [{"width": 0}, {"width": 1, "length_penalty": -1}])
def test_numbers_out_of_bounds_are_refused(wrong):
    with pytest.raises(InvalidInputError, match="Expected width >= 1"):
        search(**wrong)
