"""What the rooms of the transfer lab share in a session: photos, corrections, trainings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from core import cluster
from core.engine import JobState
from core.learning.feature_cache import FeatureCache
from core.learning.metrics import Evaluation
from core.learning.resuming import ResumePoint
from core.learning.training_file import TrainingFile
from core.projects.runs import Progress
from core.vision.transfer import TrainingSettings, TrainingStep, training_file
from core.vision.transfer.advice import Advice
from core.vision.transfer.datasets import ImageDataset
from core.vision.transfer.race import Lane, RaceStep, race
from core.vision.transfer.trained_model import TrainedModel
from pages._transfer import cached, lanes
from pages._transfer.sample_sets import SAMPLE_SETS
from pages._ui import jobs
from pages._ui.inputs import digest
from pages._ui.saved_work import Training
from pages._ui.training_set import Attempt, TrainingSet
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
    race : the trainings whose classifiers are used, on `training_set`.
    before : the trainings that were repeated by these.
    beside : other trainings, which can be used in their place: those of a race that was
        cancelled, or of the one that had finished before it; and what they learned from.
    stopped : the race that was cancelled, while the job makes classifiers of what it had.
    on_all : by classifier, what the same training made of all photos.
    advice : what was recommended, by the digest of the data set as it was corrected then.
    features : those that were computed for the advice; trainings need not compute them again.
    """

    race: RaceStep | None = None
    before: RaceStep | None = None
    beside: tuple[RaceStep, TrainingSet[ImageDataset]] | None = None
    stopped: RaceStep | None = None
    on_all: WeakKeyDictionary[TrainedModel, TrainedModel] = field(default_factory=WeakKeyDictionary)
    advice: dict[str, Advice] = field(default_factory=dict)
    features: FeatureCache = field(default_factory=FeatureCache)

    def ready(self) -> list[TrainedLane]:
        """The trainings whose classifier can be used."""
        lanes = self.race.lanes if self.race else ()
        return [ready for lane in lanes if (ready := _trained(lane)) is not None]

    def to_rescue(self) -> RaceStep | None:
        """The race that was cancelled, if classifiers are still to be made of what it had."""
        job, step = self.job, None if self.job is None else self.job.snapshot
        if job is None or job.state is not JobState.CANCELLED or step is None:
            return None
        if self.attempt is None or self.stopped is not None:
            return None
        best = [lane for lane in step.lanes if lane.step is not None and lane.step.best is not None]
        return step if any(lane.evaluation is None for lane in best) else None

    def settle(self) -> None:
        """Put the outcome of a job that is over in its place; nothing finished is lost."""
        if self.job is None or not self.job.is_over or self.attempt is None:
            return
        step, training_set = self.job.snapshot or self.stopped, self.attempt.training_set
        is_whole = self.job.state is JobState.DONE and self.stopped is None
        self.attempt = self.stopped = None
        if is_whole and step is not None:
            self.before = (
                self.race if self.race and settings_of(self.race) == settings_of(step) else None
            )
            self.race, self.training_set, self.beside = step, training_set, None
        elif step is not None and not self.ready():
            self.race, self.training_set = step, training_set
        elif step is not None and any(_trained(lane) for lane in step.lanes):
            self.beside = (step, training_set)

    def swap(self) -> None:
        """Use the classifiers of the other race."""
        if self.beside is not None and self.race is not None and self.training_set is not None:
            used = (self.race, self.training_set)
            (self.race, self.training_set), self.beside, self.before = self.beside, used, None


def settings_of(race: RaceStep) -> list[TrainingSettings]:
    """Of each of its trainings."""
    return [lane.settings for lane in race.lanes]


_ON_ALL = "on_all"


