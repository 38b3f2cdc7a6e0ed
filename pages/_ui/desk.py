"""What a room that trains on a visitor's own examples holds: the examples, and what became of them.

A desk stays as it was left while its visitor looks at something else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from core import engine
from core.engine import Job
from core.learning.datasets import LabelledExamples, SkippedFile
from pages._ui import jobs
from pages._ui.corrections import Correctable

Train = Callable[[Any, Any, Any], Iterator[Any]]
"""From a data set, settings, and what is known from trainings before, to snapshots."""


@dataclass(slots=True)
class Desk(Correctable):
    """One visitor's examples, and the classifier made of them.

    Attributes
    ----------
    is_sample : whether they are the app's own, of which results are shared.
    known : what trainings remember of examples, so that a second one is quick.
    settings : of the training.
    step : the training so far.
    job : what trains, or has.
    """

    is_sample: bool = False
    known: Any = None
    settings: Any = None
    step: Any = None
    job: Job | None = None

    @property
    def is_trained(self) -> bool:
        """Whether there is a classifier."""
        return self.step is not None and self.step.model is not None

    def test_part(self) -> list[Any]:
        """The examples of the test part, in the order of the evaluation."""
        return [self.trained_on.members[i] for i in self.step.split.test]


@st.cache_resource(show_spinner=False)
def sample_trainings() -> dict[Any, Any]:
    """What became of the sample data sets since the server started: last steps by settings."""
    return {}


class Desks:
    """The desks of a room, one for each visitor.

    Parameters
    ----------
    job : under which a visitor's training runs.
    train : what trains. Its snapshots have a `split`, and the last ones `model` and `evaluation`.
    known : makes what trainings remember, empty.
    """

    def __init__(self, job: str, train: Train, known: Callable[[], Any]) -> None:
        self.job = job
        self._train, self._known = train, known
        self._key, self._kept = f"{job}_desk", f"{job}_kept"

    def current(self) -> Desk | None:
        """This visitor's, with what the training has found by now."""
        desk = st.session_state.get(self._key)
        if desk is not None and desk.job is not None and desk.job.snapshot is not None:
            desk.step = desk.job.snapshot
        return desk

    def give(self, source: str, what: Any, read: Callable[[], Desk]) -> None:
        """Work on what `read` returns; as it was left, if `what` is what came last from there."""
        kept = st.session_state.setdefault(self._kept, {})
        if source not in kept or kept[source][0] != what:
            kept.pop(source, None)
            with st.spinner("Reading"):
                kept[source] = (what, read())
        st.session_state[self._key] = kept[source][1]

    def forget(self, source: str) -> None:
        """Put away what came from there."""
        _, desk = st.session_state.get(self._kept, {}).pop(source, (None, None))
        if desk is not None and st.session_state.get(self._key) is desk:
            del st.session_state[self._key]

    def begin(self, desk: Desk, settings: Any) -> None:
        """Train, unless the outcome is known: of a sample it is, once somebody has trained it."""
        desk.settings, desk.step, desk.job = settings, None, None
        desk.trained_on, desk.origin = desk.corrected()
        is_shared = desk.is_sample and not desk.corrections
        if is_shared and settings in sample_trainings():
            desk.step = sample_trainings()[settings]
            return
        desk.known = desk.known or self._known()
        work = self._of_sample if is_shared else self._train
        dataset, known = desk.trained_on, desk.known
        title = f"Training on {desk.name}"
        desk.job = jobs.start(self.job, title, lambda: work(dataset, settings, known))

    def prepare(self, title: str, sample: Callable[[], Desk], settings: Any) -> None:
        """Train on a sample before anybody asks, in a job of that title."""
        engine.jobs.submit(
            lambda: self._of_sample(sample().given, settings, self._known()),
            title=title,
            owner="warm-up",
        )

    def _of_sample(self, dataset: LabelledExamples, settings: Any, known: Any) -> Iterator[Any]:
        """Train, and let others have the outcome."""
        for step in self._train(dataset, settings, known):
            yield step
        sample_trainings()[settings] = step


def left_out(skipped: tuple[SkippedFile, ...], noun: str) -> None:
    """What could not be used, and why."""
    if not skipped:
        return
    were = f"{noun} was" if len(skipped) == 1 else f"{noun}s were"
    with st.expander(f"{len(skipped):,} {were} left out", icon=":material/warning:"):
        st.dataframe(
            pd.DataFrame(
                {
                    noun.capitalize(): [file.name for file in skipped],
                    "Why": [file.reason for file in skipped],
                }
            ),
            hide_index=True,
            alt=f"{noun.capitalize()}s that were left out, and why",
        )
