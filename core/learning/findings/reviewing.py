"""The review of a data set as a stage of a first look at it, whatever its size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from core.learning.findings.labels import LabelsStep
from core.learning.findings.outliers import OutliersStep
from core.learning.findings.pairs import DuplicatePair, linked
from core.learning.findings.review import Review, review


def review_steps(
    vectors: np.ndarray,
    labels: np.ndarray,
    classes: int,
    pairs: Iterable[DuplicatePair],
    *,
    seed: int = 0,
) -> Iterator[Review]:
    """As `review`, with near duplicates in one fold; of a single example nothing is found."""
    if len(vectors) < 2:
        yield Review("done", 1.0, LabelsStep(1.0), OutliersStep(1.0), (), ())
        return
    groups = linked(pairs, len(vectors))
    yield from review(vectors, labels, classes, groups=groups, seed=seed)
