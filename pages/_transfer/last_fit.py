"""A classifier trained once more on all photos, for use."""

from __future__ import annotations

import streamlit as st

from core import cluster
from core.engine import JobState
from core.vision.transfer import TrainingStep
from core.vision.transfer.training import train_on_all
from core.wording import counted
from pages._transfer import lanes
from pages._transfer.state import Lab, TrainedLane
from pages._ui import jobs
from pages._ui.numbers import percent

_JOB = "last_fit"


def title(lane: TrainedLane) -> str:
    """What a classifier is called that learned from all photos after `lane` was tested."""
    tested = percent(lane.evaluation.accuracy)
    return f"{lanes.title(lane.settings)} · on all photos, {tested} before that"


def adopt(lab: Lab) -> TrainedLane | None:
    """Keep what the job has trained; the training that it repeated, where that is new."""
    job = jobs.current(_JOB)
    if job is None or job.state is not JobState.DONE or job.snapshot is None:
        return None
    model = job.snapshot.model
    for lane in lab.ready():
        if jobs.is_about(_JOB, _about(lab, lane)) and lab.on_all.get(lane.model) is not model:
            lab.on_all[lane.model] = model
            return lane
    return None


def offer(lab: Lab, lane: TrainedLane) -> None:
    """A button that trains `lane` once more, or how far that is."""
    if lane.model in lab.on_all or lane.model in lab.on_all.values():
        return
    photos, test = len(lab.trained_on.photos), len(lane.evaluation.labels)
    job = jobs.current(_JOB)
    if job is not None and jobs.is_about(_JOB, _about(lab, lane)):
        jobs.panel(_JOB, job, _describe)
        if not job.is_over:
            return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            f"Train once more on all {counted(photos, 'photo')}",
            icon=":material/all_inclusive:",
            on_click=_start,
            args=(lab, lane),
        )
        st.caption(
            f"For use: it learns from the {counted(test, 'test photo')} too, so that it can no "
            f"longer be tested. Its figures stay those from before: "
            f"{percent(lane.evaluation.accuracy)}."
        )


def _start(lab: Lab, lane: TrainedLane) -> None:
    card = lane.model.card
    if card is None:
        raise RuntimeError("Expected a classifier with a card. Received: one without.")
    dataset, settings, epochs = lab.trained_on, lane.settings, lane.step.epochs
    novelty = lane.model.novelty
    jobs.start(
        _JOB,
        f"Training on all photos of {lab.name}",
        lambda: cluster.steps(train_on_all, dataset, settings, epochs, card, novelty, apart=True),
        about=_about(lab, lane),
        is_long=True,
        in_project=False,
    )


def _about(lab: Lab, lane: TrainedLane) -> tuple[str, str]:
    return lab.trained_on.digest, repr((lane.settings, lane.step.epochs))


def _describe(step: TrainingStep | None) -> tuple[float, str]:
    return (0.0, "starting") if step is None else (step.share, step.stage)
