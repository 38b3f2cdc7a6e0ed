"""A room that trains on a visitor's own examples, whatever these are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from core.learning.datasets import LabelledExamples
from core.learning.metrics import Evaluation
from pages._ui import corrections, errors, evaluation_panel, jobs, layout
from pages._ui.desk import Desk, Desks
from pages._ui.text import escaped

_STEP = 4


class TrainingRoom(ABC):
    """Examples and settings at the left; the classifier made of them beside them.

    Parameters
    ----------
    desks : of all visitors.
    noun : what an example is, such as "recording".
    prefix : of the keys of widgets, and of what they put into the URL.
    """

    def __init__(self, desks: Desks, noun: str, prefix: str) -> None:
        self.desks, self.noun, self.prefix = desks, noun, prefix

    defaults: Any
    """The settings that the room opens with."""

    @staticmethod
    @abstractmethod
    def sample() -> Desk:
        """The examples that the room opens with."""

    @abstractmethod
    def examples_input(self) -> Desk:
        """The examples to train on."""

    @abstractmethod
    def settings_input(self) -> Any:
        """How to train."""

    @abstractmethod
    def division(self, dataset: LabelledExamples, settings: Any) -> str:
        """How many examples are for what, in a sentence.

        Raises
        ------
        InvalidInputError
            If there are too few.
        """

    @abstractmethod
    def origin(self, desk: Desk) -> str:
        """What has been learned from, and by what."""

    @abstractmethod
    def overview(self, dataset: LabelledExamples) -> None:
        """Draw the examples at a glance."""

    @abstractmethod
    def content(self, example: Any) -> None:
        """Draw a tested example."""

    @abstractmethod
    def try_it(self, desk: Desk) -> None:
        """Draw what the classifier says to another example."""

    @abstractmethod
    def take_along(self, desk: Desk) -> None:
        """Draw what can be downloaded."""

    def prepare(self) -> None:
        """See to it that the room opens on a finished result."""
        self.desks.prepare(f"Training on sample {self.noun}s", self.sample, self.defaults)

    def show(self) -> None:
        """Draw the room."""
        controls, result = layout.two_parts()
        with controls, errors.shown():
            desk = self.examples_input()
            settings = self.settings_input()
            ready = self._say_division(desk, settings)
            st.button(
                "Train",
                type="primary",
                icon=":material/model_training:",
                disabled=not ready,
                on_click=self.desks.begin,
                args=(desk, settings),
            )
            if ready and desk.is_sample and desk.step is None and desk.job is None:
                self.desks.begin(desk, settings)
        with result, errors.shown():
            desk = self._state()
        if desk.is_trained:
            self._outcome(desk)

    def seed_input(self) -> int:
        """Which examples are for the test."""
        seed = st.number_input(
            "Seed",
            0,
            2**31 - 1,
            self.defaults.seed,
            key=f"{self.prefix}seed",
            bind="query-params",
            help=f"Decides which {self.noun}s are for the test. The same seed gives the same "
            "classifier.",
        )
        return int(seed)

    def share_input(self, label: str, name: str, least: int = 5) -> float:
        """The setting of that name, a share between 0 and 1, chosen in per cent."""
        default = round(100 * getattr(self.defaults, name))
        key = f"{self.prefix}{name}"
        return st.slider(label, least, 50, default, 5, key=key, bind="query-params") / 100

    def _say_division(self, desk: Desk, settings: Any) -> bool:
        """Say how the examples are divided; whether they can be."""
        with errors.shown():
            st.caption(self.division(desk.corrected()[0], settings))
            return True
        return False

    def _state(self) -> Desk:
        """The training, and the examples it is about; the page goes on with what it returns."""
        desk = self.desks.current()
        if desk.job is not None and desk.job is jobs.current(self.desks.job):
            jobs.panel(self.desks.job, desk.job, lambda step: (step.share, step.stage))
            desk = self.desks.current()  # the job may have ended since
        if desk.is_trained:
            step = desk.step
            st.markdown(
                f"##### {step.evaluation.accuracy:.0%} of {step.evaluation.labels.size:,} test "
                f"{self.noun}s right, after {len(step.split.train_and_validation):,} to learn from"
            )
            st.caption(f"{self.origin(desk)}; measured here, in {step.seconds:.1f} s.")
        elif desk.corrections and desk.trained_on is not None:
            self._corrections(desk)  # they may be what is in the way
        self.overview(desk.corrected()[0])
        return desk

    def _outcome(self, desk: Desk) -> None:
        layout.show_tabs(
            {
                "How good": partial(self._evaluation, desk),
                "Try it": partial(self.try_it, desk),
                "Take it along": partial(self.take_along, desk),
            },
            key=f"{self.prefix}tab",
        )

    def _evaluation(self, desk: Desk) -> None:
        evaluation = desk.step.evaluation
        self._corrections(desk)
        evaluation_panel.figures(evaluation, self.noun)
        evaluation_panel.confusion(
            evaluation,
            partial(self._cards, desk, evaluation, key="cell"),
            self.noun,
            prefix=self.prefix,
        )
        evaluation_panel.surest(
            evaluation, partial(self._cards, desk, evaluation, key="surest"), self.noun
        )
        evaluation_panel.by_class(evaluation, self.noun)

    def _corrections(self, desk: Desk) -> None:
        corrections.panel(desk, self.noun, partial(self.desks.begin, desk, desk.settings))

    def _cards(
        self, desk: Desk, evaluation: Evaluation, rows: Sequence[int] | np.ndarray, *, key: str
    ) -> None:
        """Tested examples one below the other, each with what it was taken for."""
        key = f"{self.prefix}{key}"
        shown = st.session_state.get(f"{key}_shown", _STEP)
        for row in rows[:shown]:
            true, predicted = (
                escaped(evaluation.classes[of[row]])
                for of in (evaluation.labels, evaluation.predictions)
            )
            label = f"labelled {true}" if true != predicted else "as labelled"
            position = int(desk.step.split.test[row])
            example = desk.trained_on.members[position]
            with st.container(border=True, gap="xsmall"):
                st.markdown(
                    f"**{predicted}** {evaluation.confidences[row]:.0%} · :small[{label}; "
                    f"{escaped(example.name)}]"
                )
                self.content(example)
                with st.container(horizontal=True, vertical_alignment="center"):
                    corrections.menu(desk, position, f"{key}_correct_{row}", self.noun)
                    corrections.badge(desk, position)
        if len(rows) > shown:
            st.button(
                f"Show more of {len(rows):,}",
                key=f"{key}_more",
                on_click=partial(st.session_state.__setitem__, f"{key}_shown", shown + 3 * _STEP),
            )
