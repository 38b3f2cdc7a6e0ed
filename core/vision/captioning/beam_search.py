"""Beam search for any model that gives the log-probabilities of the next token.

All hypotheses of a step go through the model as one batch. Every candidate is kept: the tokens that
went on, those that came close, and how probable each was.

References
----------
Sutskever et al., "Sequence to sequence learning with neural networks" (2014),
https://arxiv.org/abs/1409.3215; scores are divided by a power of the length as in Wu et al.
(2016), https://arxiv.org/abs/1609.08144, without their offset of five words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from core.errors import InvalidInputError

States = Mapping[str, np.ndarray]
"""Arrays by name, each with a row for every hypothesis."""

Step = Callable[[States, np.ndarray], tuple[np.ndarray, States]]
"""From states and the last tokens (B,) int64 to log-probabilities (B, V) of the next ones, and the
states after the last ones."""


class Node(NamedTuple):
    """A token that was a candidate."""

    parent: int  # index among the nodes of the token before it; -1 for the first one
    token: int
    log_probability: float  # of this token after those before it
    total: float  # log-probability of all tokens up to this one
    fate: str  # "kept", "finished" if it ends its hypothesis, or "pruned"


@dataclass(frozen=True, slots=True, eq=False)
class Hypothesis:
    """A sequence of tokens.

    Attributes
    ----------
    tokens : tuple of int, the end included if it came to one.
    log_probabilities : (T,) float64, of each token after those before it.
    score : float, what it is ranked by: the sum divided by T to the power of the length penalty.
    is_finished : whether it came to an end, and was not cut at the maximum length.
    nodes : tuple of int, indices of its tokens among the nodes.
    states : arrays by name, the states before the last token.
    """

    tokens: tuple[int, ...]
    log_probabilities: np.ndarray
    score: float
    is_finished: bool
    nodes: tuple[int, ...]
    states: dict[str, np.ndarray]

    @property
    def log_probability(self) -> float:
        """Of the whole sequence."""
        return float(self.log_probabilities.sum())


@dataclass(frozen=True, slots=True)
class Search:
    """Hypotheses and candidates of a beam search.

    Attributes
    ----------
    hypotheses : tuple of Hypothesis, the best first; those that were cut come last.
    nodes : tuple of Node, every candidate, step by step.
    """

    hypotheses: tuple[Hypothesis, ...]
    nodes: tuple[Node, ...]


def beam_search(
    step: Step,
    states: States,
    *,
    begin: int,
    end: int,
    width: int,
    max_length: int,
    length_penalty: float = 1.0,
) -> Search:
    """The most probable sequences of tokens, as far as a beam of `width` finds them.

    Of the candidates of a step the best `width` stay. Those that end leave the beam, which is then
    narrower; it stops when the beam is empty, or at the maximum length. A width of 1 is greedy
    decoding.

    Parameters
    ----------
    step : the model; called once for each token of the longest hypothesis.
    states : what it starts with, one row each.
    begin, end : tokens that come before the first, and that end a sequence.
    width : int >= 1
    max_length : int >= 1, tokens of a sequence, its end included.
    length_penalty : float >= 0
        At 0 sequences are ranked by their probability, which favours short ones; at 1 by the
        mean log-probability of their tokens.

    Raises
    ------
    InvalidInputError
        If a number is out of its bounds.
    """
    if width < 1 or max_length < 1 or length_penalty < 0:
        raise InvalidInputError(
            "Expected width >= 1, max_length >= 1 and length_penalty >= 0. "
            f"Received: {width}, {max_length}, {length_penalty:g}."
        )
    nodes: list[Node] = []
    finished: list[Hypothesis] = []
    beam = np.array([-1])  # the last node of each hypothesis
    tokens, totals = np.array([begin]), np.zeros(1)

    def hypothesis(node: int, row: int) -> Hypothesis:
        path = []
        last = node
        while node >= 0:
            path.append(node)
            node = nodes[node].parent
        path.reverse()
        logs = np.array([nodes[i].log_probability for i in path])
        return Hypothesis(
            tokens=tuple(nodes[i].token for i in path),
            log_probabilities=logs,
            score=_score(logs.sum(), len(logs), length_penalty),
            is_finished=nodes[last].fate == "finished",
            nodes=tuple(path),
            states={name: array[row] for name, array in states.items()},
        )

    for _ in range(max_length):
        logs, states = step(states, tokens)
        sums = totals[:, None] + logs
        room = width - len(finished)
        rows, tokens = _largest(sums, 2 * room)
        totals = sums[rows, tokens]
        stays, ends = np.arange(len(tokens)) < room, tokens == end
        fates = np.where(stays, np.where(ends, "finished", "kept"), "pruned")
        columns = (beam[rows], tokens, logs[rows, tokens], totals, fates)
        first = len(nodes)
        nodes += map(Node, *(values.tolist() for values in columns))
        finished += [hypothesis(first + i, rows[i]) for i in np.flatnonzero(stays & ends).tolist()]
        kept = np.flatnonzero(stays & ~ends)
        beam, rows, tokens, totals = first + kept, rows[kept], tokens[kept], totals[kept]
        if not len(beam):
            break
        states = {name: array[rows] for name, array in states.items()}
    cut = [hypothesis(node, row) for row, node in enumerate(beam.tolist())]
    ranked = sorted([*finished, *cut], key=lambda h: (not h.is_finished, -h.score))
    return Search(tuple(ranked), tuple(nodes))


def _score(total: float, length: int, length_penalty: float) -> float:
    return float(total / length**length_penalty)


def _largest(values: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the `count` largest values of an (R, C) array, the largest first.

    Of equals the first comes first; what is impossible (-inf) is left out.
    """
    flat = values.ravel()
    if count < values.shape[1]:
        # the row of the largest value alone has so many that are no smaller than this
        row = values[flat.argmax() // values.shape[1]]
        least = np.partition(row, len(row) - count)[len(row) - count]
        candidates = np.flatnonzero(flat >= least)
    else:
        candidates = np.arange(flat.size)
    candidates = candidates[np.isfinite(flat[candidates])]
    best = candidates[np.lexsort((candidates, -flat[candidates]))][:count]
    return np.divmod(best, values.shape[1])
