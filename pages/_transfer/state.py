"""What the rooms of the transfer lab share in a session: the data set, corrections, the race."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from core.engine import Job
from core.vision.datasets import ImageDataset
from core.vision.race import Lane, RaceStep

LEFT_OUT = None


@dataclass(slots=True)
class Lab:
    """One visitor's work.

    Attributes
    ----------
    given : the data set as it came in.
    name, credit : what it is called, and where it comes from.
    corrections : by position in `given`, the class that a visitor says is right, or `LEFT_OUT`.
    trained_on : the data set of `race`; positions in its split are positions in it.
    origin : (N,) int64, position in `given` of each photo of `trained_on`.
    race : the trainings so far.
    job : what trains them, or has.
    before : the trainings that were repeated by these.
    """

    given: ImageDataset
    name: str
    credit: str = ""
    corrections: dict[int, str | None] = field(default_factory=dict)
    trained_on: ImageDataset | None = None
    origin: np.ndarray | None = None
    race: RaceStep | None = None
    job: Job | None = None
    before: RaceStep | None = None

    def corrected(self) -> tuple[ImageDataset, np.ndarray]:
        """The data set with all corrections, and where each of its photos is in `given`."""
        labels = {i: name for i, name in self.corrections.items() if name is not LEFT_OUT}
        out = {i for i, name in self.corrections.items() if name is LEFT_OUT}
        origin = np.array([i for i in range(len(self.given.photos)) if i not in out], np.int64)
        return self.given.relabelled(labels).at(origin), origin

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
