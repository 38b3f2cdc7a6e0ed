"""Trainings under way in a project: followed from any session, and gone on with after a restart."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from core import engine
from core.engine import Job
from core.errors import GraftError
from core.learning.resuming import ResumePoint
from core.learning.stored import checked
from core.learning.training_file import TrainingFile
from core.projects import Item, Project, runs
from core.projects.leases import TakenError
from core.projects.runs import Following, Run, SoFar
from pages._ui import interrupted, project, saved_work
from pages._ui.project import Change
from pages._ui.saved_work import TRAINING
from pages._ui.training_set import Attempt

if TYPE_CHECKING:
    from pages._ui.workspace import Workspace, Workspaces

POINT = "point"
"""The part of an item from which a training can go on; see `ResumePoint`."""


def changes(workspaces: Workspaces[Any], work: Workspace[Any]) -> Iterator[Change]:
    """The training of a workspace that is under way and that its project does not know of yet."""
    job, attempt = work.job, work.attempt
    if job is None or job.is_over or attempt is None or not attempt.is_asked_for:
        return
    if runs.of_job(job) is None:
        yield Change(("run", job), partial(_begin, workspaces, work, job, attempt))


def take_up(workspaces: Workspaces[Any], work: Workspace[Any]) -> None:
    """Follow the training of a workspace that another session has started, or note that one was
    interrupted."""
    of, data = project.opened(), work.saved.item
    if of is None or data is None:
        return
    identity = {**saved_work.identity(data), "room": workspaces.name}.items()
    for item in of.items("job"):
        if identity <= item.about.items():
            run = runs.of(item)
            if run is None:
                work.saved.interrupted = item
            else:
                _follow(workspaces, work, run, of)


def panel(workspaces: Workspaces[Any], work: Workspace[Any]) -> None:
    """Say of a training that it was interrupted, and offer to go on; nothing if none was."""
    item, of = work.saved.interrupted, project.opened()
    if item is None or of is None or work.is_training:
        return

    def note(latest: Item | None) -> None:
        work.saved.interrupted = latest
        if latest is None:
            saved_work.note_trained(work, of, workspaces.model_kind)

    run = runs.of(item)
    if run is not None:  # somebody goes on with it
        _follow(workspaces, work, run, of)
        note(None)
        st.rerun()
    interrupted.show(
        item,
        of,
        note,
        go_on=partial(_go_on, workspaces, work, item, of),
        can_go_on=POINT in item.parts,
        key=workspaces.job,
    )


def _begin(
    workspaces: Workspaces[Any],
    work: Workspace[Any],
    job: Job[Any],
    attempt: Attempt[Any, Any],
    into: Project,
) -> None:
    data = work.saved.item
    if job.is_over or data is None:
        return
    about = {
        **saved_work.identity(data),
        "room": workspaces.name,
        "settings": [asdict(settings) for settings in attempt.settings],
    }
    trained_on = attempt.training_set
    arrays = {"origin": trained_on.origin, "trained_labels": trained_on.dataset.labels}
    try:
        runs.begin(
            into,
            job,
            about,
            {TRAINING: TrainingFile({}, arrays).to_json()},
            Following(workspaces.progress, _so_far, partial(_save, workspaces, work, job, attempt)),
            shared=work.saved.models,
            before=work.saved.interrupted,
            goes_on=attempt.goes_on,
        )
    except TakenError:
        engine.jobs.cancel(job)  # somebody else goes on with it, which the panel shows
        return
    work.saved.interrupted = None


def _so_far(step: Any) -> SoFar | None:
    point: ResumePoint | None = step.resume_point
    return None if point is None else SoFar(point.number, lambda: {POINT: point.to_bytes()})


def _save(
    workspaces: Workspaces[Any],
    work: Workspace[Any],
    job: Job[Any],
    attempt: Attempt[Any, Any],
    into: Project,
) -> None:
    """Save what a training has come to, whatever its session does meanwhile, or if that is gone."""
    mine = copy.copy(work)
    mine.job, mine.attempt = job, attempt
    mine.settle()
    for training in workspaces.trainings(mine):
        if training.model not in mine.saved.models:
            saved_work.save_training(workspaces, mine, training, into)


def _follow(workspaces: Workspaces[Any], work: Workspace[Any], run: Run, of: Project) -> None:
    attempt = _attempt(workspaces, work, run.item, of)
    run.shared.update(work.saved.models)
    work.saved.models = run.shared
    work.job, work.attempt = run.job, attempt
    st.session_state[workspaces.job] = run.job


def _attempt(
    workspaces: Workspaces[Any], work: Workspace[Any], item: Item, of: Project
) -> Attempt[Any, Any]:
    """What an item of a training says of it.

    Raises
    ------
    GraftError
        If it is damaged, or cannot be read.
    """
    arrays = TrainingFile.from_json(of.read(item, TRAINING)).arrays

    def attempt() -> Attempt[Any, Any]:
        settings = tuple(workspaces.settings_from(one) for one in item.about["settings"])
        training_set = work.as_trained(arrays["origin"], arrays["trained_labels"])
        return Attempt(settings, training_set)

    return checked(attempt)


def _go_on(workspaces: Workspaces[Any], work: Workspace[Any], item: Item, of: Project) -> None:
    """Train on from the last point.

    Raises
    ------
    GraftError
        If that is damaged, or cannot be read.
    """
    latest = of.item(item.id)
    if runs.of(latest) is not None:
        return  # another session was quicker
    try:
        runs.claim(of, latest)
    except TakenError:
        work.saved.interrupted = latest
        return  # somebody else was
    try:
        attempt, point = _attempt(workspaces, work, latest, of), None
        if POINT in latest.parts:
            point = ResumePoint.from_bytes(of.read(latest, POINT))
            attempt = replace(attempt, goes_on=True)
    except GraftError:
        of.leases.free(latest.id)
        raise
    workspaces.go_on(work, attempt, point)
