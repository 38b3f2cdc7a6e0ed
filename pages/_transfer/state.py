"""What the rooms of the transfer lab share in a session: the data set, corrections, the race."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core.engine import Job
from core.vision.transfer.datasets import ImageDataset
from core.vision.transfer.race import Lane, RaceStep
from pages._ui.corrections import Correctable


@dataclass(slots=True)
class Lab(Correctable):
    """One visitor's work: photos, as an `ImageDataset`, and what was trained on them.

    Attributes
    ----------
    race : the trainings so far.
    job : what trains them, or has.
    before : the trainings that were repeated by these.
    """

    race: RaceStep | None = None
    job: Job | None = None
    before: RaceStep | None = None

    def ready(self) -> list[Lane]:
        """The trainings whose classifier can be used."""
        lanes = self.race.lanes if self.race else ()
        return [lane for lane in lanes if lane.evaluation is not None]


def lab() -> Lab | None:
    """This session's work, once there is a data set, with what its job has found by now."""
    work = st.session_state.get("lab")
    if work is not None and work.job is not None and work.job.snapshot is not None:
        work.race = work.job.snapshot
    return work


def give(dataset: ImageDataset, name: str, credit: str = "") -> None:
    """Begin anew with a data set."""
    st.session_state["lab"] = Lab(dataset, name, credit)
