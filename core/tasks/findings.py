"""What a first look finds, as a table: a row for each finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from core.learning.findings.first_look import FirstLookStep
from core.learning.findings.review import Review
from core.tasks.task import Columns


class _Finding(NamedTuple):
    """A row; see `findings` for what its columns mean."""

    path: str
    class_: str
    finding: str
    value: float
    detail: str
    other_class: str = ""
    other_path: str = ""


_COLUMNS = tuple(name.rstrip("_") for name in _Finding._fields)


def findings(step: FirstLookStep) -> Columns:
    """A row for each finding, those of one kind one after another; texts may be empty.

    ================  ===========================  ==============================================
    finding           value                        besides
    ================  ===========================  ==============================================
    "dark" and so on  what was measured
    "near duplicate"  how well outlines agree      `other_path`, and its class
    "wrong label"     the quality of the label     `other_class`, which is more probable
    "outlier"         the p-value
    "confused"        the share of the confused    `class` and `other_class`, no path
    "weak group"      the accuracy of the group    a row for each of its examples
    ================  ===========================  ==============================================
    """
    rows = list(_rows(step, list(step.counts)))
    by_name = dict(zip(_COLUMNS, zip(*rows, strict=True), strict=True)) if rows else {}
    return {
        name: np.array(by_name.get(name, ()), np.float64 if name == "value" else np.str_)
        for name in _COLUMNS
    }


def _rows(step: FirstLookStep, classes: Sequence[str]) -> Iterator[_Finding]:
    names, of = step.names, [classes[label] for label in step.labels]
    for poor in step.quality or ():
        at = poor.position
        yield _Finding(names[at], of[at], poor.issue, poor.value, poor.detail)
    for pair in step.duplicates or ():
        yield _Finding(
            names[pair.first],
            of[pair.first],
            "near duplicate",
            pair.overlap,
            f"cosine of embeddings {pair.similarity:.2f}",
            of[pair.second],
            names[pair.second],
        )
    if step.review is not None:
        yield from _reviewed(step.review, names, of, classes)


def _reviewed(
    known: Review, names: Sequence[str], of: Sequence[str], classes: Sequence[str]
) -> Iterator[_Finding]:
    for wrong in () if known.labels is None else known.labels.findings:
        at, suggested = wrong.position, classes[wrong.suggested]
        detail = f"looks like {suggested}"
        yield _Finding(names[at], of[at], "wrong label", wrong.quality, detail, suggested)
    for odd in () if known.outliers is None else known.outliers.findings:
        at, detail = odd.position, f"distance {odd.distance:.2f} from others of its class"
        yield _Finding(names[at], of[at], "outlier", odd.p_value, detail)
    for two in known.confused or ():
        low, high = two.interval
        detail = (
            f"{two.confused:,} of {two.total:,}, 95 % interval {low:.3f} to {high:.3f}, "
            f"{'' if two.are_told_apart else 'not '}told apart"
        )
        first, second = classes[two.first], classes[two.second]
        yield _Finding("", first, "confused", two.share, detail, second)
    for number, group in enumerate(known.weak or (), 1):
        detail = (
            f"group {number}: {group.correct:,} of {len(group.positions):,} predicted correctly, "
            f"elsewhere {group.accuracy_elsewhere:.1%}"
        )
        for at in group.positions:
            yield _Finding(names[at], of[at], "weak group", group.accuracy, detail)
