"""A job on a page: its progress while it runs, Cancel, and what it has left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import streamlit as st

from core import cluster, engine
from core.engine import Job, JobQueue, JobState
from core.errors import GraftError, MemoryBudgetError, QueueFullError, without_frames
from core.memory.held import room_for
from pages._ui import durations, job_sharing
from pages._ui.fragments import fragment
from pages._ui.visitors import visitor

T = TypeVar("T")
MOST_WAITING = 4  # jobs of one visitor in one queue
_POLL_S = 0.3
_ENDS_WITHIN_S = 0.8
_PREVIEW_S = 1.0  # drawing charts takes the server some 50 ms each time
_KEPT = 3  # finished jobs of one kind; their snapshots may hold many pictures


def start(
    key: str,
    title: str,
    work: Callable[[], Iterator[T]],
    *,
    queue: JobQueue = engine.jobs,
    about: object = None,
    is_long: bool = False,
    in_project: bool = True,
    goes_on: bool = False,
) -> Job[T]:
    """Put `work` into the queue as this session's job `key`, in place of the one before.

    It fails at once where too many of the visitor's jobs wait, unless it takes the place of one
    that is not over, and where there is no room in memory for what it would make.

    Parameters
    ----------
    about : what decides the result, where a page asks for that; see `is_about`.
    in_project : whether other sessions of the project that is open have it too.
    is_long : whether it takes more than some seconds for certain.
    goes_on : whether it saves what a job before has left, for which there is always room.
    """
    previous = current(key)
    has_place = goes_on or (previous is not None and not previous.is_over)
    if previous is not None:
        if not previous.is_over:
            queue.cancel(previous)
        elif previous.state is JobState.DONE:
            st.session_state[f"{key}_before"] = previous
    this = visitor()
    job = queue.submit(
        work,
        title=title,
        owner=this.name,
        kind=key,
        is_long=is_long or cluster.is_used(),  # then it is done elsewhere
        is_wanted=this.presence,
        most_waiting=None if has_place else MOST_WAITING,
        refusal=_no_room() if queue is engine.jobs else None,
    )
    if not in_project or queue is not engine.jobs:
        this.private.add(job)
    st.session_state[key] = job
    if about is not None:
        st.session_state[f"{key}_of"] = about  # last: a script may be interrupted anywhere
    is_refused = isinstance(job.error, (QueueFullError, MemoryBudgetError))
    if in_project and queue is engine.jobs and not is_refused:
        job_sharing.share(key, job, about)
    return job


def _no_room() -> MemoryBudgetError | None:
    """Why nothing may be made that would stay in memory, if that is so."""
    try:
        with room_for(0):
            return None
    except MemoryBudgetError as err:
        return without_frames(err)


def start_anew(
    key: str,
    about: object,
    title: str,
    work: Callable[[], Iterator[T]],
    *,
    is_long: bool = False,
) -> Job[T]:
    """This session's job `key`; started if there is none, or if the one before was about another.

    One that has finished is not started again: the last few are kept.

    Parameters
    ----------
    about : what decides the result. Data in it are told apart by a digest of their content.
    """
    job: Job[T] | None = current(key)
    before = st.session_state.get(f"{key}_of")
    if job is not None and before == about:
        return job
    kept: list[tuple[object, Job[T]]] = st.session_state.setdefault(f"{key}_kept", [])
    if job is not None and job.state is JobState.DONE:
        kept[:] = [*kept, (before, job)][-_KEPT:]
    for entry in kept:
        if entry[0] == about:
            if job is not None and not job.is_over:
                engine.jobs.cancel(job)
            kept.remove(entry)
            job = st.session_state[key] = entry[1]
            break
    else:
        return start(key, title, work, about=about, is_long=is_long)
    st.session_state[f"{key}_of"] = about
    return job


def current(key: str) -> Job[Any] | None:
    """This session's job `key`, if it was started, or the last one of its project."""
    if key not in st.session_state and (shared := job_sharing.shared(key)) is not None:
        st.session_state[key], about = shared
        if about is not None:
            st.session_state[f"{key}_of"] = about
    return st.session_state.get(key)


def is_about(key: str, about: object) -> bool:
    """Whether the current job `key` was started about that."""
    return current(key) is not None and st.session_state.get(f"{key}_of") == about


