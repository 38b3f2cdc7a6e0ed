"""What a classifier says of examples that it has not learned from: out-of-fold probabilities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from core.errors import InvalidInputError
from core.learning.logistic_regression import fit, standardised
from core.learning.penalty_search import folds_as_parts

FOLDS = 5
MOST_AXES = 256
"""Main directions of features, which is what classifiers here learn from, one after another."""


def main_directions(vectors: np.ndarray, widths: Sequence[int] = ()) -> np.ndarray:
    """(N, R) float32: standardised features along their main directions, found without labels.

    Parameters
    ----------
    vectors : (N, D) float32
    widths : of blocks of columns that have the same say, D together; one block if empty.
    """
    widths = widths or (vectors.shape[1],)
    return standardised(vectors, widths, MOST_AXES)(vectors).astype(np.float32)


def stratified_folds(
    labels: np.ndarray, *, most: int = FOLDS, seed: int = 0, groups: np.ndarray | None = None
) -> np.ndarray:
    """To which fold each example belongs, each class and all together spread evenly.

    Parameters
    ----------
    labels : (N,) int64
    most : int >= 2, folds; fewer if there are fewer examples.
    seed : int >= 0
    groups : (N,) int, or None
        Examples of one group, such as near duplicates, are in one fold: that of the first of them.

    Returns
    -------
    (N,) int64 in 0..most-1
    """
    places = np.arange(len(labels))
    if groups is not None:
        _, firsts, places = np.unique(groups, return_index=True, return_inverse=True)
        labels = labels[firsts]
    order = np.random.default_rng(seed).permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    folds = np.empty(len(labels), np.int64)
    folds[order] = np.arange(len(labels)) % most  # dealt out like cards, class after class
    return folds[places]


def predict_out_of_fold(
    x: np.ndarray,
    labels: np.ndarray,
    classes: int,
    folds: np.ndarray,
    inverse_penalty: float,
    *,
    weigh: np.ndarray | None = None,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Each fold as a classifier sees it that was trained on the others.

    Parameters
    ----------
    x : (N, D) float32
    labels : (N,) int64 in 0..classes-1
    folds : (N,) int64
    inverse_penalty : as for `core.learning.logistic_regression.fit`.
    weigh : (N,) bool, or None
        Which examples are learned from; None for all. All are predicted.

    Yields
    ------
    (n,) int64 positions of a fold, and (n, classes) float32 probabilities. Where there is one class
    to learn from, all classes are as probable.

    Raises
    ------
    InvalidInputError
        If all examples are in one fold.
    """
    for train, held in folds_as_parts(folds):
        learned = train if weigh is None else train[weigh[train]]
        if len(np.unique(labels[learned])) < 2:
            yield held, np.full((len(held), classes), 1 / classes, np.float32)
        else:
            layer = fit(x[learned], labels[learned], classes, inverse_penalty)
            yield held, layer.predict(x[held])


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
