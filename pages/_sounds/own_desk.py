"""What the room Train on yours holds for one visitor: recordings, and what was made of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import streamlit as st

from core.engine import Job
from core.sound.own_training import KnownSounds, SoundTrainingSettings, SoundTrainingStep, train
from core.sound.sound_dataset import SoundDataset
from pages._ui import cached, jobs

JOB = "own_sounds"


@dataclass(slots=True)
class Desk:
    """One visitor's recordings.

    Attributes
    ----------
    dataset, name, credit : the recordings, what they are called, and where they come from.
    is_sample : whether they are the app's own, of which results are shared.
    known : vectors of recordings, so that a second training is quick.
    step : the training so far.
    job : what trains, or has.
    """

    dataset: SoundDataset
    name: str
    credit: str = ""
    is_sample: bool = False
    known: KnownSounds = field(default_factory=KnownSounds)
    step: SoundTrainingStep | None = None
    job: Job | None = None

    @property
    def is_trained(self) -> bool:
        """Whether there is a classifier."""
        return self.step is not None and self.step.model is not None


def current() -> Desk | None:
    """This session's recordings, with what the training has found by now."""
    desk = st.session_state.get("own_desk")
    if desk is not None and desk.job is not None and desk.job.snapshot is not None:
        desk.step = desk.job.snapshot
    return desk


def begin(desk: Desk, settings: SoundTrainingSettings) -> None:
    """Train, unless the outcome is known: of the sample it is, once somebody has trained it."""
    known = cached.sample_trainings()
    if desk.is_sample and settings in known:
        desk.step, desk.job = known[settings], None
        return
    desk.step = None
    desk.job = jobs.start(JOB, f"Training on {desk.name}", lambda: _training(desk, settings, known))


def _training(
    desk: Desk, settings: SoundTrainingSettings, known: dict
) -> Iterator[SoundTrainingStep]:
    step = None
    for step in train(desk.dataset, settings, desk.known):
        yield step
    if desk.is_sample and step is not None:
        known[settings] = step
