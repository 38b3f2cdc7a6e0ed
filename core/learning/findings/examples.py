"""What findings take: vectors of frozen networks, with labels or without."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.errors import InvalidInputError
from core.learning.logistic_regression import standardised

MOST_AXES = 256
"""Main directions of features that are kept: clusters and linear classifiers need no more."""


def main_directions(vectors: np.ndarray, widths: Sequence[int] = ()) -> np.ndarray:
    """(N, R) float32: standardised features along their main directions, found without labels.

    Parameters
    ----------
    vectors : (N, D) float32
    widths : of blocks of columns that have the same say, D together; one block if empty.
    """
    widths = widths or (vectors.shape[1],)
    return standardised(vectors, widths, MOST_AXES)(vectors).astype(np.float32)


def checked_examples(vectors: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """The labels as int64.

    Raises
    ------
    InvalidInputError
        If vectors and labels do not fit together, labels are others than 0..classes-1, or fewer
        than two classes have two examples each.
    """
    labels = np.asarray(labels)
    if vectors.ndim != 2 or labels.shape != vectors.shape[:1] or labels.dtype.kind not in "iu":
        raise InvalidInputError(
            "Expected vectors in rows and a whole label for each. "
            f"Received: shapes {vectors.shape} and {labels.shape}."
        )
    if not np.isfinite(vectors).all():
        raise InvalidInputError("Expected finite vectors. Received: others.")
    if len(labels) and not (labels.min() >= 0 and labels.max() < classes):
        raise InvalidInputError(
            f"Expected labels in 0..{classes - 1}. Received: {labels.min()}..{labels.max()}."
        )
    counts = np.bincount(labels, minlength=classes)
    if (counts > 1).sum() < 2:
        raise InvalidInputError(
            "Expected at least two classes with at least two examples each. "
            f"Received: {len(labels)} examples, of which the largest class has {counts.max()}."
        )
    return labels.astype(np.int64)
