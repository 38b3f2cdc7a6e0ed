"""Jobs of a project in all sessions that have it open: after a reload they are there again."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Any, NamedTuple

import streamlit as st

from core.engine import Job
from pages._ui import project
from pages._ui.visitors import visitor

_MOST = 32  # of all projects; their snapshots may hold many pictures


class Shared(NamedTuple):
    """A job, and what decides its result, if it starts by itself."""

    job: Job[Any]
    about: object


@st.cache_resource(show_spinner=False)
def _jobs() -> tuple[OrderedDict[tuple[str, str], Shared], Lock]:
    """By project and key, those that were started last at the end."""
    return OrderedDict(), Lock()


def share(key: str, job: Job[Any], about: object = None) -> None:
    """Let other sessions of the project that is open have this job, if this one may change it."""
    window = project.current()
    if window is None or window.project is None or not window.may_edit:
        return
    jobs, lock = _jobs()
    place = (window.project.read_token, key)
    with lock:
        jobs[place] = Shared(job, about)
        jobs.move_to_end(place)
        over = [place for place, entry in jobs.items() if entry.job.is_over]
        for old in over[: max(0, len(over) - _MOST)]:
            del jobs[old]


def shared(key: str) -> Shared | None:
    """The last job of that key in the project that is open."""
    opened = project.opened()
    if opened is None:
        return None
    jobs, lock = _jobs()
    with lock:
        return jobs.get((opened.read_token, key))


def may_cancel(job: Job[Any]) -> bool:
    """Whether this session has started it, or may change the project that it belongs to."""
    window = project.current()
    return job.owner == visitor().name or (window is not None and window.may_edit)
