"""What is trained on, and what is about to be made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from core.learning.datasets import LabelledExamples
from core.learning.training import BaseTrainingSettings

DataT = TypeVar("DataT", bound=LabelledExamples)
SettingsT = TypeVar("SettingsT", bound=BaseTrainingSettings)


@dataclass(frozen=True, slots=True)
class TrainingSet(Generic[DataT]):
    """A data set as it was corrected by then.

    Attributes
    ----------
    origin : (N,) int64, where each of its examples is in the data set as it came in.
    """

    dataset: DataT
    origin: np.ndarray


@dataclass(frozen=True, slots=True)
class Attempt(Generic[DataT, SettingsT]):
    """What a job trains, and on what, until its outcome is in its place.

    Attributes
    ----------
    settings : of each classifier, in their order.
    is_asked_for : whether somebody has asked for it; a room may open on a training.
    goes_on : whether it goes on with one that was interrupted.
    """

    settings: tuple[SettingsT, ...]
    training_set: TrainingSet[DataT]
    is_asked_for: bool = True
    goes_on: bool = False
