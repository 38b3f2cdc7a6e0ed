"""What has changed between two sets: can a classifier tell them apart?

References
----------
Classifier two-sample tests: Lopez-Paz and Oquab (2017), https://arxiv.org/abs/1610.06545; their
p-value by permutations: Kim et al. (2021), https://doi.org/10.1214/20-AOS1962; that what they learn
shows what is different: Rabanser et al. (2019), https://arxiv.org/abs/1810.11953
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from core.errors import InvalidInputError
from core.learning.findings.examples import main_directions
from core.learning.metrics import roc_curve

_AXES = 64
_FOLDS = 5
_RIDGE = 0.1  # of the mean variance along an axis
_PERMUTATIONS, _AT_ONCE = 999, 111
LEAST = 20
"""Examples that each set has to have."""


@dataclass(frozen=True, slots=True, eq=False)
class DriftStep:
    """How different two sets are, as far as it is known.

    Attributes
    ----------
    share : float in [0, 1], of the work that is done.
    auroc : float in [0, 1], of a classifier that tells examples which it has not seen apart by
        their set; about 0.5 if the sets are alike. NaN at first.
    p_value : float in (0, 1], how often sets are at least as far apart by chance where both are
        draws from one; by the permutations so far.
    first, second : (K,) int64, positions in each set of what is most unlike the other, first the
        most.
    first_scores, second_scores : (N,) and (M,) float64 in [0, 1], of every example the share of the
        other set that looks less as if it came from there than this one.
    """

    share: float
    auroc: float = float("nan")
    p_value: float = 1.0
    first: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64), repr=False)
    second: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64), repr=False)
    first_scores: np.ndarray = field(default_factory=lambda: np.empty(0), repr=False)
    second_scores: np.ndarray = field(default_factory=lambda: np.empty(0), repr=False)


def find_drift(
    first: np.ndarray,
    second: np.ndarray,
    *,
    examples: int = 20,
    permutations: int = _PERMUTATIONS,
    seed: int = 0,
) -> Iterator[DriftStep]:
    """Compare two sets of embeddings, with a snapshot for every hundred permutations or so.

    The classifier is linear and fitted by least squares: one solution serves for all permutations
    of what is in which set, and the p-value holds exactly for any number of examples. It is that of
    the difference of the sets' mean scores: where a few of a set are from elsewhere, they count by
    how far they are, where for the AUROC each counts alike.

    Parameters
    ----------
    first, second : (N, D) and (M, D) float32, N and M at least 20.
    examples : int >= 0, K at most.
    permutations : int >= 19, or no p-value is below 0.05.
    seed : int >= 0, of folds and permutations.

    Raises
    ------
    InvalidInputError
        If there are too few examples, or they are not of one network.
    """
    for vectors in (first, second):
        if vectors.ndim != 2 or len(vectors) < LEAST or not np.isfinite(vectors).all():
            raise InvalidInputError(
                f"Expected at least {LEAST} finite vectors in each set. "
                f"Received: shape {vectors.shape}."
            )
    if first.shape[1] != second.shape[1]:
        raise InvalidInputError(
            "Expected two sets of vectors by one network. "
            f"Received: widths {first.shape[1]} and {second.shape[1]}."
        )
    yield DriftStep(0.0)
    rng = np.random.default_rng(seed)
    x = main_directions(np.concatenate([first, second]))[:, :_AXES].astype(np.float64)
    is_second = np.repeat([0.0, 1.0], [len(first), len(second)])
    # drawn whatever the set, so that any permutation of the sets was as likely
    folds = rng.permutation(len(x)) % _FOLDS
    scores = _scores(x, folds, is_second[:, None])
    (difference,) = _differences(scores, is_second[:, None])
    auroc = roc_curve(is_second > 0, scores[:, 0]).auc
    first_scores, second_scores = _shares(scores[:, 0], len(first))
    at_least, done = 0, 0
    while done < permutations:
        drawn = min(_AT_ONCE, permutations - done)
        permuted = rng.permuted(np.tile(is_second, (drawn, 1)), axis=1).T
        by_chance = _differences(_scores(x, folds, permuted), permuted)
        at_least += int((by_chance >= difference).sum())
        done += drawn
        yield DriftStep(
            share=done / permutations,
            auroc=auroc,
            p_value=(1 + at_least) / (1 + done),
            first=np.argsort(-first_scores, kind="stable")[:examples],
            second=np.argsort(-second_scores, kind="stable")[:examples],
            first_scores=first_scores,
            second_scores=second_scores,
        )


def _scores(x: np.ndarray, folds: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """(N, P): out of fold, how much each of N examples looks like one of the second set.

    `x` is (N, R), `targets` (N, P), a column for each way to divide the examples.
    """
    scores = np.empty(targets.shape)
    for fold in range(_FOLDS):
        held = folds == fold
        middle = x[~held].mean(axis=0)
        learned, own = x[~held] - middle, targets[~held]
        spread = learned.T @ learned
        spread.flat[:: len(spread) + 1] += _RIDGE * np.trace(spread) / len(spread) + 1e-12
        weights = np.linalg.solve(spread, learned.T @ (own - own.mean(axis=0)))
        scores[held] = (x[held] - middle) @ weights
    return scores


def _differences(scores: np.ndarray, is_second: np.ndarray) -> np.ndarray:
    """(P,): of each column of (N, P) scores, the mean of the second set less that of the first."""
    summed, count = (scores * is_second).sum(axis=0), is_second.sum(axis=0)
    return summed / count - (scores.sum(axis=0) - summed) / (len(scores) - count)


def _shares(scores: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Of each example, the share of the other set that it exceeds in being of its own."""
    first, second = scores[:count], scores[count:]
    above = 1 - np.searchsorted(np.sort(second), first, side="right") / len(second)
    below = np.searchsorted(np.sort(first), second, side="left") / len(first)
    return above, below
