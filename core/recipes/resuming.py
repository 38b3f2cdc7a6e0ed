"""Trainings that go on where they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.zoo.keras_runtime import keras


def resume(network: Any, state: Path, **custom_objects: Any) -> int:
    """Read weights and the optimizer's state, if they are there; how many steps those have seen.

    Parameters
    ----------
    network : a compiled Keras model.
    state : a `.keras` file of it, saved after some steps.
    custom_objects : what the file names and Keras does not know.
    """
    if not state.exists():
        return 0
    saved = keras().saving.load_model(state, custom_objects=custom_objects)
    network.set_weights(saved.get_weights())
    network.optimizer.build(network.trainable_variables)
    for own, there in zip(network.optimizer.variables, saved.optimizer.variables, strict=True):
        own.assign(there)
    return int(saved.optimizer.iterations)
