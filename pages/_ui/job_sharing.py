"""Jobs of a project in all sessions that have it open: after a reload they are there again."""

from __future__ import annotations

from threading import Lock
from typing import Any, NamedTuple

import streamlit as st

from core.engine import Job
from core.memory.results import SharedResults
from pages._ui import project
from pages._ui.visitors import visitor


class Shared(NamedTuple):
    """A job, and what decides its result, if it starts by itself."""

    job: Job[Any]
    about: object


@st.cache_resource(show_spinner=False)
def _jobs() -> tuple[dict[tuple[str, str], Shared], SharedResults[Shared], Lock]:
    """By project and key, those that are under way, and what has become of others."""
    return {}, SharedResults(), Lock()


def share(key: str, job: Job[Any], about: object = None) -> None:
    """Let other sessions of the project that is open have this job, if this one may change it."""
    window = project.current()
    if window is None or window.project is None or not window.may_edit:
        return
    under_way, _, lock = _jobs()
    with lock:
        under_way[window.project.read_token, key] = Shared(job, about)
    _settle()


def shared(key: str) -> Shared | None:
    """The last job of that key in the project that is open."""
    opened = project.opened()
    if opened is None:
        return None
    _settle()
    under_way, over, lock = _jobs()
    place = (opened.read_token, key)
    with lock:
        return under_way.get(place) or over.get(place)


def _settle() -> None:
    """Let what has ended give way to other results: its snapshot may hold many pictures."""
    under_way, over, lock = _jobs()
    with lock:
        for place, entry in [*under_way.items()]:
            if entry.job.is_over:
                over.put(place, under_way.pop(place))


def may_cancel(job: Job[Any]) -> bool:
    """Whether this session has started it, or may change the project that it belongs to."""
    window = project.current()
    return job.owner == visitor().name or (window is not None and window.may_edit)
