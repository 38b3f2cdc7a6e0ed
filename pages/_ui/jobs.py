"""A job on a page: its progress while it runs, Cancel, and what it has left."""

from __future__ import annotations

import threading
import uuid
import weakref
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import streamlit as st

from core import engine
from core.engine import Job, JobQueue, JobState

T = TypeVar("T")
_POLL_S = 0.3
_ENDS_WITHIN_S = 0.8
_PREVIEW_S = 1.0  # drawing charts takes the server some 50 ms each time


class Visitor:
    """Stands for a session in its state; what it has started ends when it goes.

    Streamlit forgets a session some minutes after its last page was closed.
    """

    def __init__(self) -> None:
        self.name = uuid.uuid4().hex[:8]
        weakref.finalize(self, _leave, self.name)


def _leave(name: str) -> None:
    def cancel() -> None:
        for job in engine.jobs.jobs(name):
            engine.jobs.cancel(job)

    # objects go at any moment, perhaps while this thread is at work in the queue
    threading.Thread(target=cancel, name="leave", daemon=True).start()


def owner() -> str:
    """This session, as the queues know it."""
    if "visitor" not in st.session_state:
        st.session_state["visitor"] = Visitor()
    visitor: Visitor = st.session_state["visitor"]
    return visitor.name


def start(
    key: str, title: str, work: Callable[[], Iterator[T]], *, queue: JobQueue = engine.jobs
) -> Job[T]:
    """Put `work` into the queue as this session's job `key`, in place of the one before."""
    before = current(key)
    if before is not None and not before.is_over:
        queue.cancel(before)
    job = queue.submit(work, title=title, owner=owner())
    st.session_state[key] = job
    return job


def start_anew(key: str, about: object, title: str, work: Callable[[], Iterator[T]]) -> Job[T]:
    """This session's job `key`; started if there is none, or if the one before was about another.

    Parameters
    ----------
    about : what decides the result. Data in it are told apart by a digest of their content.
    """
    if st.session_state.get(f"{key}_of") != about:
        st.session_state[f"{key}_of"] = about
        return start(key, title, work)
    job: Job[T] = st.session_state[key]
    return job


def current(key: str) -> Job[Any] | None:
    """This session's job `key`, if it was started."""
    return st.session_state.get(key)


def panel(
    key: str,
    job: Job[T],
    describe: Callable[[T], tuple[float | None, str]],
    *,
    preview: Callable[[T], None] | None = None,
    queue: JobQueue = engine.jobs,
) -> None:
    """Show a job while it waits and runs; the page reruns when it ends.

    Parameters
    ----------
    key : of the job.
    describe : from a snapshot to how far it is, in [0, 1] or None, and what it does.
    preview : draws a snapshot below that.
    """
    if not job.is_over:
        every = _POLL_S if preview is None else _PREVIEW_S
        st.fragment(_running, run_every=every)(job, queue, describe, preview, key)
    elif job.state is JobState.CANCELLED:
        st.info("Cancelled; what was done by then is kept.", icon=":material/block:")
    elif job.state is JobState.FAILED:
        st.error(str(job.error), icon=":material/error:")


def _running(
    job: Job[T],
    queue: JobQueue,
    describe: Callable[[T], tuple[float | None, str]],
    preview: Callable[[T], None] | None,
    key: str,
) -> None:
    if job.cancel_requested:
        job.wait(_ENDS_WITHIN_S)  # it ends after its current step; no need to come again for that
    if job.is_over:
        st.rerun()
    bar, button = st.columns([5, 1], vertical_alignment="center")
    with bar:
        place = queue.position(job)
        if job.state is JobState.QUEUED and place:
            noun = "job" if place == 1 else "jobs"
            st.progress(0.0, f"{job.title}: waiting for {place} {noun} before it")
        elif job.snapshot is None:
            st.progress(0.0, f"{job.title}: starting")
        else:
            share, text = describe(job.snapshot)
            st.progress(share or 0.0, f"{job.title}: {text}{_time_left(job, share)}")
    with button:
        st.button("Cancel", key=f"{key}_cancel", on_click=queue.cancel, args=(job,))
    if preview is not None and job.snapshot is not None:
        preview(job.snapshot)


def _time_left(job: Job[Any], share: float | None) -> str:
    if not share or share < 0.05 or job.elapsed_s < 2:
        return ""
    return f", about {job.elapsed_s * (1 - share) / share:.0f} s left"
