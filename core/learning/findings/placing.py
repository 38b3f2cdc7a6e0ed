"""Findings of some examples of a data set, by their positions among all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

import numpy as np

from core.learning.findings.labels import LabelFinding, LabelsStep
from core.learning.findings.outliers import OutlierFinding, OutliersStep
from core.learning.findings.pairs import DuplicatePair
from core.learning.findings.quality import QualityFinding
from core.learning.findings.review import Review

FindingT = TypeVar("FindingT", LabelFinding, OutlierFinding)


def placed_review(known: Review, origin: np.ndarray, count: int) -> Review:
    """A review of some examples as one of all.

    Of the others nothing is said: their labels have quality 1, and no class is probable.

    Parameters
    ----------
    known : of N examples.
    origin : (N,) int64, ascending: where these are among all.
    count : how many there are in all.
    """
    places = origin.tolist()
    return replace(
        known,
        labels=None if known.labels is None else _labels(known.labels, places, count),
        outliers=None if known.outliers is None else _outliers(known.outliers, places, count),
        confused=None
        if known.confused is None
        else tuple(replace(pair, positions=origin[pair.positions]) for pair in known.confused),
        weak=None
        if known.weak is None
        else tuple(replace(group, positions=origin[group.positions]) for group in known.weak),
    )


def placed_quality(
    findings: Iterable[QualityFinding], origin: np.ndarray
) -> tuple[QualityFinding, ...]:
    """The same findings, of examples that are at `origin` among all."""
    return tuple(replace(one, position=int(origin[one.position])) for one in findings)


def placed_pairs(pairs: Iterable[DuplicatePair], origin: np.ndarray) -> tuple[DuplicatePair, ...]:
    """The same pairs, of examples that are at `origin` among all."""
    return tuple(
        replace(pair, first=int(origin[pair.first]), second=int(origin[pair.second]))
        for pair in pairs
    )


def placed_rows(rows: np.ndarray, origin: np.ndarray, count: int, other: float = 0) -> np.ndarray:
    """(count, ...): the rows of (N, ...) where they belong, and `other` in all that are missing."""
    every = np.full((count, *rows.shape[1:]), other, rows.dtype)
    every[origin] = rows
    return every


def _labels(known: LabelsStep, places: list[int], count: int) -> LabelsStep:
    def of(rows: np.ndarray | None, other: float) -> np.ndarray | None:
        return None if rows is None else placed_rows(rows, np.array(places), count, other)

    return replace(
        known,
        findings=_placed(known.findings, places),
        quality=of(known.quality, 1),
        suggested=of(known.suggested, 0),
        probabilities=of(known.probabilities, 0),
    )


def _outliers(known: OutliersStep, places: list[int], count: int) -> OutliersStep:
    rows = known.p_values
    return replace(
        known,
        findings=_placed(known.findings, places),
        p_values=None if rows is None else placed_rows(rows, np.array(places), count, 1),
    )


def _placed(findings: Iterable[FindingT], places: list[int]) -> tuple[FindingT, ...]:
    return tuple(
        replace(
            one,
            position=places[one.position],
            neighbours=tuple(places[other] for other in one.neighbours),
        )
        for one in findings
    )
