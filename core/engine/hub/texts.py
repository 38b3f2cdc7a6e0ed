"""TF-Hub text embeddings: a SavedModel that takes strings, run by TensorFlow itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.engine.hub.saved_module import SavedModule
from core.wording import counted

_PROBE = ["a text to see what comes out"]


class TextModule(SavedModule):
    """Texts in, vectors out. TensorFlow is loaded; string operations run nowhere else.

    Attributes
    ----------
    dimension : int

    Raises
    ------
    InvalidInputError
        If it is not a SavedModel that makes (N, D) of N strings.

    References
    ----------
    https://www.tensorflow.org/hub/common_signatures/text
    """

    expected = "a text embedding: strings (N,) in, vectors (N, D) out"

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        """(N, D) float32 of N texts."""
        result = self._run(list(texts))
        if isinstance(result, dict):
            result = result.get("default", next(iter(result.values())))
        vectors = np.asarray(result, np.float32)
        if vectors.ndim != 2 or len(vectors) != len(texts):
            raise self._refuse(
                f"an output of shape {vectors.shape} for {counted(len(texts), 'text')}"
            )
        return vectors

    def _probe(self) -> None:
        self.dimension = self(_PROBE).shape[1]
