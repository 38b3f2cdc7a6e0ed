"""A room that trains on a visitor's own examples, whatever these are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, fields
from functools import partial
from typing import Any, Generic

import numpy as np
import streamlit as st

from core.engine import Job
from core.errors import GraftError
from core.tasks import TASKS
from core.tasks.examples import Call
from core.wording import counted, escaped
from pages._ui import (
    corrections,
    errors,
    evaluation_panel,
    jobs,
    layout,
    model_card,
    saved_runs,
    task_settings,
    use_from_code,
)
from pages._ui.example_tables import left_out
from pages._ui.numbers import percent
from pages._ui.text import slug
from pages._ui.trainer import ModelT, SettingsT, Trained, Trainer, TrainingWorkspace
from pages._ui.workspace import DataT

_STEP = 4


class TrainingRoom(ABC, Generic[DataT, SettingsT, ModelT]):
    """Examples and settings at the left; the classifier made of them beside them.

    Parameters
    ----------
    trainer : holds the workspaces of all visitors.
    settings : of which kind they are; the room opens with those of the task.
    noun : what an example is, such as "recording".
    prefix : of the keys of widgets, and of what they put into the URL.
    task : the name of what trains such a classifier.
    """

    def __init__(
        self,
        trainer: Trainer[DataT, SettingsT, ModelT],
        settings: type[SettingsT],
        *,
        noun: str,
        prefix: str,
        task: str,
    ) -> None:
        self.trainer, self.task = trainer, task
        names = {field.name for field in fields(settings)}  # and none of what its card says
        defaults = TASKS[task].settings().arguments().items()
        self.defaults = settings(**{name: value for name, value in defaults if name in names})
        self.noun, self.prefix = noun, prefix

    @abstractmethod
    def sample(self) -> TrainingWorkspace[DataT, SettingsT, ModelT]:
        """The examples that the room opens with."""

    @abstractmethod
    def examples_input(self) -> tuple[TrainingWorkspace[DataT, SettingsT, ModelT], bool]:
        """The examples to train on, and whether others were refused."""

    @abstractmethod
    def settings_input(self) -> SettingsT:
        """How to train."""

    @abstractmethod
    def division(self, dataset: DataT, settings: SettingsT) -> str:
        """How many examples are for what, in a sentence.

        Raises
        ------
        InvalidInputError
            If there are too few.
        """

    @abstractmethod
    def origin(self, work: TrainingWorkspace[DataT, SettingsT, ModelT]) -> str:
        """What has been learned from, and by what."""

    @abstractmethod
    def overview(self, dataset: DataT) -> None:
        """Draw the examples at a glance."""

    @abstractmethod
    def content(self, example: Any) -> None:
        """Draw a tested example."""

    @abstractmethod
    def try_it(
        self, work: TrainingWorkspace[DataT, SettingsT, ModelT], trained: Trained[SettingsT, ModelT]
    ) -> None:
        """Draw what the classifier says to another example."""

    @abstractmethod
    def downloads(
        self, work: TrainingWorkspace[DataT, SettingsT, ModelT], trained: Trained[SettingsT, ModelT]
    ) -> None:
        """Draw what can be downloaded."""

    def prepare(self) -> None:
        """See to it that the room opens on a finished result."""
        self.trainer.prepare(
            f"Training on sample {self.noun}s", lambda: self.sample().original, self.defaults
        )

    def show(self) -> None:
        """Draw the room."""
        controls, result = layout.two_parts()
        with controls, errors.shown():
            work, is_refused = self.examples_input()
            place = st.container()  # the button comes before what is seldom changed
            settings = self.settings_input()
            ready = self._say_division(work, settings, is_refused=is_refused)
            place.button(
                "Train",
                type="primary",
                icon=":material/model_training:",
                disabled=not ready,
                on_click=self.trainer.begin,
                args=(work, settings),
            )
            if ready and work.is_sample and work.step is None and work.job is None:
                # what a link asks for is not trained before a click
                self.trainer.begin(
                    work, self.trainer.known(settings) or self.defaults, opening=True
                )
            if ready and work.settings is not None and settings != work.settings:
                st.caption("The result is of other settings. Press Train to use these.")
        with result, errors.shown():
            self._state(work)
        if work.trained is not None:
            self._outcome(work, work.trained)
        use_from_code.show(self._call(work, settings))

    def choose(
        self, label: str, uploads: Mapping[str, Callable[[], None]], *, key: str
    ) -> tuple[TrainingWorkspace[DataT, SettingsT, ModelT], bool]:
        """A choice among the sample and ways to bring one's own; see `Workspaces.choose`."""

        def sample() -> TrainingWorkspace[DataT, SettingsT, ModelT]:
            return self.trainer.give("Sample", "sample", self.sample)

        ways: dict[str, Callable[[], object]] = {"Sample": sample, **uploads}
        source, work, is_refused = self.trainer.choose(label, ways, key=key, fallback=sample)
        if source != "Sample" and work.is_sample:
            st.caption(f"“{escaped(work.name)}” is shown until you add {self.noun}s.")
        elif is_refused:
            st.caption(f"“{escaped(work.name)}” is still shown.")
        if work.credit:
            st.caption(work.credit)
        damaged = work.step.skipped if work.step is not None else ()
        left_out((*work.original.skipped, *damaged), self.noun)
        return work, is_refused

    def share_input(self, name: str) -> float:
        """The setting of that name, a share between 0 and 1, chosen in per cent."""
        return task_settings.slider(self.task, name, key=f"{self.prefix}{name}")

    def seed_input(self) -> int:
        """Which examples are for the test."""
        return task_settings.count_input(self.task, "seed", key=f"{self.prefix}seed")

    def _say_division(
        self,
        work: TrainingWorkspace[DataT, SettingsT, ModelT],
        settings: SettingsT,
        *,
        is_refused: bool,
    ) -> bool:
        """Say how the examples are divided; whether they can be.

        After a file that was refused nothing is said against the examples before it.
        """
        with suppress(GraftError) if is_refused else errors.shown():
            st.caption(self.division(work.corrected().dataset, settings))
            return True
        return False

    def _state(self, work: TrainingWorkspace[DataT, SettingsT, ModelT]) -> None:
        """The training, and the examples it is about."""
        saved_runs.panel(self.trainer, work)
        job = work.job
        if job is not None and self._is_running(job):
            jobs.panel(self.trainer.job, job, lambda step: (step.share, step.stage))
            self.trainer.current()  # the job may have ended since
        if (trained := work.trained) is not None:
            evaluation, step = trained.evaluation, trained.step
            st.markdown(
                f"##### {percent(evaluation.accuracy)} of "
                f"{counted(evaluation.labels.size, f'test {self.noun}')} correct after training "
                f"on {len(step.split.train_and_validation):,}"
            )
            st.caption(f"{self.origin(work)}; trained and measured here in {step.seconds:.1f} s.")
        elif work.corrections and work.attempt is not None:
            self._corrections(work)  # they may be what is in the way
        self.overview(work.corrected().dataset)

    def _is_running(self, job: Job[Any]) -> bool:
        """Whether it is this visitor's last one."""
        return jobs.current(self.trainer.job) is job

    def _outcome(
        self, work: TrainingWorkspace[DataT, SettingsT, ModelT], trained: Trained[SettingsT, ModelT]
    ) -> None:
        layout.show_tabs(
            {
                "Evaluation": lambda: self._evaluation(work, trained),
                "Try it": lambda: self.try_it(work, trained),
                "Model card": lambda: model_card.room(
                    work, trained.step.card, self.task, self.prefix, slug(work.name, self.noun)
                ),
                "Download": lambda: self.downloads(work, trained),
            },
            key=f"{self.prefix}tab",
        )

    def _evaluation(
        self, work: TrainingWorkspace[DataT, SettingsT, ModelT], trained: Trained[SettingsT, ModelT]
    ) -> None:
        self._corrections(work)
        evaluation_panel.show(
            trained.evaluation,
            lambda rows, key: self._cards(work, trained, rows, f"{self.prefix}{key}"),
            self.noun,
            prefix=self.prefix,
        )

    def _corrections(self, work: TrainingWorkspace[DataT, SettingsT, ModelT]) -> None:
        corrections.panel(work, self.noun, partial(self._train_again, work))

    def _call(
        self, work: TrainingWorkspace[DataT, SettingsT, ModelT], settings: SettingsT
    ) -> Call | None:
        return use_from_code.call(
            self.task, **asdict(settings), purpose=work.purpose, missing=work.missing
        )

    def _train_again(self, work: TrainingWorkspace[DataT, SettingsT, ModelT]) -> None:
        chosen = work.settings if work.attempt is None else work.attempt.settings[0]
        self.trainer.begin(work, chosen or self.defaults)

    def _cards(
        self,
        work: TrainingWorkspace[DataT, SettingsT, ModelT],
        trained: Trained[SettingsT, ModelT],
        rows: Sequence[int] | np.ndarray,
        key: str,
    ) -> None:
        """Tested examples one below the other, each with what it was taken for."""
        evaluation = trained.evaluation
        for row in evaluation_panel.first_rows(rows, key, _STEP):
            true, predicted = (escaped(name) for name in evaluation_panel.names(evaluation, row))
            label = f"labelled {true}" if true != predicted else "correct"
            position = int(trained.step.split.test[row])
            example = work.trained_on.members[position]
            sure = percent(float(evaluation.confidences[row]))
            with st.container(border=True, gap="xsmall"):
                st.markdown(f"**{predicted}** {sure} · :small[{label}; {escaped(example.name)}]")
                self.content(example)
                with st.container(horizontal=True, vertical_alignment="center"):
                    corrections.menu(work, position, f"{key}_correct_{row}", self.noun)
                    corrections.badge(work, position)
        evaluation_panel.more_button(rows, key, _STEP, 3 * _STEP)