class Labs(Workspaces[Lab]):
    """The labs of all visitors."""

    kind, model_kind, job = "photos", "photo-model", "race"

    def current(self) -> Lab | None:
        """This visitor's, with what its job has come to by now."""
        work = super().current()
        if work is not None and work.job is not None and not work.to_rescue():
            work.settle()
        return work

    def new(self, dataset: ImageDataset, name: str, credit: str) -> Lab:
        return Lab(dataset, name, credit)

    def sample(self, name: str) -> Lab | None:
        if name not in SAMPLE_SETS:
            return None
        return Lab(cached.sample_set(name), name, SAMPLE_SETS[name].credit)

    def begin(
        self,
        work: Lab,
        entrants: Sequence[TrainingSettings],
        cache: FeatureCache | None = None,
    ) -> None:
        """Train on the photos as they are corrected now; for `cache` see `go_on`."""
        self.go_on(work, Attempt((*entrants,), work.corrected()), None, cache)

    def go_on(
        self,
        work: Lab,
        attempt: Attempt[ImageDataset, TrainingSettings],
        point: ResumePoint | None,
        cache: FeatureCache | None = None,
    ) -> None:
        """See `Workspaces.go_on`.

        Parameters
        ----------
        cache : the frozen features of trainings that solve for a dense layer alone. It takes no
            TensorFlow and less than a second, so that they need no process of their own, which
            would take longer to start.
        """
        dataset, entrants = attempt.training_set.dataset, attempt.settings
        features = work.features.copy() if cache is None else cache
        work.job = jobs.start(
            self.job,
            f"Training on {work.name}",
            lambda: cluster.steps(
                race,
                dataset,
                entrants,
                cache=features,
                resume=point,
                resumes=True,
                apart=cache is None,
            ),
            is_long=cache is None,
        )
        work.attempt, work.stopped = attempt, None

    def settings_from(self, stored: Mapping[str, Any]) -> TrainingSettings:
        settings = TrainingSettings(**stored)
        training_file.check_backbone(settings)
        return settings

    def progress(self, step: RaceStep) -> Progress:
        lane = step.lanes[step.running]
        number = f"{step.running + 1} of {len(step.lanes)}, " if len(step.lanes) > 1 else ""
        stage = lane.step.stage if lane.step else "starting"
        return Progress(step.share, f"{number}{lanes.title(lane.settings)}: {stage}")

    def trainings(self, work: Lab) -> list[Training]:
        if work.race is None or work.training_set is None:
            return []
        started = [
            (asdict(lane.settings), lane.step.seconds) for lane in work.race.lanes if lane.step
        ]
        run = digest(repr(started).encode())
        trainings = []
        for place, lane in enumerate(work.race.lanes):
            if lane.step is None or lane.step.model is None or lane.evaluation is None:
                continue
            training = Training(
                lane.step.model,
                f"{work.name}, {lanes.title(lane.settings)}",
                training_file.to_file(lane),
                lane.evaluation,
                work.training_set,
                lane.settings.network or "",
                {"run": run, "place": place},
            )
            trainings.append(training)
            if (again := work.on_all.get(lane.step.model)) is not None:
                trainings.append(_on_all(training, again))
        return trainings

    def add_trainings(
        self, work: Lab, trained: Sequence[tuple[TrainedModel, TrainingFile]]
    ) -> None:
        tested = [one for one in trained if not one[1].about.get(_ON_ALL)]
        lanes = tuple(training_file.from_file(file, model) for model, file in tested)
        work.race = RaceStep(lanes=lanes, running=len(lanes) - 1, share=1.0)
        for again, file in trained:
            for model, before in tested:
                if file.about.get(_ON_ALL) and file.about == {**before.about, _ON_ALL: True}:
                    work.on_all[model] = again


LABS = Labs("lab", "lab_kept")


def _on_all(training: Training, again: TrainedModel) -> Training:
    """The same, trained once more on all photos: its figures are those of before."""
    file = training.file
    return training._replace(
        model=again,
        name=f"{training.name}, on all photos",
        file=TrainingFile({**file.about, _ON_ALL: True}, file.arrays),
        about={**training.about, _ON_ALL: True},
    )


def _trained(lane: Lane) -> TrainedLane | None:
    step, probabilities, evaluation = lane.step, lane.probabilities, lane.evaluation
    if step is None or step.model is None or probabilities is None or evaluation is None:
        return None
    return TrainedLane(lane.settings, step, step.model, probabilities, evaluation)
