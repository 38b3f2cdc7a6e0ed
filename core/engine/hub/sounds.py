"""TF-Hub sound taggers: a SavedModel that takes samples, run by TensorFlow itself."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np

from core.engine.hub.saved_module import SavedModule
from core.wording import counted

RATE = 16_000
"""Samples a second that YAMNet was trained on."""
HOP = 7_680
"""Samples from window to window: 0.48 s."""
WINDOW = 15_600
"""Samples that a window needs: 0.96 s of frames that are 10 ms apart and 25 ms long."""

_PROBE_WINDOWS = 2


class SoundOutputs(NamedTuple):
    """What a tagger says: scores (frames, classes) and embeddings (frames, D), float32."""

    scores: np.ndarray
    embeddings: np.ndarray


class SoundModule(SavedModule):
    """Samples in, scores and embeddings of windows out, as YAMNet does it.

    Attributes
    ----------
    labels : tuple of str
        Names of the classes.
    dimension : int
        Of the embeddings.

    Raises
    ------
    InvalidInputError
        If it is not a SavedModel of YAMNet's signature, with `class_map_path`.

    References
    ----------
    https://www.kaggle.com/models/google/yamnet
    """

    expected = (
        "a sound tagger like YAMNet: samples (n,) in; scores (frames, classes) every 0.48 s, "
        "embeddings (frames, D) and a spectrogram out; class names at class_map_path()"
    )

    def __call__(self, samples: np.ndarray) -> SoundOutputs:
        """Of (n,) float32 samples at 16 kHz; a module pads them to full windows."""
        result = self._run(np.asarray(samples, np.float32))
        if not isinstance(result, tuple | list) or len(result) != 3:
            raise self._refuse(f"an output {type(result).__name__}, not three arrays")
        scores, embeddings = (np.asarray(part, np.float32) for part in result[:2])
        windows = window_count(len(samples))
        # one more or less: a padding that rounds otherwise is no other kind of module
        if (
            scores.ndim != 2
            or embeddings.ndim != 2
            or len(scores) != len(embeddings)
            or abs(len(scores) - windows) > 1
        ):
            raise self._refuse(
                f"outputs of shapes {scores.shape} and {embeddings.shape} for "
                f"{counted(windows, 'window')}"
            )
        return SoundOutputs(scores, embeddings)

    def _probe(self) -> None:
        if not hasattr(self._module, "class_map_path"):
            raise self._refuse("a module without class_map_path")
        path = self._module.class_map_path().numpy().decode()
        with Path(path).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        if not rows or "display_name" not in rows[0]:
            raise self._refuse("a class map without a column display_name")
        self.labels = tuple(row["display_name"] for row in rows)
        scores, embeddings = self(np.zeros(span(_PROBE_WINDOWS), np.float32))
        if scores.shape[1] != len(self.labels):
            raise self._refuse(f"{scores.shape[1]} scores and {len(self.labels)} class names")
        self.dimension = embeddings.shape[1]


def span(windows: int) -> int:
    """Samples that so many windows cover."""
    return WINDOW + (windows - 1) * HOP


def window_count(samples: int) -> int:
    """Windows that so many samples make, the last one padded."""
    return 1 + max(0, -(-(samples - WINDOW) // HOP))
