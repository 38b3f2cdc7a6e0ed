"""Multinomial logistic regression: the one layer that learns on top of frozen features.

scikit-learn solves for it by L-BFGS: Liu and Nocedal (1989), https://doi.org/10.1007/BF01589116
What is called the inverse penalty here is its `C`.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_MAX_STEPS = 300
_FINE = 1e-5  # the gradient at which a solution that is watched counts as one


@dataclass(frozen=True, slots=True)
class LinearLayer:
    """Logits from features.

    Attributes
    ----------
    weights : (D, C) float32
    bias : (C,) float32; -inf for a class without examples, which is never predicted.
    """

    weights: np.ndarray
    bias: np.ndarray

    def logits(self, x: np.ndarray) -> np.ndarray:
        """(N, C) float32 of (N, D) float32 features."""
        return x @ self.weights + self.bias

    def predict(self, x: np.ndarray) -> np.ndarray:
        """(N, C) float32: softmax probabilities of (N, D) float32 features."""
        from scipy.special import softmax  # takes a while

        return softmax(self.logits(x), axis=1)


@dataclass(frozen=True, slots=True)
class Scaling:
    """What is done to features before they are learned from: (x - mean) / scale, along some axes.

    Attributes
    ----------
    mean, scale : (D,) float32
    axes : (D, R) float32 with orthonormal columns, or None for the features themselves.
    """

    mean: np.ndarray
    scale: np.ndarray
    axes: np.ndarray | None = None

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """(N, R) float32 of (N, D) float32."""
        z = (x - self.mean) / self.scale
        return z if self.axes is None else z @ self.axes

    def undo(self, layer: LinearLayer) -> LinearLayer:
        """The layer that makes the same of features as they come."""
        weights = layer.weights if self.axes is None else self.axes @ layer.weights
        weights = weights / self.scale[:, None]
        bias = layer.bias - self.mean @ weights
        return LinearLayer(weights.astype(np.float32), bias.astype(np.float32))


def unit_length(x: np.ndarray, widths: Sequence[int] = ()) -> Scaling:
    """To rows of length 1 on average, blocks of columns of these `widths` having the same say."""
    blocks = np.split(x, np.cumsum(widths)[:-1], axis=1) if widths else [x]
    scales = [
        np.full(block.shape[1], np.linalg.norm(block, axis=1).mean() * len(blocks) ** 0.5)
        for block in blocks
    ]
    return Scaling(np.zeros(x.shape[1], np.float32), np.concatenate(scales).astype(np.float32))


def standardised(x: np.ndarray, widths: Sequence[int], most_axes: int | None = None) -> Scaling:
    """To mean 0 and deviation 1, blocks of columns of these `widths` having the same say.

    Of N rows with more columns than that, N directions hold all there is to know. Where only the
    `most_axes` main ones are wanted, they are found by random projections, which is much quicker:
    Halko et al. (2011), https://doi.org/10.1137/090771806
    """
    sizes = np.repeat(np.sqrt(np.array(widths, np.float32)), widths)
    scaling = Scaling(x.mean(axis=0), (x.std(axis=0) + 1e-3) * sizes)
    if most_axes is not None and most_axes < min(x.shape):
        from sklearn.utils.extmath import randomized_svd  # takes a second

        _, _, axes = randomized_svd(scaling(x), most_axes, random_state=0)
        return Scaling(scaling.mean, scaling.scale, axes.T)
    if x.shape[0] >= x.shape[1]:
        return scaling
    _, lengths, axes = np.linalg.svd(scaling(x), full_matrices=False)
    return Scaling(scaling.mean, scaling.scale, axes[lengths > 1e-6 * lengths[0]].T)


def fit(
    x: np.ndarray | csr_matrix,
    labels: np.ndarray,
    classes: int,
    inverse_penalty: float,
    scaling: Scaling | None = None,
) -> LinearLayer:
    """The layer that makes cross-entropy and penalty on large weights least.

    Parameters
    ----------
    x : (N, D) float32, dense or sparse.
    labels : (N,) int64 in 0..classes-1; at least two of them occur.
    inverse_penalty : > 0; the larger, the more freely it learns.
    scaling : of dense `x`. What is returned takes `x` as it comes.
    """
    model = _model(inverse_penalty, max_iter=_MAX_STEPS)
    return _fitted(model, x if scaling is None else scaling(x), labels, classes, scaling)


def fit_in_steps(
    x: np.ndarray,
    labels: np.ndarray,
    classes: int,
    inverse_penalty: float,
    scaling: Scaling | None = None,
    *,
    steps: int = 10,
) -> Iterator[tuple[LinearLayer, bool]]:
    """As `fit`, with the layer after every so many steps, and whether it is the solution."""
    from sklearn.exceptions import ConvergenceWarning

    model = _model(inverse_penalty, max_iter=steps, tol=_FINE, warm_start=True)
    z, is_solved = x if scaling is None else scaling(x), False
    while not is_solved:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # that is what steps are for
            layer = _fitted(model, z, labels, classes, scaling)
        is_solved = int(model.n_iter_.max()) < steps
        yield layer, is_solved


def _model(inverse_penalty: float, **options: Any) -> Any:
    from sklearn.linear_model import LogisticRegression  # takes a second

    return LogisticRegression(C=inverse_penalty, **options)


@cache
def _thread_pools() -> Any:
    """Of the libraries that scikit-learn has brought; to look for them takes 8 ms."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def one_thread() -> Any:
    """A context in which products of matrices take one thread each."""
    return _thread_pools().limit(limits=1)


def _fitted(
    model: Any,
    z: np.ndarray | csr_matrix,
    labels: np.ndarray,
    classes: int,
    scaling: Scaling | None,
) -> LinearLayer:
    # One thread: several are slower at matrices of this size. OpenBLAS's kernels raise the flag of
    # an invalid value now and then for lanes that are in no result, so the result is looked at.
    with one_thread(), np.errstate(invalid="ignore"):
        model.fit(z, labels)
    coefficients, intercepts = model.coef_, model.intercept_
    if not np.isfinite(coefficients).all():
        raise ArithmeticError("Expected finite weights of a logistic regression. Received: others.")
    if len(model.classes_) == 2:  # scikit-learn keeps one row for two classes
        coefficients = np.concatenate([-coefficients, coefficients]) / 2
        intercepts = np.append(-intercepts, intercepts) / 2
    weights = np.zeros((z.shape[1], classes), np.float32)
    bias = np.full(classes, -np.inf, np.float32)
    weights[:, model.classes_] = coefficients.T
    bias[model.classes_] = intercepts
    layer = LinearLayer(weights, bias)
    return layer if scaling is None else scaling.undo(layer)
