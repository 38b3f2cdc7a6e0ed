"""What a room that trains on a visitor's own examples holds: the examples, and what became of them.

A desk stays as it was left while its visitor looks at something else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from core.engine import Job
from core.labelled import LabelledExamples, SkippedFile
from pages._ui import cached, jobs

Train = Callable[[Any, Any, Any], Iterator[Any]]
"""From a data set, settings, and what is known from trainings before, to snapshots."""


@dataclass(slots=True)
class Desk:
    """One visitor's examples.

    Attributes
    ----------
    dataset, name, credit : the examples, what they are called, and where they come from.
    is_sample : whether they are the app's own, of which results are shared.
    known : what trainings remember of examples, so that a second one is quick.
    step : the training so far.
    job : what trains, or has.
    """

    dataset: LabelledExamples
    name: str
    credit: str = ""
    is_sample: bool = False
    known: Any = None
    step: Any = None
    job: Job | None = None

    @property
    def is_trained(self) -> bool:
        """Whether there is a classifier."""
        return self.step is not None and self.step.model is not None


class Desks:
    """The desks of a room, one for each visitor.

    Parameters
    ----------
    job : under which a visitor's training runs.
    train : what trains.
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
        known = cached.sample_trainings()
        if desk.is_sample and settings in known:
            desk.step, desk.job = known[settings], None
            return
        desk.step = None
        desk.known = desk.known or self._known()
        title = f"Training on {desk.name}"
        desk.job = jobs.start(self.job, title, lambda: self._training(desk, settings, known))

    def _training(self, desk: Desk, settings: Any, known: dict[Any, Any]) -> Iterator[Any]:
        step = None
        for step in self._train(desk.dataset, settings, desk.known):
            yield step
        if desk.is_sample and step is not None:
            known[settings] = step


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
