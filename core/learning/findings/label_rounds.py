"""Labelling in rounds: what is asked next, and how good a classifier is by then.

A dense layer learns from frozen features, so that a round takes a moment.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from core.errors import InvalidInputError
from core.learning.findings.examples import MOST_AXES, checked_examples
from core.learning.findings.labelling import BATCH, choose_for_labelling
from core.learning.logistic_regression import fit, standardised
from core.learning.metrics import wilson_interval
from core.learning.penalty_search import best_of, folds_as_parts, search_penalty

SKIP = None
"""The answer of who does not know, or does not want it in the set."""
_INVERSE_PENALTIES = (1.0, 10.0, 100.0)
_USUAL = 10.0  # where there are too few to choose by
_FOLDS = 3


@dataclass(frozen=True, slots=True)
class LabelRound:
    """A classifier trained on what has a label, and what to label next.

    Attributes
    ----------
    answered : answers that were there by then, those that skip among them.
    labels : examples that were learned from.
    correct, total : of held-out examples, which nothing was learned from.
    batch : (K,) int64, positions in the pool to ask about, the most useful first; empty if nothing
        is left.
    probabilities : (M, C) float32, of the pool.
    """

    answered: int
    labels: int
    correct: int
    total: int
    batch: np.ndarray = field(repr=False)
    probabilities: np.ndarray = field(repr=False)

    @property
    def accuracy(self) -> float:
        """In [0, 1], on the held-out examples."""
        return self.correct / self.total

    @property
    def interval(self) -> tuple[float, float]:
        """In which the true accuracy lies with 95 % confidence: Wilson's."""
        return wilson_interval(self.correct, self.total)


class LabelRounds:
    """Asks for labels of a pool of examples, batch after batch.

    After each batch `learn` trains again. Answers can be undone, also across batches.

    Parameters
    ----------
    vectors : (N, D) float32, of the labelled examples.
    labels : (N,) int64 in 0..classes-1; of at least two classes at least two.
    classes : int >= 2
    held_out : (n,) int64, positions of those that are not learned from and judge, at least one.
    pool : (M, D) float32, M >= 1, of the examples without labels.
    batch : int >= 1, how many are asked before the next training.
    seed : int >= 0

    Attributes
    ----------
    answers : by position in the pool, a class or `SKIP`, in the order in which they came.
    rounds : what was learned, the latest last; `learn` makes the first one, too.

    Raises
    ------
    InvalidInputError
        If the arrays do not fit together, or there are too few labelled examples.
    """

    def __init__(
        self,
        vectors: np.ndarray,
        labels: np.ndarray,
        classes: int,
        held_out: np.ndarray,
        pool: np.ndarray,
        *,
        batch: int = BATCH,
        seed: int = 0,
    ) -> None:
        if pool.ndim != 2 or not len(pool) or pool.shape[1] != vectors.shape[1]:
            raise InvalidInputError(
                f"Expected examples without labels, as vectors of {vectors.shape[1]} numbers. "
                f"Received: shape {pool.shape}."
            )
        if not len(held_out):
            raise InvalidInputError("Expected held-out examples to judge by. Received: none.")
        learned = np.setdiff1d(np.arange(len(vectors)), held_out)
        self._labels = checked_examples(vectors[learned], labels[learned], classes)
        self._vectors, self._pool = vectors[learned], pool
        self._held, self._held_labels = vectors[held_out], labels[held_out]
        self._classes, self._batch, self._seed = classes, batch, seed
        # by all that there is, without its labels: so that rounds differ by what was learned alone
        together = np.concatenate([vectors[learned], pool])
        self._scaling = standardised(together, (vectors.shape[1],), MOST_AXES)
        self.answers: dict[int, int | None] = {}
        self.rounds: tuple[LabelRound, ...] = ()

    @property
    def batch(self) -> list[int]:
        """What is asked about in this round; empty before the first one."""
        return self.rounds[-1].batch.tolist() if self.rounds else []

    @property
    def asked(self) -> int | None:
        """The position in the pool that is asked about now; None if it is time to `learn`, or
        nothing is left."""
        return next((one for one in self.batch if one not in self.answers), None)

    @property
    def is_due(self) -> bool:
        """Whether it is time to `learn`: before the first batch, and after each."""
        return not self.rounds or bool(self.batch and self.asked is None)

    @property
    def labelled(self) -> dict[int, int]:
        """The answers that are a class."""
        return {place: label for place, label in self.answers.items() if label is not None}

    def answer(self, position: int, label: int | None) -> None:
        """Note the class of an example of the pool, or `SKIP`; the last one counts.

        Raises
        ------
        InvalidInputError
            If there is no such example or class.
        """
        if not 0 <= position < len(self._pool):
            raise InvalidInputError(
                f"Expected a position in 0..{len(self._pool) - 1}. Received: {position}."
            )
        if label is not SKIP and not 0 <= label < self._classes:
            raise InvalidInputError(
                f"Expected a class in 0..{self._classes - 1}. Received: {label}."
            )
        self.answers.pop(position, None)
        self.answers[position] = label

    def undo(self) -> int | None:
        """Take the last answer back and ask again; its position, or None if there is none.

        What was learned with it is forgotten.
        """
        if not self.answers:
            return None
        position, _ = self.answers.popitem()
        while len(self.rounds) > 1 and self.rounds[-1].answered > len(self.answers):
            self.rounds = self.rounds[:-1]
        return position

    def learn(self) -> LabelRound:
        """Train on all labels that are there, measure, and choose what to ask next."""
        given = self.labelled
        places = np.fromiter(given, np.int64, len(given))
        x = self._scaling(np.concatenate([self._vectors, self._pool[places]]))
        labels = np.concatenate([self._labels, np.fromiter(given.values(), np.int64, len(given))])
        layer = fit(x, labels, self._classes, self._penalty(x, labels))
        said = layer.logits(self._scaling(self._held)).argmax(axis=1)
        probabilities = layer.predict(self._scaling(self._pool))
        done = np.fromiter(self.answers, np.int64, len(self.answers))
        batch = np.empty(0, np.int64)
        if len(done) < len(self._pool):
            batch = choose_for_labelling(
                self._pool,
                self._batch,
                labelled=done,
                probabilities=probabilities,
                seed=self._seed,
            )
        latest = LabelRound(
            answered=len(self.answers),
            labels=len(labels),
            correct=int((said == self._held_labels).sum()),
            total=len(self._held_labels),
            batch=batch,
            probabilities=probabilities,
        )
        self.rounds = (*self.rounds, latest)
        return latest

    def _penalty(self, x: np.ndarray, labels: np.ndarray) -> float:
        counts = np.bincount(labels, minlength=self._classes)
        if counts[counts > 0].min() < _FOLDS:
            return _USUAL
        folds = np.empty(len(labels), np.int64)
        order = np.random.default_rng(self._seed).permutation(len(labels))
        order = order[np.argsort(labels[order], kind="stable")]
        folds[order] = np.arange(len(labels)) % _FOLDS  # dealt out like cards, class after class
        parts = folds_as_parts(folds)
        *_, attempts = search_penalty(x, labels, self._classes, _INVERSE_PENALTIES, parts)
        return best_of(attempts)
