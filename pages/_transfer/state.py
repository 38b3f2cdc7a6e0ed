"""What the rooms of the transfer lab share in a session: photos, corrections, trainings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.engine import Job
from core.learning.metrics import Evaluation
from core.vision.transfer import TrainingSettings, TrainingStep
from core.vision.transfer.datasets import ImageDataset
from core.vision.transfer.race import Lane, RaceStep
from core.vision.transfer.trained_model import TrainedModel
from pages._ui.workspace import Workspace, Workspaces


@dataclass(frozen=True, slots=True)
class TrainedLane:
    """A training of a race whose classifier can be used.

    Attributes
    ----------
    probabilities : (n, C) float32, rows as in `step.split.test`.
    evaluation : of these against the labels.
    """

    settings: TrainingSettings
    step: TrainingStep
    model: TrainedModel
    probabilities: np.ndarray
    evaluation: Evaluation


@dataclass(slots=True)
class Lab(Workspace[ImageDataset]):
    """One visitor's photos, and what was trained on them.

    Attributes
    ----------
    race : the trainings so far.
    job : what trains them, or has.
    before : the trainings that were repeated by these.
    """

    race: RaceStep | None = None
    job: Job[RaceStep] | None = None
    before: RaceStep | None = None

    def ready(self) -> list[TrainedLane]:
        """The trainings whose classifier can be used."""
        lanes = self.race.lanes if self.race else ()
        return [ready for lane in lanes if (ready := _trained(lane)) is not None]


class Labs(Workspaces[Lab]):
    """The labs of all visitors."""

    def current(self) -> Lab | None:
        """This visitor's, with what its job has come to by now."""
        work = super().current()
        if work is not None and work.job is not None and work.job.snapshot is not None:
            work.race = work.job.snapshot
        return work


LABS = Labs("lab", "lab_kept")


def _trained(lane: Lane) -> TrainedLane | None:
    step, probabilities, evaluation = lane.step, lane.probabilities, lane.evaluation
    if step is None or step.model is None or probabilities is None or evaluation is None:
        return None
    return TrainedLane(lane.settings, step, step.model, probabilities, evaluation)
