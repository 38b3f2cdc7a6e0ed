"""How sure a classifier may be: cross-entropies, and the temperature that makes them least."""

from __future__ import annotations

import numpy as np

_PRIOR_DEVIATION = 0.5  # of the logarithm of the temperature
_CANDIDATES = np.exp(np.linspace(-1.5, 1.5, 61))


def cross_entropies(
    probabilities: np.ndarray, targets: np.ndarray, *, floor: float = 1e-9
) -> np.ndarray:
    """(N,) in nats, of (N, C) probabilities and one-hot targets.

    A probability below `floor` counts as that much.
    """
    return -np.log(np.maximum((probabilities * targets).sum(axis=1), floor))


def loss_and_accuracy(
    probabilities: np.ndarray, targets: np.ndarray, *, floor: float = 1e-9
) -> tuple[float, float]:
    """Mean cross-entropy in nats, and accuracy, of (N, C) probabilities and one-hot targets."""
    losses = cross_entropies(probabilities, targets, floor=floor)
    return float(losses.mean()), float((probabilities.argmax(1) == targets.argmax(1)).mean())


def at_temperature(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """The softmax of the same logits divided by `temperature`."""
    from scipy.special import softmax  # takes a while

    return softmax(np.log(np.maximum(probabilities, 1e-30)) / temperature, axis=1)


def fit_temperature(probabilities: np.ndarray, targets: np.ndarray) -> float:
    """The temperature at which (N, C) probabilities fit (N, C) one-hot targets best.

    A few examples say little, so that it stays near 1 for them: a normal prior on its logarithm.

    References
    ----------
    Guo et al., On Calibration of Modern Neural Networks, ICML 2017.
    """
    losses = [
        len(targets) * loss_and_accuracy(at_temperature(probabilities, t), targets)[0]
        + (np.log(t) / _PRIOR_DEVIATION) ** 2 / 2
        for t in _CANDIDATES
    ]
    return float(_CANDIDATES[int(np.argmin(losses))])
