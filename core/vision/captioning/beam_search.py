"""Beam search for any model that says, word by word, how probable each next word is.

All hypotheses of a step go through the model as one batch. Everything that was weighed stays known:
the words that went on, those that came close, and how probable each was.

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
"""From states and the last words (B,) int64 to log-probabilities (B, V) of the next words, and
the states after the last ones."""


class Node(NamedTuple):
    """A word that the search weighed.

    Attributes
    ----------
    parent : int, place of the word before it among the nodes; -1 for the first word.
    word : int
    log_probability : float, of this word after those before it.
    total : float, of all words up to this one.
    fate : `"kept"`, `"finished"` if it ends its hypothesis, or `"pruned"`.
    """

    parent: int
    word: int
    log_probability: float
    total: float
    fate: str


@dataclass(frozen=True, slots=True, eq=False)
class Hypothesis:
    """A sequence of words.

    Attributes
    ----------
    words : tuple of int, the end included if it came to one.
    log_probabilities : (T,) float64, of each word after those before it.
    score : float, what it is ranked by: the sum divided by T to the power of the length penalty.
    is_finished : whether it came to an end, and was not cut at the longest length.
    nodes : tuple of int, places of its words among the nodes.
    states : arrays by name, what the model remembered before the last word.
    """

    words: tuple[int, ...]
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
    """What a beam search found.

    Attributes
    ----------
    hypotheses : tuple of Hypothesis, the best first; those that were cut come last.
    nodes : tuple of Node, every word that was weighed, step by step.
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
    longest: int,
    length_penalty: float = 1.0,
) -> Search:
    """The most probable sequences of words, as far as a beam of `width` finds them.

    Of the candidates of a step the best `width` stay. Those that end leave the beam, which is then
    narrower; it stops when the beam is empty, or at the longest length. A width of 1 is greedy
    decoding.

    Parameters
    ----------
    step : the model; called once for each word of the longest hypothesis.
    states : what it starts with, one row each.
    begin, end : words that come before the first, and that end a sequence.
    width : int >= 1
    longest : int >= 1, words of a sequence, its end included.
    length_penalty : float >= 0
        At 0 sequences are ranked by their probability, which favours short ones; at 1 by the
        mean log-probability of their words.

    Raises
    ------
    InvalidInputError
        If a number is out of its bounds.
    """
    if width < 1 or longest < 1 or length_penalty < 0:
        raise InvalidInputError(
            "Expected width >= 1, longest >= 1 and length_penalty >= 0. "
            f"Received: {width}, {longest}, {length_penalty:g}."
        )
    nodes: list[Node] = []
    finished: list[Hypothesis] = []
    beam = np.array([-1])  # the last node of each hypothesis
    words, totals = np.array([begin]), np.zeros(1)

    def hypothesis(node: int, row: int) -> Hypothesis:
        path = []
        last = node
        while node >= 0:
            path.append(node)
            node = nodes[node].parent
        path.reverse()
        logs = np.array([nodes[i].log_probability for i in path])
        return Hypothesis(
            words=tuple(nodes[i].word for i in path),
            log_probabilities=logs,
            score=_score(logs.sum(), len(logs), length_penalty),
            is_finished=nodes[last].fate == "finished",
            nodes=tuple(path),
            states={name: array[row] for name, array in states.items()},
        )

    for _ in range(longest):
        logs, states = step(states, words)
        sums = totals[:, None] + logs
        room = width - len(finished)
        rows, words = _largest(sums, 2 * room)
        totals = sums[rows, words]
        stays, ends = np.arange(len(words)) < room, words == end
        fates = np.where(stays, np.where(ends, "finished", "kept"), "pruned")
        told = (beam[rows], words, logs[rows, words], totals, fates)
        first = len(nodes)
        nodes += map(Node, *(values.tolist() for values in told))
        finished += [hypothesis(first + i, rows[i]) for i in np.flatnonzero(stays & ends).tolist()]
        kept = np.flatnonzero(stays & ~ends)
        beam, rows, words, totals = first + kept, rows[kept], words[kept], totals[kept]
        if not len(beam):
            break
        states = {name: array[rows] for name, array in states.items()}
    cut = [hypothesis(node, row) for row, node in enumerate(beam.tolist())]
    ranked = sorted([*finished, *cut], key=lambda one: (not one.is_finished, -one.score))
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
        found = np.flatnonzero(flat >= least)
    else:
        found = np.arange(flat.size)
    found = found[np.isfinite(flat[found])]
    best = found[np.lexsort((found, -flat[found]))][:count]
    return np.divmod(best, values.shape[1])
