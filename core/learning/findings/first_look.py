"""A first look at a data set, whatever its examples are: what is known, and how it is found out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np

from core.learning.embedding_map import map_steps
from core.learning.findings.labels import LabelsStep
from core.learning.findings.outliers import OutliersStep
from core.learning.findings.pairs import DuplicatePair, best_first, linked
from core.learning.findings.quality import QualityFinding
from core.learning.findings.review import Review, review


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstLookStep:
    """What is known of N examples of C classes so far; None is not known yet.

    Attributes
    ----------
    stage : what is found out now; the last are "embeddings", "duplicates", "review", "map", "done".
    done, total : examples of this stage.
    counts : examples of each class.
    names : of the examples.
    labels : (N,) int64
    quality : what is wrong with examples whatever their labels.
    vectors : (N, D) float32, embeddings.
    duplicates : near duplicates, those that overlap best first.
    review : labels, outliers, classes and groups, as far as it has come.
    positions : (N, 2) float32, the t-SNE map.
    """

    stage: str
    done: int = 0
    total: int
    counts: dict[str, int]
    names: tuple[str, ...] = field(repr=False)
    labels: np.ndarray = field(repr=False)
    quality: tuple[QualityFinding, ...] | None = field(default=None, repr=False)
    vectors: np.ndarray | None = field(default=None, repr=False)
    duplicates: tuple[DuplicatePair, ...] | None = field(default=None, repr=False)
    review: Review | None = field(default=None, repr=False)
    positions: np.ndarray | None = field(default=None, repr=False)


StepT = TypeVar("StepT", bound=FirstLookStep)
Found = tuple[float, Iterable[DuplicatePair]]
"""The share of the search that is done, and pairs that were found since."""


def after_embedding(
    step: StepT,
    vectors: np.ndarray,
    search: Iterable[Found],
    *,
    seed: int = 0,
    has_map: bool = True,
) -> Iterator[StepT]:
    """The stages that are alike for all kinds: near duplicates, the review, the map.

    Parameters
    ----------
    step : what is known by then.
    vectors : (N, D) float32
    search : looks for near duplicates.
    seed : int >= 0, of the review and of the map.
    has_map : whether there is a map: of a million examples it would take hours, and show nothing.
    """
    step = replace(step, stage="duplicates", done=0, vectors=vectors, duplicates=())
    yield step
    for share, pairs in search:
        known = best_first((*(step.duplicates or ()), *pairs))
        step = replace(step, duplicates=known, done=int(share * step.total))
        yield step
    step = replace(step, stage="review", done=0)
    yield step
    for reviewed in _review(step, seed):
        step = replace(step, review=reviewed, done=int(reviewed.share * step.total))
        yield step
    if not has_map:
        yield replace(step, stage="done", done=step.total)
        return
    step = replace(step, stage="map", done=0)
    yield step
    for positions in map_steps(vectors, seed=seed):
        if positions is None:
            yield step
        else:
            yield replace(step, positions=positions, stage="done", done=step.total)


def _review(step: FirstLookStep, seed: int) -> Iterator[Review]:
    """With near duplicates in one group; of a single example nothing is found."""
    vectors, count = step.vectors, len(step.labels)
    if vectors is None or count < 2:
        yield Review("done", 1.0, LabelsStep(1.0), OutliersStep(1.0), (), ())
        return
    groups = linked(step.duplicates or (), count)
    yield from review(vectors, step.labels, len(step.counts), groups=groups, seed=seed)
