"""A training as JSON: settings, split, evaluation, and what its kind knows besides. No pickle.

The classifier is kept beside it, in a file of its own.
"""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from core.learning.examples import SkippedFile
from core.learning.metrics import Evaluation, evaluate
from core.learning.stored import checked
from core.learning.training import BaseTrainingStep, Split

FORMAT = "graft training 1"
_DTYPES = ("<f4", "<f8", "<i8")
_PARTS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class TrainingFile:
    """What is kept of a training.

    Attributes
    ----------
    about : what JSON can hold.
    arrays : by name, of float32, float64 or int64.
    """

    about: dict[str, Any]
    arrays: dict[str, np.ndarray] = field(repr=False)

    def to_json(self) -> bytes:
        """The content of a file."""
        arrays = {name: _described(array) for name, array in self.arrays.items()}
        return json.dumps({"format": FORMAT, "about": self.about, "arrays": arrays}).encode()

    @classmethod
    def from_json(cls, data: bytes) -> TrainingFile:
        """What `to_json` has made.

        Raises
        ------
        InvalidInputError
            If it is something else.
        """

        def read() -> TrainingFile:
            stored = json.loads(data)
            if stored["format"] != FORMAT:
                raise ValueError
            arrays = {name: _array(**array) for name, array in stored["arrays"].items()}
            return cls(dict(stored["about"]), arrays)

        return checked(read)

    def evaluation(self, classes: tuple[str, ...]) -> Evaluation:
        """That of the classifier with these classes."""
        return evaluate(self.arrays["labels"], self.arrays["probabilities"], classes)

    def common(self) -> dict[str, Any]:
        """The fields of a snapshot that all kinds of training share, without their settings."""
        return {
            "stage": str(self.about["stage"]),
            "share": 1.0,
            "seconds": float(self.about["seconds"]),
            "split": Split(*(self.arrays[part] for part in _PARTS)),
            "skipped": tuple(SkippedFile(str(n), str(why)) for n, why in self.about["skipped"]),
        }


def training_file(
    step: BaseTrainingStep[Any, Any],
    labels: np.ndarray,
    probabilities: np.ndarray,
    about: dict[str, Any] | None = None,
    arrays: dict[str, np.ndarray] | None = None,
) -> TrainingFile:
    """Of the last snapshot of a training.

    Parameters
    ----------
    labels, probabilities : (n,) int64 and (n, C) float, of the test part.
    about, arrays : what its kind knows besides.
    """
    split = step.split
    return TrainingFile(
        {
            "settings": asdict(step.settings),
            "stage": step.stage,
            "seconds": step.seconds,
            "skipped": [[file.name, file.reason] for file in step.skipped],
            **(about or {}),
        },
        {
            **dict(zip(_PARTS, (split.train, split.validation, split.test), strict=True)),
            "labels": labels,
            "probabilities": probabilities,
            **(arrays or {}),
        },
    )


def _described(array: np.ndarray) -> dict[str, Any]:
    data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
    return {"dtype": array.dtype.str, "shape": array.shape, "data": data}


def _array(dtype: str, shape: list[int], data: str) -> np.ndarray:
    if dtype not in _DTYPES:
        raise ValueError
    return np.frombuffer(base64.b64decode(data), dtype).reshape(shape)