def outcome(key: str) -> Any:
    """The snapshot to show of this session's job `key`, once that is over.

    If it did not finish, and one before it did, the visitor chooses between the two results.
    """
    job = current(key)
    before: Job[Any] | None = st.session_state.get(f"{key}_before")
    snapshot = None if job is None else job.snapshot
    if job is None or job.state is JobState.DONE or before is None:
        return snapshot
    if snapshot is None:
        return before.snapshot
    results = {"Cancelled run": snapshot, "Previous finished run": before.snapshot}
    chosen = st.segmented_control(  # in no link, which has neither of these results
        "Result",
        list(results),
        default="Cancelled run",
        required=True,
        key=f"{key}_result",
        label_visibility="collapsed",
    )
    return results[chosen]


def panel(
    key: str,
    job: Job[T],
    describe: Callable[[T], tuple[float | None, str]],
    *,
    preview: Callable[[T], None] | None = None,
    queue: JobQueue = engine.jobs,
    is_steady: bool = True,
    may_cancel: Callable[[Job[Any]], bool] = job_sharing.may_cancel,
) -> None:
    """Show a job while it waits and runs; the page reruns when it ends.

    Parameters
    ----------
    key : of the job.
    describe : from a snapshot to how far it is, in [0, 1] or None, and what it does.
    preview : draws a snapshot below that.
    is_steady : whether the share of the work that is done says how much of the time is over;
        otherwise no time left is said.
    may_cancel : whether this session may.
    """
    if not job.is_over:
        if is_steady:
            job.follow(lambda snapshot: describe(snapshot)[0])
        every = _POLL_S if preview is None else _PREVIEW_S
        fragment(_running, run_every=every)(job, queue, describe, preview, key, may_cancel)
    elif job.state is JobState.CANCELLED:
        st.info("Cancelled. The finished part is kept.", icon=":material/block:")
        _again(key)
    elif job.state is JobState.FAILED:
        st.error(_why(job.error), icon=":material/error:")
        _again(key)


def _why(error: BaseException | None) -> str:
    """What is wrong, in words for visitors: others may name folders and machines."""
    if isinstance(error, GraftError):
        return str(error)
    return f"Ended by an unexpected error: {type(error).__name__}. The server's log says more."


def _again(key: str) -> None:
    """A button for a job that starts by itself, which would not start again for the same input."""
    if f"{key}_of" not in st.session_state:
        return
    if st.session_state.get(f"{key}_kept"):
        st.caption("Select earlier settings to see their results again.")
    st.button(
        "Start again",
        icon=":material/replay:",
        on_click=lambda: st.session_state.pop(f"{key}_of", None),
        key=f"{key}_again",
    )


def _running(
    job: Job[T],
    queue: JobQueue,
    describe: Callable[[T], tuple[float | None, str]],
    preview: Callable[[T], None] | None,
    key: str,
    may_cancel: Callable[[Job[Any]], bool],
) -> None:
    if job.cancel_requested:
        job.wait(_ENDS_WITHIN_S)  # it ends after its current step; no need to come again for that
    if job.is_over:
        st.rerun()
    bar, button = st.columns([5, 1], vertical_alignment="center")
    with bar:
        share, text = _state(job, queue, describe)
        st.progress(share, f"{job.title}: {text}")
    with button:
        st.button(
            "Cancel",
            key=f"{key}_cancel",
            on_click=queue.cancel,
            args=(job,),
            disabled=not may_cancel(job),
        )
    if preview is not None and job.snapshot is not None:
        preview(job.snapshot)


def _state(
    job: Job[T], queue: JobQueue, describe: Callable[[T], tuple[float | None, str]]
) -> tuple[float, str]:
    """How far a job is, in [0, 1], and what it does or waits for."""
    share, doing = (None, "starting") if job.snapshot is None else describe(job.snapshot)
    place = queue.position(job)
    if job.state is JobState.QUEUED and place:
        return share or 0.0, durations.waiting(place, queue.waiting_time(job))
    left = "" if job.time_left is None else f", {durations.left(job.time_left)}"
    return min(1.0, share or 0.0), f"{doing}{left}"
