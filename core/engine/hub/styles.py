"""TF-Hub style transfer: a SavedModel that takes two pictures, run by TensorFlow itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.engine.hub.saved_module import SavedModule
from core.zoo.keras_runtime import tensorflow

STYLE_PX = 256
"""Side of the style's square that the module was trained with."""
_PROBE_PX = 64


class StyleModule(SavedModule):
    """A photo and a style in, the stylised photo out, as Magenta's module does it.

    Raises
    ------
    InvalidInputError
        If it is not a SavedModel of that signature.

    References
    ----------
    Ghiasi et al. (2017), https://arxiv.org/abs/1705.06830;
    https://www.kaggle.com/models/google/arbitrary-image-stylization-v1
    """

    expected = (
        "a style transfer module like Magenta's: a photo and a style (1, h, w, 3) of 0..1 in, the "
        "stylised photo out"
    )

    def __call__(self, content: np.ndarray, style: np.ndarray) -> np.ndarray:
        """(H, W, 3) float32 of 0..1, of the size of `content`; both are (h, w, 3) of 0..1."""
        result = self._run_both(content[None], style[None])
        if isinstance(result, dict):
            result = next(iter(result.values()))
        elif isinstance(result, tuple | list):
            result = result[0]
        picture = np.asarray(result, np.float32)
        if picture.ndim != 4 or picture.shape[0] != 1 or picture.shape[3] != 3:
            raise self._refuse(f"an output of shape {picture.shape}")
        # a network of strides gives up to three pixels more
        height, width = content.shape[:2]
        if picture.shape[1] < height or picture.shape[2] < width:
            raise self._refuse(f"an output of shape {picture.shape} for a photo {content.shape}")
        return picture[0, :height, :width]

    def _run_both(self, content: np.ndarray, style: np.ndarray) -> Any:
        tf = tensorflow()
        arrays = [tf.constant(np.asarray(a, np.float32)) for a in (content, style)]
        with self._lock:
            if self._function is self._module:
                return self._function(*arrays)
            signature: Any = self._function  # of a module of TensorFlow 1, a concrete function
            names = sorted(signature.structured_input_signature[1])
            return self._function(**dict(zip(names, arrays, strict=True)))

    def _probe(self) -> None:
        grey = np.full((_PROBE_PX, _PROBE_PX, 3), 0.5, np.float32)
        self(grey, np.full((STYLE_PX, STYLE_PX, 3), 0.5, np.float32))
