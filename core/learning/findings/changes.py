"""What is new between two sets of examples: other contents, other classes, other looks.

References
----------
What a rank test of so many examples could notice: Noether (1987),
https://doi.org/10.1080/01621459.1987.10478478; class shares by Fisher's exact test, adjusted:
Benjamini and Hochberg (1995), https://doi.org/10.1111/j.2517-6161.1995.tb02031.x
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from core.learning.datasets import UNLABELLED
from core.learning.examples import SkippedFile
from core.learning.feature_cache import FeatureCache
from core.learning.findings.drift import LEAST, DriftStep, find_drift
from core.learning.findings.embedding import Embed, Examples, refused, usable, vectors_at

LEVEL = 0.05
"""Below it a p-value counts as a difference."""
_EMBEDDING_SHARE = 0.9  # of the work
_ONE_SIDED, _POWER = 1.645, 0.842  # quantiles of the normal distribution: 95 % and 80 %


@dataclass(frozen=True, slots=True)
class ClassShare:
    """How large a class is in each of two sets.

    Attributes
    ----------
    first, second : examples of it.
    first_share, second_share : float in [0, 1], of those with a class.
    p_value : float in [0, 1], how often shares differ as much by chance; adjusted for the number of
        classes.
    """

    name: str
    first: int
    second: int
    first_share: float
    second_share: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Changes:
    """What is known of two sets so far; positions are those in each of them.

    Attributes
    ----------
    stage : what goes on.
    share : float in [0, 1], of the work that is done.
    names : of the examples of the first and of the second set.
    added : (a,) int64, positions in the second of contents that the first has not.
    removed : (r,) int64, positions in the first of contents that the second has not.
    same : contents that are in both.
    relabelled : (l, 2) int64, positions in both of one content in different classes; none where
        the sets share no classes.
    classes : of those with a name, the largest difference first; empty where the sets share none.
    compared : (n,) and (m,) int64, what is told apart: all of the first set that the network can
        take, and what was added. Without vectors none.
    difference : whether these can be told apart; its positions are places in `compared`. None
        until it is known, and where they are too few.
    skipped : what the network could not take.
    """

    stage: Literal["embeddings", "difference", "done"]
    share: float
    names: tuple[tuple[str, ...], tuple[str, ...]] = field(repr=False)
    added: np.ndarray = field(repr=False)
    removed: np.ndarray = field(repr=False)
    same: int
    relabelled: np.ndarray = field(repr=False)
    classes: tuple[ClassShare, ...] = ()
    compared: tuple[np.ndarray, np.ndarray] = field(
        default=(np.empty(0, np.int64), np.empty(0, np.int64)), repr=False
    )
    difference: DriftStep | None = None
    skipped: tuple[SkippedFile, ...] = ()

    @property
    def is_version(self) -> bool:
        """Whether the second set is another version of the first: half of either is in both."""
        return 2 * self.same >= min(self.sizes)

    @property
    def is_different(self) -> bool | None:
        """Whether the sets differ by more than chance; None if that is not known."""
        known = self.difference
        return None if known is None or self.stage != "done" else known.p_value < LEVEL

    @property
    def sizes(self) -> tuple[int, int]:
        """Examples of the first and of the second set."""
        return len(self.names[0]), len(self.names[1])

    @property
    def auroc(self) -> float | None:
        """How well the sets can be told apart; see `DriftStep`. None without a test."""
        return None if self.difference is None else self.difference.auroc

    @property
    def p_value(self) -> float | None:
        """How often chance makes sets that differ as much; None without a test."""
        return None if self.difference is None else self.difference.p_value

    @property
    def noticeable(self) -> float | None:
        """The AUROC from which on a difference would have been noticed; None without a test."""
        return None if self.difference is None else noticeable(*map(len, self.compared))

    @property
    def unlike(self) -> tuple[np.ndarray, np.ndarray]:
        """(K,) int64 each: positions in both sets of what is most unlike the other one."""
        if self.difference is None:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        first, second = self.compared
        return first[self.difference.first], second[self.difference.second]

    @property
    def names_unlike(self) -> tuple[list[str], list[str]]:
        """The names of these."""
        return self._named(0, self.unlike[0]), self._named(1, self.unlike[1])

    @property
    def names_added(self) -> list[str]:
        """What the second set has and the first has not."""
        return self._named(1, self.added)

    @property
    def names_removed(self) -> list[str]:
        """What the first set has and the second has not."""
        return self._named(0, self.removed)

    def rows(self) -> dict[str, list[Any]]:
        """A table with a row for each example of both sets.

        Columns set (first or second), name, change (added, removed or same) and unlike: the share
        of the other set that looks less as if it came from this example's own, or None.
        """
        table: dict[str, list[Any]] = {"set": [], "name": [], "change": [], "unlike": []}
        known = self.difference
        scores = (None, None) if known is None else (known.first_scores, known.second_scores)
        for place, (of, changed, what) in enumerate(
            (("first", self.removed, "removed"), ("second", self.added, "added"))
        ):
            names, own = self.names[place], scores[place]
            is_changed = np.isin(np.arange(len(names)), changed)
            unlike: list[float | None] = [None] * len(names)
            if own is not None:
                for position, score in zip(self.compared[place], own, strict=True):
                    unlike[position] = round(float(score), 4)
            table["set"] += [of] * len(names)
            table["name"] += names
            table["change"] += [what if one else "same" for one in is_changed]
            table["unlike"] += unlike
        return table

    def _named(self, which: Literal[0, 1], positions: np.ndarray) -> list[str]:
        return [self.names[which][i] for i in positions]


def noticeable(first: int, second: int) -> float:
    """The AUROC that four of five tests of so many examples take for a difference.

    By the normal approximation of the rank test at p < 0.05. What tells the sets apart has to be
    learned from the same examples, so that with few of them this is the least that is possible.
    """
    deviation = ((first + second + 1) / (12 * first * second)) ** 0.5
    return min(1.0, 0.5 + (_ONE_SIDED + _POWER) * deviation)


def find_changes(
    first: Examples,
    second: Examples,
    network: str,
    embed: Embed,
    *,
    cache: FeatureCache | None = None,
    examples: int = 20,
    seed: int = 0,
) -> Iterator[Changes]:
    """Compare two sets, with a snapshot several times a second; the last has everything.

    What is in both is no difference: of a version of the same set, what was added is compared with
    the set as it was.

    Parameters
    ----------
    first, second : the set as it was, and what is to be compared with it.
    network : makes the vectors.
    embed : computes them.
    cache : vectors that are there already; new ones are added.
    examples : int >= 0, most unlike ones of each set.
    seed : int >= 0, of the test.
    """
    cache = FeatureCache() if cache is None else cache
    step = _by_content(first, second)
    yield step
    for part, (place, dataset) in enumerate(((0.0, first), (0.5, second))):
        for share in embed(dataset, network, cache):
            yield replace(step, share=_EMBEDDING_SHARE * (place + share / 2))
        step = replace(step, share=_EMBEDDING_SHARE * (part + 1) / 2)
    is_new = np.isin(np.arange(len(second.members)), step.added)
    taken = usable(second, network, cache)
    compared = (usable(first, network, cache), taken[is_new[taken]])
    step = replace(
        step,
        stage="difference",
        skipped=refused(first, network, cache) + refused(second, network, cache),
    )
    yield step
    if min(len(part) for part in compared) >= LEAST:
        step = replace(step, compared=compared)
        vectors = (
            vectors_at(dataset, network, cache, part)
            for dataset, part in zip((first, second), compared, strict=True)
        )
        for drift in find_drift(*vectors, examples=examples, seed=seed):
            done = _EMBEDDING_SHARE + (1 - _EMBEDDING_SHARE) * drift.share
            if drift.share:
                step = replace(step, share=done, difference=drift)
            yield step
    yield replace(step, stage="done", share=1.0)


def _by_content(first: Examples, second: Examples) -> Changes:
    """What can be said without looking at the contents themselves."""
    there = {digest: position for position, digest in reversed([*enumerate(first.digests)])}
    after = {*second.digests}
    classes, relabelled = _class_shares(first, second), []
    for position, digest in enumerate(second.digests if classes else ()):
        before = there.get(digest)
        if before is not None and _named(first, before) != _named(second, position):
            relabelled.append((before, position))
    return Changes(
        stage="embeddings",
        share=0.0,
        names=(_names(first), _names(second)),
        added=np.array([i for i, one in enumerate(second.digests) if one not in there], np.int64),
        removed=np.array([i for i, one in enumerate(first.digests) if one not in after], np.int64),
        same=len(there.keys() & after),
        relabelled=np.array(relabelled, np.int64).reshape(-1, 2),
        classes=classes,
    )


def _names(examples: Examples) -> tuple[str, ...]:
    return tuple(one.name for one in examples.members)


def _named(examples: Examples, position: int) -> str:
    return examples.classes[examples.members[position].label]


def _class_shares(first: Examples, second: Examples) -> tuple[ClassShare, ...]:
    """Of all classes of both sets, if two of them are in both: otherwise folders mean nothing."""
    from scipy.stats import false_discovery_control, fisher_exact

    before, after = (
        {name: count for name, count in one.counts().items() if name != UNLABELLED}
        for one in (first, second)
    )
    if len({name for name in before if before[name]} & {name for name in after if after[name]}) < 2:
        return ()
    totals = sum(before.values()), sum(after.values())
    names = sorted({**before, **after})
    counts = [(before.get(name, 0), after.get(name, 0)) for name in names]
    p_values = [
        float(fisher_exact([[one, totals[0] - one], [other, totals[1] - other]]).pvalue)
        for one, other in counts
    ]
    adjusted = false_discovery_control(np.clip(p_values, 0, 1))
    shares = [
        ClassShare(name, one, other, one / totals[0], other / totals[1], float(p_value))
        for name, (one, other), p_value in zip(names, counts, adjusted, strict=True)
    ]
    return tuple(sorted(shares, key=lambda one: -abs(one.second_share - one.first_share)))
