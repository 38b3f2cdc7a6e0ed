"""Trainings on a visitor's examples: started, shared if they are on a sample, and their outcome."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

import streamlit as st

from core import cluster, engine
from core.engine import JobState
from core.learning.card import Carded, ModelCard
from core.learning.feature_cache import FeatureCache
from core.learning.metrics import Evaluation
from core.learning.resuming import ResumePoint
from core.learning.training import BaseTrainingStep
from core.learning.training_file import TrainingFile
from core.memory.results import SharedResults
from core.projects.runs import Progress
from pages._ui import jobs, saved_work
from pages._ui.inputs import digest
from pages._ui.saved_work import Training
from pages._ui.training_set import Attempt, DataT, SettingsT
from pages._ui.workspace import Workspace, Workspaces

ModelT = TypeVar("ModelT", bound=Carded)


@dataclass(frozen=True, slots=True)
class Trained(Generic[SettingsT, ModelT]):
    """The outcome of a training: its last snapshot, the classifier, and how good that is."""

    step: BaseTrainingStep[SettingsT, ModelT]
    model: ModelT
    evaluation: Evaluation


@dataclass(slots=True)
class TrainingWorkspace(Workspace[DataT], Generic[DataT, SettingsT, ModelT]):
    """A workspace with one training.

    Attributes
    ----------
    is_sample : whether the examples are the app's own, of which results are shared.
    opening : whether nobody has asked for that training: the room opens on it.
    cache : features from trainings, so that a second one is quick.
    settings, step : of the training that has finished last, and its last snapshot.
    """

    is_sample: bool = False
    opening: bool = False
    cache: FeatureCache = field(default_factory=FeatureCache)
    settings: SettingsT | None = None
    step: BaseTrainingStep[SettingsT, ModelT] | None = None

    @property
    def trained(self) -> Trained[SettingsT, ModelT] | None:
        """The outcome, once there is one."""
        step = self.step
        if step is None or step.model is None or step.evaluation is None:
            return None
        return Trained(step, step.model, step.evaluation)

    @property
    def card(self) -> ModelCard | None:
        """That of the classifier, once there is one."""
        return None if self.step is None else self.complete(self.step.card)

    def finish(
        self, attempt: Attempt[DataT, SettingsT], step: BaseTrainingStep[SettingsT, ModelT]
    ) -> None:
        """Work with the outcome of a training from now on."""
        self.settings, self.training_set, self.step = step.settings, attempt.training_set, step
        self.opening = not attempt.is_asked_for
        self.attempt = None

    def settle(self) -> None:
        job, attempt = self.job, self.attempt
        if job is not None and attempt is not None and job.state is JobState.DONE and job.snapshot:
            self.finish(attempt, job.snapshot)

    def test_part(self) -> list[Any]:
        """The examples of the test part, in the order of the evaluation."""
        if self.step is None:
            return []
        return [self.trained_on.members[i] for i in self.step.split.test]


@st.cache_resource(show_spinner=False)
def sample_trainings() -> SharedResults[Any]:
    """What became of the sample data sets: last steps by settings."""
    return SharedResults()


class Trainer(Workspaces[TrainingWorkspace[DataT, SettingsT, ModelT]]):
    """The workspaces of a room that trains, and how it does.

    Parameters
    ----------
    job : under which a visitor's training runs.
    train : from a data set, settings, features of trainings before, and where to go on, to
        snapshots.
    """

    def __init__(
        self,
        job: str,
        train: Callable[
            [DataT, SettingsT, FeatureCache, ResumePoint | None],
            Iterator[BaseTrainingStep[SettingsT, ModelT]],
        ],
    ) -> None:
        super().__init__(f"{job}_desk", f"{job}_kept")
        self.job = job
        self._train = train

    def current(self) -> TrainingWorkspace[DataT, SettingsT, ModelT] | None:
        """This visitor's, with what the training has come to by now."""
        work = super().current()
        saved_work.read_trainings(self, work)
        if work is not None:
            work.settle()
        return work

    def give(
        self,
        source: str,
        about: Hashable,
        read: Callable[[], TrainingWorkspace[DataT, SettingsT, ModelT]],
    ) -> TrainingWorkspace[DataT, SettingsT, ModelT]:
        """As `Workspaces.give`, and say that it is read, which may take a while."""
        with st.spinner("Reading"):
            return super().give(source, about, read)

    def begin(
        self,
        work: TrainingWorkspace[DataT, SettingsT, ModelT],
        settings: SettingsT,
        *,
        opening: bool = False,
    ) -> None:
        """Train, unless the outcome is there: of a sample it is, once somebody has trained it.

        Parameters
        ----------
        opening : whether nobody has asked for it.
        """
        attempt = Attempt((settings,), work.corrected(), not opening)
        known = sample_trainings().get(settings)
        if work.is_sample and not work.corrections and known is not None:
            work.job = None
            work.finish(attempt, known)
            return
        self.go_on(work, attempt, None)

    def go_on(
        self,
        work: TrainingWorkspace[DataT, SettingsT, ModelT],
        attempt: Attempt[DataT, SettingsT],
        point: ResumePoint | None,
    ) -> None:
        """See `Workspaces.go_on`."""
        (settings,) = attempt.settings
        is_shared = work.is_sample and attempt.training_set.dataset == work.original
        dataset, cache = attempt.training_set.dataset, work.cache
        title = f"Training on {work.name}"
        train = partial(self._steps, dataset, settings, cache, point, is_shared=is_shared)
        work.job = jobs.start(self.job, title, train)
        work.attempt = attempt

    @abstractmethod
    def network(self, settings: SettingsT) -> str:
        """The pretrained network of a training; empty without one."""

    @abstractmethod
    def file_of(self, step: Any) -> TrainingFile:
        """What is kept of a training besides its classifier."""

    @abstractmethod
    def step_of(self, file: TrainingFile, model: ModelT) -> Any:
        """The last snapshot of a training that was kept."""

    @abstractmethod
    def new(
        self, dataset: DataT, name: str, credit: str
    ) -> TrainingWorkspace[DataT, SettingsT, ModelT]:
        """See `Workspaces.new`."""

    def trainings(self, work: TrainingWorkspace[DataT, SettingsT, ModelT]) -> list[Training]:
        """The last one, if somebody has asked for it."""
        trained, on = work.trained, work.training_set
        if trained is None or on is None or (work.opening and not work.corrections):
            return []
        settings = trained.step.settings
        return [
            Training(
                trained.model,
                work.name,
                self.file_of(trained.step),
                trained.evaluation,
                on,
                self.network(settings),
                {"run": digest(repr((asdict(settings), trained.step.seconds)).encode())},
            )
        ]

    def add_trainings(
        self,
        work: TrainingWorkspace[DataT, SettingsT, ModelT],
        trained: Sequence[tuple[ModelT, TrainingFile]],
    ) -> None:
        """See `Workspaces.add_trainings`."""
        ((model, file),) = trained
        work.step = self.step_of(file, model)
        work.settings = work.step.settings

    def progress(self, step: BaseTrainingStep[Any, Any]) -> Progress:
        """See `Workspaces.progress`."""
        return Progress(step.share, step.stage)

    def known(self, settings: SettingsT) -> SettingsT | None:
        """The settings, if the outcome on the sample is there already."""
        return settings if sample_trainings().get(settings) is not None else None

    def prepare(self, title: str, sample: Callable[[], DataT], settings: SettingsT) -> None:
        """Train on a sample before anybody asks, in a job of that title."""
        engine.jobs.submit(
            lambda: self._steps(sample(), settings, FeatureCache(), None, is_shared=True),
            title=title,
            owner="warm-up",
            is_background=True,
            is_long=cluster.is_used(),
        )

    def _steps(
        self,
        dataset: DataT,
        settings: SettingsT,
        cache: FeatureCache,
        point: ResumePoint | None,
        *,
        is_shared: bool,
    ) -> Iterator[BaseTrainingStep[SettingsT, ModelT]]:
        """Train, and let others have the outcome if it is of a sample."""
        for step in cluster.steps(
            self._train, dataset, settings, cache, resume=point, resumes=True
        ):
            yield step
        if is_shared:
            sample_trainings().put(settings, step)
