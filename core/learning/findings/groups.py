"""Where a classifier is weak: classes that it cannot tell apart, and groups of like examples.

References
----------
Clopper and Pearson (1934), https://doi.org/10.1093/biomet/26.4.404; Fisher's exact test, one-sided;
many tests: Benjamini and Hochberg (1995), https://doi.org/10.1111/j.2517-6161.1995.tb02031.x
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from core.errors import InvalidInputError
from core.learning.findings.clusters import cluster
from core.learning.findings.examples import main_directions
from core.learning.metrics import exact_interval

Interval = tuple[float, float]

_LEVEL = 0.05
_PER_GROUP, _MOST_GROUPS = 60, 40  # examples on average; small groups cannot be shown to be weak
_CLUSTERED_AXES = 32
_KMEANS_STARTS = 3


@dataclass(frozen=True, slots=True)
class ConfusedClasses:
    """Two classes, of which examples of one are predicted as the other.

    Attributes
    ----------
    first, second : int in 0..C-1, first < second
    confused, total : examples of the two that are predicted as the other one, and as one of them.
    share : float in [0, 1], of the confused among these.
    interval : in which the true share lies with 95 % confidence: Clopper and Pearson's.
    p_value : float in [0, 1], how often as few would be confused by chance alone: by who always
        says the more frequent of the two.
    are_told_apart : whether that is less than 5 %.
    positions : (confused,) int64, the confused examples.
    """

    first: int
    second: int
    confused: int
    total: int
    share: float
    interval: Interval
    p_value: float
    are_told_apart: bool
    positions: np.ndarray = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class WeakGroup:
    """Like examples that are predicted worse than the others.

    Attributes
    ----------
    positions : (M,) int64, those nearest to the middle of the group first.
    correct : how many of them are predicted correctly.
    accuracy : float in [0, 1]
    interval : in which that lies with 95 % confidence: Clopper and Pearson's.
    accuracy_elsewhere : float in [0, 1], of all other examples.
    p_value : float in [0, 1], of Fisher's exact test, adjusted for the number of groups looked at.
    """

    positions: np.ndarray = field(repr=False, compare=False)
    correct: int
    accuracy: float
    interval: Interval
    accuracy_elsewhere: float
    p_value: float


def confused_classes(
    labels: np.ndarray, predictions: np.ndarray, classes: int
) -> tuple[ConfusedClasses, ...]:
    """Pairs of classes that are confused, those that surely are most often first.

    Parameters
    ----------
    labels, predictions : (N,) int64 in 0..classes-1; predicted by who has not learned from them.

    Raises
    ------
    InvalidInputError
        If they are not of the same examples.
    """
    from scipy.stats import binom

    labels, predictions = _checked(labels, predictions, "predictions")
    found = []
    for first, second in combinations(range(classes), 2):
        of_both = np.isin(labels, (first, second)) & np.isin(predictions, (first, second))
        wrong = np.flatnonzero(of_both & (labels != predictions))
        if not len(wrong):
            continue
        total = int(of_both.sum())
        rarer = min(int((labels[of_both] == one).sum()) for one in (first, second))
        # of `total`, who always says the more frequent one confuses `rarer`
        p_value = float(binom.cdf(len(wrong), total, rarer / total)) if rarer else 1.0
        found.append(
            ConfusedClasses(
                first=first,
                second=second,
                confused=len(wrong),
                total=total,
                share=len(wrong) / total,
                interval=exact_interval(len(wrong), total),
                p_value=p_value,
                are_told_apart=p_value < _LEVEL,
                positions=wrong,
            )
        )
    return tuple(sorted(found, key=lambda pair: -pair.interval[0]))


def weak_groups(
    vectors: np.ndarray, is_correct: np.ndarray, *, level: float = _LEVEL, seed: int = 0
) -> tuple[WeakGroup, ...]:
    """Groups of like examples that are predicted worse than the rest, the surest first.

    Groups are clusters of the vectors alone, so that chance does not make weak ones.

    Parameters
    ----------
    vectors : (N, D) float32
    is_correct : (N,) bool, whether each is predicted correctly by who has not learned from it.
    level : float in (0, 1)
        How often a group is found at most where there is none; of many that are found, such a share
        at most is no weak one.
    seed : int >= 0, of the clusters.

    Raises
    ------
    InvalidInputError
        If they are not of the same examples.
    """
    from scipy.stats import false_discovery_control, hypergeom

    _, is_correct = _checked(np.empty(len(vectors)), np.asarray(is_correct, bool), "answers")
    count, wrong = len(is_correct), int((~is_correct).sum())
    clusters = min(_MOST_GROUPS, count // _PER_GROUP)
    if clusters < 2 or not wrong:
        return ()
    x = main_directions(vectors)[:, :_CLUSTERED_AXES]
    members, distances = cluster(x, clusters, starts=_KMEANS_STARTS, seed=seed)
    sizes = np.bincount(members, minlength=clusters)
    wrongs = np.bincount(members, ~is_correct, minlength=clusters).astype(np.int64)
    p_values = false_discovery_control(hypergeom.sf(wrongs - 1, count, wrong, sizes).clip(0, 1))
    found = []
    for place in np.argsort(p_values, kind="stable"):
        if p_values[place] >= level:
            break
        own = np.flatnonzero(members == place)
        correct = int(is_correct[own].sum())
        found.append(
            WeakGroup(
                positions=own[np.argsort(distances[own, place], kind="stable")],
                correct=correct,
                accuracy=correct / len(own),
                interval=exact_interval(correct, len(own)),
                accuracy_elsewhere=(count - wrong - correct) / (count - len(own)),
                p_value=float(p_values[place]),
            )
        )
    return tuple(found)


def _checked(first: np.ndarray, second: np.ndarray, what: str) -> tuple[np.ndarray, np.ndarray]:
    if not len(first) or first.shape != second.shape:
        raise InvalidInputError(
            f"Expected {what} of the same examples. Received: {first.shape} and {second.shape}."
        )
    return np.asarray(first), np.asarray(second)
