"""TF-Hub text embeddings: a SavedModel that takes strings, run by TensorFlow itself."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.errors import InvalidInputError
from core.zoo.keras_runtime import tensorflow
from core.zoo.sources import bytes_in

_PROBE = ["a text to see what comes out"]


class TextModule:
    """Texts in, vectors out. TensorFlow is loaded; string operations run nowhere else.

    Parameters
    ----------
    name : what the visitor typed.
    folder : a SavedModel.

    Attributes
    ----------
    name : str
    dimension : int
    bytes : int
        What it takes in memory, about.

    Raises
    ------
    InvalidInputError
        If it is not a SavedModel that makes (N, D) of N strings.

    References
    ----------
    https://www.tensorflow.org/hub/common_signatures/text
    """

    def __init__(self, name: str, folder: Path) -> None:
        tf = tensorflow()
        if not (folder / "saved_model.pb").exists():
            raise InvalidInputError(
                f"Expected a SavedModel folder, with a file saved_model.pb. Received: {folder}"
            )
        self.name = name
        self.bytes = module_cost(folder)
        self._lock = threading.Lock()
        try:
            self._module = tf.saved_model.load(str(folder))  # it is gone when nobody holds it
            self._function = _callable_of(self._module)
            self.dimension = self(_PROBE).shape[1]
        except InvalidInputError:
            raise
        except Exception as err:
            raise InvalidInputError(
                "Expected a text embedding: strings (N,) in, vectors (N, D) out. "
                f"{name} cannot be used so: {str(err).strip().splitlines()[0][:300]}"
            ) from err

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        """(N, D) float32 of N texts."""
        tf = tensorflow()
        with self._lock:
            result = self._function(tf.constant(list(texts)))
        if isinstance(result, dict):
            result = result.get("default", next(iter(result.values())))
        vectors = np.asarray(result, np.float32)
        if vectors.ndim != 2 or len(vectors) != len(texts):
            raise InvalidInputError(
                "Expected a text embedding: strings (N,) in, vectors (N, D) out. "
                f"Received: an output of shape {vectors.shape} for {len(texts)} texts."
            )
        return vectors


def module_cost(folder: Path) -> int:
    """Bytes that a module takes, about: its variables and TensorFlow's copy of them."""
    return 2 * bytes_in(folder)


def _callable_of(module):
    """The module itself, or the signature that modules of TensorFlow 1 have."""
    if callable(module):
        return module
    for name in ("default", "serving_default"):
        if name in module.signatures:
            return module.signatures[name]
    raise InvalidInputError(
        "Expected a module that can be called, or with a signature `default`. "
        f"Received: {sorted(module.signatures)}."
    )
