"""The one layer that learns: from vectors of windows to classes of sounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from core.learning.logistic_regression import LinearLayer, fit, standardised
from core.learning.penalty_search import best_of, folds_as_parts, search_penalty
from core.sound.encoders import Source

INVERSE_PENALTIES = (0.5, 5.0, 50.0)
"""To choose among, for vectors of about unit length."""


@dataclass(frozen=True, slots=True)
class SoundHead(LinearLayer):
    """A linear classifier of windows, or of whole sounds.

    Attributes
    ----------
    classes : tuple of C str
    sources : the networks whose vectors it takes.
    """

    classes: tuple[str, ...]
    sources: tuple[Source, ...]


def fit_head(
    vectors: Sequence[np.ndarray],
    labels: np.ndarray,
    classes: Sequence[str],
    sources: Sequence[Source],
    inverse_penalty: float,
) -> SoundHead:
    """Multinomial logistic regression; every source has the same say before it learns.

    Parameters
    ----------
    vectors : (N, D) float32 for each source.
    labels : (N,) int64, positions in `classes`; at least two of them occur.
    inverse_penalty : > 0; see `INVERSE_PENALTIES`.
    """
    x = np.concatenate(vectors, axis=1)
    scaling = standardised(x, [part.shape[1] for part in vectors])
    layer = fit(x, labels, len(classes), inverse_penalty, scaling)
    return SoundHead(layer.weights, layer.bias, tuple(classes), tuple(sources))


def choose_penalty(
    vectors: Sequence[np.ndarray], labels: np.ndarray, classes: Sequence[str], folds: np.ndarray
) -> float:
    """The inverse penalty whose heads find folds that they have not seen most likely.

    Parameters
    ----------
    folds : (N,) int64, at least two different ones.

    Raises
    ------
    InvalidInputError
        If there are fewer.
    """
    scaling_of = partial(standardised, widths=[part.shape[1] for part in vectors])
    *_, attempts = search_penalty(
        np.concatenate(vectors, axis=1),
        labels,
        len(classes),
        INVERSE_PENALTIES,
        folds_as_parts(folds),
        scaling_of,
    )
    return best_of(attempts)
