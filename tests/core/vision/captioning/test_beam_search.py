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
    """A model whose state is the tokens so far; it counts its calls."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def __call__(self, states, tokens):
        self.batches.append(len(tokens))
        logs = np.log([TABLE[token] for token in tokens.tolist()])
        history = np.concatenate([states["history"], tokens[:, None]], axis=1)
        return logs, {"history": history}


def search(width, max_length=4, model=None, **settings):
    return beam_search(
        model or Toy(),
        {"history": np.zeros((1, 0), int)},
        begin=BEGIN,
        end=END,
        width=width,
        max_length=max_length,
        **settings,
    )


def log_probability(tokens):
    before = (BEGIN, *tokens)
    return sum(np.log(TABLE[a][b]) for a, b in itertools.pairwise(before))


def greedy(max_length):
    tokens, last = [], BEGIN
    while len(tokens) < max_length and last != END:
        last = int(np.argmax(TABLE[last]))
        tokens.append(last)
    return tuple(tokens)


@pytest.mark.parametrize("max_length", [1, 2, 3, 4, 9])
def test_a_beam_of_one_is_greedy(max_length):
    (hypothesis,) = search(1, max_length).hypotheses
    assert hypothesis.tokens == greedy(max_length)
    assert hypothesis.log_probability == pytest.approx(log_probability(hypothesis.tokens))


def test_a_beam_as_wide_as_the_alphabet_finds_the_most_probable_sequence():
    sequences = [(*middle, END) for n in range(4) for middle in itertools.product((A, B), repeat=n)]
    best = max(sequences, key=log_probability)
    assert search(8, length_penalty=0).hypotheses[0].tokens == best == (B, END)
    assert greedy(4) != best


def test_every_hypothesis_has_the_probability_of_its_tokens():
    hypotheses = search(5).hypotheses
    assert len(hypotheses) == 5
    assert len({h.tokens for h in hypotheses}) == 5
    for h in hypotheses:
        assert h.log_probability == pytest.approx(log_probability(h.tokens))
        assert h.is_finished == (h.tokens[-1] == END)


def test_the_penalty_decides_between_short_and_long():
    favoured = [search(6, length_penalty=p).hypotheses[0] for p in (0.0, 3.0)]
    assert len(favoured[0].tokens) < len(favoured[1].tokens)
    for h, penalty in zip(favoured, (0, 3), strict=True):
        assert h.score == pytest.approx(h.log_probability / len(h.tokens) ** penalty)


def test_finished_hypotheses_come_before_those_that_were_cut():
    finished = [h.is_finished for h in search(3, 2).hypotheses]
    assert finished == sorted(finished, reverse=True)


def test_all_hypotheses_of_a_step_are_one_batch_that_narrows():
    toy = Toy()
    search(3, 4, toy)
    assert len(toy.batches) <= 4
    assert toy.batches[0] == 1
    assert max(toy.batches) <= 3
    assert toy.batches[1:] == sorted(toy.batches[1:], reverse=True)


def test_states_follow_their_hypotheses():
    for h in search(4).hypotheses:
        assert tuple(h.states["history"].tolist()) == (BEGIN, *h.tokens[:-1])


def test_the_nodes_tell_what_went_on_and_what_came_close():
    tree = search(2, 3)
    for h in tree.hypotheses:
        assert tuple(tree.nodes[i].token for i in h.nodes) == h.tokens
        assert all(tree.nodes[i].fate != "pruned" for i in h.nodes)
        parents = [tree.nodes[i].parent for i in h.nodes]
        assert parents == [-1, *h.nodes[:-1]]
    pruned = [node for node in tree.nodes if node.fate == "pruned"]
    assert pruned
    for node in pruned:
        siblings = [
            other.total
            for other in tree.nodes
            if other.fate != "pruned" and _depth(tree.nodes, other) == _depth(tree.nodes, node)
        ]
        assert node.total <= min(siblings)


def _depth(nodes, node):
    return 0 if node.parent < 0 else 1 + _depth(nodes, nodes[node.parent])


def test_an_impossible_token_is_never_chosen():
    def step(states, tokens):
        logs = np.full((len(tokens), 3), -np.inf)
        logs[:, A] = 0
        return logs, states

    (h,) = beam_search(step, {}, begin=BEGIN, end=END, width=5, max_length=3).hypotheses
    assert h.tokens == (A, A, A)


@pytest.mark.parametrize("wrong", [{"width": 0}, {"width": 1, "length_penalty": -1}])
def test_numbers_out_of_bounds_are_refused(wrong):
    with pytest.raises(InvalidInputError, match="Expected width >= 1"):
        search(**wrong)
