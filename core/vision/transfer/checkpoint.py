"""Weights of a classifier in training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.vision.transfer.classifiers import HIDDEN
from core.zoo.spec import ImageNetworkSpec


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Weights of a classifier in training.

    Attributes
    ----------
    classes : tuple of str
    assemble : makes the Keras network, from RGB pixels to the softmax, with starting weights.
    weights : by layer name, the arrays that have changed since.
    backbone : the frozen network, where nothing but the dense layer on top has been trained, and
        the hidden layer before it, if there is one.
    """

    classes: tuple[str, ...]
    assemble: Callable[[], Any] = field(repr=False)
    weights: dict[str, list[np.ndarray]] = field(repr=False)
    backbone: ImageNetworkSpec | None = None

    @property
    def hidden(self) -> list[np.ndarray] | None:
        """(D, H) and (H,) float32, kernel and bias of the hidden layer, if there is one."""
        return self.weights.get(HIDDEN)
