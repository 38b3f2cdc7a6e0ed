"""A hidden layer and a dense layer after it, which learn from frozen features by gradients.

NumPy does it: on features that are there, TensorFlow would take longer to start than to train.

References
----------
Adam with decoupled weight decay: Loshchilov and Hutter (2017), https://arxiv.org/abs/1711.05101.
Starting weights: He et al. (2015), https://arxiv.org/abs/1502.01852. Dropout: Srivastava et al.
(2014), https://jmlr.org/papers/v15/srivastava14a.html
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.learning.logistic_regression import LinearLayer, Scaling, one_thread

_BATCH, _LEAST = 32, 4  # examples of a step
_STEPS = 24  # of an epoch at least, as far as that leaves as many examples for each
_AT_ONCE = 16  # batches between two words on how far it is
_MEAN, _VARIANCE, _TINY = 0.9, 0.999, 1e-7  # Adam's, as Keras has them


@dataclass(frozen=True, slots=True)
class TwoLayers:
    """What makes probabilities of features by way of a hidden layer.

    Attributes
    ----------
    hidden : from features to H units, of which negative values become 0.
    predictions : from these to the logits.
    """

    hidden: LinearLayer
    predictions: LinearLayer

    def embed(self, x: np.ndarray) -> np.ndarray:
        """(N, H) float32: the hidden units of (N, D) float32 features."""
        return np.maximum(self.hidden.logits(x), 0)

    def predict(self, x: np.ndarray) -> np.ndarray:
        """(N, C) float32: softmax probabilities of (N, D) float32 features."""
        return self.predictions.predict(self.embed(x))


@dataclass(frozen=True, slots=True)
class HiddenLayerPlan:
    """How two layers learn.

    Attributes
    ----------
    units : int, H, of the hidden layer.
    epochs : int, passes over the examples; over all of them the rate rises, then falls as a cosine.
    learning_rate : float, the highest one.
    dropout : float in [0, 1), share of hidden units that the dense layer does not get to see, anew
        for each example.
    weight_decay : float, what a kernel loses at each step, over the learning rate.
    """

    units: int
    epochs: int
    learning_rate: float
    dropout: float
    weight_decay: float


def centred(x: np.ndarray, widths: Sequence[int]) -> Scaling:
    """To mean 0, and to mean squares of 1 in total, blocks of columns of these `widths` having the
    same say.

    Columns keep their sizes within a block: one that hardly varies among few examples would be
    blown up on others, where no example has taught its weights anything.
    """
    blocks = np.split(x, np.cumsum(widths)[:-1], axis=1)
    scales = [
        np.full(block.shape[1], np.sqrt(block.var(axis=0).sum() * len(widths) / x.shape[1]) + 1e-6)
        for block in blocks
    ]
    return Scaling(x.mean(axis=0), np.concatenate(scales).astype(np.float32))


class HiddenLayerTraining:
    """Two layers as they learn, epoch after epoch.

    Parameters
    ----------
    x : (N, D) float32 features.
    labels : (N,) int64 in 0..classes-1
    scaling : of `x`, along its own axes. What has learned takes features as they come.
    seed : of the starting weights, the order of examples and dropout.
    """

    def __init__(
        self,
        x: np.ndarray,
        labels: np.ndarray,
        classes: int,
        plan: HiddenLayerPlan,
        scaling: Scaling,
        seed: int,
    ) -> None:
        self._z, self._scaling, self._plan, self._seed = scaling(x), scaling, plan, seed
        self._targets = np.eye(classes, dtype=np.float32)[labels]
        self._size = min(_BATCH, max(_LEAST, len(x) // _STEPS))
        self._batches = -(-len(x) // self._size)
        self._shapes = [(x.shape[1], plan.units), (plan.units,), (plan.units, classes), (classes,)]
        sizes = [math.prod(shape) for shape in self._shapes]
        self._ends = np.cumsum(sizes)[:-1]
        # What learns, and what Adam remembers of its slopes and of their squares
        self._state = np.zeros((3, sum(sizes)), np.float32)
        self._gradient, self._change = np.empty((2, sum(sizes)), np.float32)
        rng = np.random.default_rng((seed, 0))
        hidden, _, predictions, _ = self._parts(self._state[0])
        hidden[:] = rng.normal(0, math.sqrt(2 / len(hidden)), hidden.shape)
        predictions[:] = rng.normal(0, math.sqrt(1 / len(predictions)), predictions.shape)

    @property
    def layers(self) -> TwoLayers:
        """What has learned, as it is now."""
        hidden, hidden_bias, kernel, bias = (part.copy() for part in self._parts(self._state[0]))
        return TwoLayers(
            self._scaling.undo(LinearLayer(hidden, hidden_bias)), LinearLayer(kernel, bias)
        )

    @property
    def state(self) -> np.ndarray:
        """(n,) float32: all that `restore` needs."""
        return self._state.reshape(-1).copy()

    def restore(self, state: np.ndarray) -> None:
        """Go on from what another training of the same kind had come to.

        Raises
        ------
        ValueError
            If it was of another kind, or is damaged.
        """
        if state.dtype != np.float32 or state.shape != (self._state.size,):
            raise ValueError
        if not np.isfinite(state).all():
            raise ValueError
        self._state[:] = state.reshape(self._state.shape)
        if (self._state[2] < 0).any():
            raise ValueError

    def run_epoch(self, epoch: int) -> Iterator[float]:
        """Learn from every example once; yields the share of the epoch that is done.

        Parameters
        ----------
        epoch : its number, from 0.
        """
        rng = np.random.default_rng((self._seed, epoch + 1))
        order = rng.permutation(len(self._z))
        for batch in range(self._batches):
            rows = order[batch * self._size : (batch + 1) * self._size]
            with one_thread():  # several are slower at matrices of this size
                self._step(rows, rng, epoch * self._batches + batch)
            if (batch + 1) % _AT_ONCE == 0 or batch + 1 == self._batches:
                yield (batch + 1) / self._batches

    def _parts(self, flat: np.ndarray) -> list[np.ndarray]:
        """Views of one array: hidden kernel and bias, kernel and bias of the dense layer."""
        parts = np.split(flat, self._ends)
        return [part.reshape(shape) for part, shape in zip(parts, self._shapes, strict=True)]

    def _step(self, rows: np.ndarray, rng: np.random.Generator, number: int) -> None:
        from scipy.special import softmax  # takes a while

        plan = self._plan
        hidden_kernel, hidden_bias, kernel, bias = self._parts(self._state[0])
        x = self._z[rows]
        units = np.maximum(x @ hidden_kernel + hidden_bias, 0)
        seen = np.float32(1 / (1 - plan.dropout)) * (
            rng.random(units.shape, np.float32) >= plan.dropout
        )
        dropped = units * seen
        slopes = softmax(dropped @ kernel + bias, axis=1) - self._targets[rows]
        slopes /= np.float32(len(rows))
        of_units = (slopes @ kernel.T) * seen * (units > 0)
        to_hidden, to_hidden_bias, to_kernel, to_bias = self._parts(self._gradient)
        np.matmul(x.T, of_units, out=to_hidden)
        np.matmul(dropped.T, slopes, out=to_kernel)
        to_hidden_bias[:], to_bias[:] = of_units.sum(axis=0), slopes.sum(axis=0)
        rate = self._rate(number)
        for part in (hidden_kernel, kernel):
            part *= np.float32(1 - rate * plan.weight_decay)
        self._adam(rate, number + 1)

    def _adam(self, rate: float, step: int) -> None:
        """A step down the gradient, without new arrays: these would take most of the time."""
        (learned, mean, variance), gradient, change = self._state, self._gradient, self._change
        mean *= np.float32(_MEAN)
        mean += np.multiply(gradient, np.float32(1 - _MEAN), out=change)
        variance *= np.float32(_VARIANCE)
        np.multiply(gradient, gradient, out=change)
        variance += np.multiply(change, np.float32(1 - _VARIANCE), out=change)
        np.sqrt(variance, out=change)
        change += np.float32(_TINY)
        np.divide(mean, change, out=change)
        change *= np.float32(rate * math.sqrt(1 - _VARIANCE**step) / (1 - _MEAN**step))
        learned -= change

    def _rate(self, step: int) -> float:
        """It rises for a tenth of the steps, from a tenth of the highest, then falls to 0."""
        steps = self._plan.epochs * self._batches
        rise = max(1, steps // 10)
        if step < rise:
            return self._plan.learning_rate * (0.1 + 0.9 * step / rise)
        share = (step - rise) / max(1, steps - rise)
        return self._plan.learning_rate * 0.5 * (1 + math.cos(math.pi * share))
