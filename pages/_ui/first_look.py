"""A room with a first look at labelled examples, whatever these are: a map, and what was found."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Generic, TypeVar

import numpy as np
import streamlit as st

from core.learning.feature_cache import FeatureCache
from core.learning.findings.first_look import FirstLookStep
from core.learning.findings.placing import placed_pairs, placed_quality, placed_review
from core.memory.results import SharedResults
from core.tasks import TASKS
from core.wording import counted, escaped
from pages._ui import corrections, errors, finding_tabs, jobs, layout, use_from_code
from pages._ui.findings import Findings
from pages._ui.trainer import TrainingWorkspace
from pages._ui.training_room import TrainingRoom
from pages._ui.training_set import DataT

LookT = TypeVar("LookT", bound=FirstLookStep)
Work = TrainingWorkspace[DataT, Any, Any]


@st.cache_resource(show_spinner=False)
def _looks() -> SharedResults[Any]:
    """The last steps on samples, by the task that looked."""
    return SharedResults()


class FirstLook(ABC, Generic[DataT, LookT]):
    """Examples at the left, shared with a room that trains; what they are like beside them.

    Parameters
    ----------
    training : the room whose examples these are.
    task : the name of what looks.
    """

    card_px = 300
    stages: Mapping[str, str]
    """Of what looks, in order, in words."""

    def __init__(self, training: TrainingRoom[DataT, Any, Any], *, task: str) -> None:
        self.training, self.task = training, task
        self.noun, self.prefix = training.noun, f"{training.prefix}look_"
        self.job = f"{training.trainer.job}_look"

    @abstractmethod
    def explore(self, dataset: DataT, cache: FeatureCache) -> Iterator[LookT]:
        """Look at a data set, with features that trainings have computed, and for these."""

    @abstractmethod
    def draw(self, work: Work[DataT], position: int) -> None:
        """Draw an example of `work.original`."""

    @abstractmethod
    def as_html(self, work: Work[DataT], position: int) -> str:
        """The same as HTML for a report, escaped where it has to be."""

    @property
    @abstractmethod
    def network(self) -> str:
        """What looks at the examples, in words."""

    @abstractmethod
    def overview(self, work: Work[DataT], look: LookT, findings: Findings) -> None:
        """Draw what is known besides findings: the map, and what examples are like."""

    @abstractmethod
    def corrected_files(self, work: Work[DataT]) -> None:
        """Buttons for the data set with its corrections."""

    def prepare(self) -> Iterator[LookT]:
        """Look at the sample before anybody asks."""
        work = self.training.sample()
        return self._shared(work.original, work.cache)

    def show(self) -> None:
        """Draw the room."""
        controls, result = layout.two_parts()
        with controls, errors.shown():
            work, _ = self.training.examples_input()
            self._noted(work)
        with result, errors.shown():
            members, classes = len(work.original.members), len(work.original.classes)
            st.subheader(
                f"{escaped(work.name)}: {counted(members, self.noun)}, {counted(classes, 'class')}",
                anchor=False,
            )
            look = self._look(work)
            if look is not None:
                known = self._findings(work, look)
                if in_short := finding_tabs.in_short(known):
                    st.markdown(in_short)
                self.overview(work, look, known)
                st.subheader("What to look at", anchor=False)
                finding_tabs.show(known)
                finding_tabs.report_button(known)
            if self.task in TASKS:
                use_from_code.show(use_from_code.call(self.task))

    def _noted(self, work: Work[DataT]) -> None:
        """What has been corrected, and how to take it back or away."""
        if not work.corrections:
            return
        st.caption(f"{counted(len(work.corrections), 'correction')}; training uses them.")
        with st.container(horizontal=True):
            self.corrected_files(work)
            st.button(
                "Undo all corrections",
                icon=":material/undo:",
                key=f"{self.prefix}take_back",
                on_click=corrections.take_back,
                args=(work,),
            )

    def places(self, look: LookT) -> np.ndarray | None:
        """(N,) int64, where the examples that could be looked at are; None if all could be."""
        return None

    def _findings(self, work: Work[DataT], look: LookT) -> Findings:
        places, count = self.places(look), len(work.original.members)
        review, quality, pairs = look.review, look.quality, look.duplicates
        if places is not None:
            review = None if review is None else placed_review(review, places, count)
            quality = None if quality is None else placed_quality(quality, places)
            pairs = None if pairs is None else placed_pairs(pairs, places)
        return Findings(
            work=work,
            review=review,
            quality=quality,
            noun=self.noun,
            prefix=self.prefix,
            draw=partial(self.draw, work),
            as_html=partial(self.as_html, work),
            network=self.network,
            card_px=self.card_px,
            pairs=pairs,
            has_pairs=True,
        )

    def _look(self, work: Work[DataT]) -> LookT | None:
        """What is known of the examples as they came in; a job finds out more."""
        known: LookT | None = _looks().get(self.task) if work.is_sample else None
        if known is not None:
            return known
        shared = partial(self._shared, work.original, work.cache)
        alone = partial(self.explore, work.original, work.cache)
        job = jobs.start_anew(
            self.job,
            work.original.digest,
            f"Looking at {work.name}",
            shared if work.is_sample else alone,
        )
        before = None if job.snapshot is None else job.snapshot.stage
        jobs.panel(self.job, job, self._progress, preview=partial(_redraw_after, before))
        return job.snapshot

    def _progress(self, look: LookT | None) -> tuple[float | None, str]:
        if look is None:
            return None, "waiting"
        names = list(self.stages)
        share = (names.index(look.stage) + look.done / max(1, look.total)) / len(names)
        return min(1.0, share), f"{self.stages[look.stage]}, {look.done:,} of {look.total:,}"

    def _shared(self, sample: DataT, cache: FeatureCache) -> Iterator[LookT]:
        step: LookT | None = _looks().get(self.task)
        if step is not None:
            yield step
            return
        for step in self.explore(sample, cache):
            yield step
        if step is not None:
            _looks().put(self.task, step)


def _redraw_after(before: str | None, look: FirstLookStep | None) -> None:
    """Draw the page again as soon as there is more to show than before."""
    if look is not None and look.stage != before:
        st.rerun()
