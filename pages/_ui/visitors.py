"""Who a session is to the queues, and whether anybody still looks at it."""

from __future__ import annotations

import contextlib
import gc
import threading
import time
import uuid
import weakref
from typing import Any

import streamlit as st
from streamlit import runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core import engine
from core.engine import Job
from core.memory.held import count_held

_LOOK_S = 60.0  # between looks at which sessions are over
AWAY_S = 10.0  # a browser that has lost the connection comes back within that


class Presence:
    """Whether the browser of a session is connected, or was a moment ago.

    Attributes
    ----------
    has_project : whether what the session starts belongs to a project, for which it need not stay.
    """

    def __init__(self, session: str | None) -> None:
        self.has_project = False
        self._session = session
        self._away_since: float | None = None

    def __call__(self) -> bool:
        """False once it has been seen away for some seconds; a reload leaves a session for good."""
        if self.has_project or self._session is None or not runtime.exists():
            return True
        if runtime.get_instance().is_active_session(self._session):
            self._away_since = None
            return True
        now = time.monotonic()
        self._away_since = self._away_since or now
        return now - self._away_since < AWAY_S


class Visitor:
    """Stands for a session in its state; what it has started ends when it goes.

    Streamlit forgets a session some minutes after its last page was closed. Before that, what it
    has started ends as soon as it is in the way of others. What belongs to a project goes on.

    Attributes
    ----------
    private : jobs whose outcome nobody but this session can reach, whether it has a project or not.
    """

    def __init__(self) -> None:
        self.name = uuid.uuid4().hex[:8]
        context = get_script_run_ctx(suppress_warning=True)
        self.presence = Presence(None if context is None else context.session_id)
        self.private: weakref.WeakSet[Job[Any]] = weakref.WeakSet()
        weakref.finalize(self, _leave, self.name, self.presence, self.private)
        if context is not None and runtime.exists():
            _look_after(runtime.get_instance())


def sessions() -> list[AppSession]:
    """All that there are, those too to which a browser may come back; none without a server."""
    manager = getattr(runtime.get_instance(), "_session_mgr", None) if runtime.exists() else None
    return [] if manager is None else [known.session for known in manager.list_sessions()]


def _held() -> list[list[object]]:
    """What each session holds, not what Streamlit itself needs for it."""
    states = [session.session_state for session in sessions()]
    return [[*state._old_state.values(), *state._new_session_state.values()] for state in states]


count_held("Sessions: data sets, features, classifiers, results", _held)


def _leave(name: str, presence: Presence, private: weakref.WeakSet[Job[Any]]) -> None:
    def cancel() -> None:
        for queue in (engine.jobs, engine.downloads, engine.saves):
            for job in queue.jobs(name):
                if job in private or (queue is engine.jobs and not presence.has_project):
                    queue.cancel(job)

    # objects go at any moment, perhaps while this thread is at work in the queue
    threading.Thread(target=cancel, name="leave", daemon=True).start()


_looked_after: weakref.WeakSet[Any] = weakref.WeakSet()


def _look_after(server: Any) -> None:
    """From now on, let go of sessions to which no browser can come back.

    Streamlit does so only when another session ends: what the last ones hold would stay in memory
    until somebody comes and leaves again.
    """
    if server in _looked_after:
        return
    _looked_after.add(server)
    with contextlib.suppress(AttributeError):  # it is another Streamlit, which does as it does
        loop = server._get_async_objs().eventloop
        loop.call_soon_threadsafe(_let_go, server, loop)


def _let_go(server: Any, loop: Any) -> None:
    """Forget sessions whose time is over, now and every minute.

    Runs in the thread of the event loop, as all that changes what sessions there are.
    """
    loop.call_later(_LOOK_S, _let_go, server, loop)
    over = server._session_mgr._session_storage._cache.expire()
    for _, known in over:
        known.session.shutdown()
        known.session.session_state.clear()  # Streamlit's loop holds the last one
    if over:
        gc.collect()  # what they held refers to itself, and nobody may come who would collect it


def visitor() -> Visitor:
    """This session, as the queues know it."""
    if "visitor" not in st.session_state:
        st.session_state["visitor"] = Visitor()
    this: Visitor = st.session_state["visitor"]
    return this
