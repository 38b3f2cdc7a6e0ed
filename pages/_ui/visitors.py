"""Who a session is to the queues, and whether anybody still looks at it."""

from __future__ import annotations

import threading
import time
import uuid
import weakref

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core import engine

_AWAY_S = 10.0  # a browser that has lost the connection comes back within that


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
        return now - self._away_since < _AWAY_S


class Visitor:
    """Stands for a session in its state; what it has started ends when it goes.

    Streamlit forgets a session some minutes after its last page was closed. Before that, what it
    has started ends as soon as it is in the way of others. What belongs to a project goes on.
    """

    def __init__(self) -> None:
        self.name = uuid.uuid4().hex[:8]
        context = get_script_run_ctx(suppress_warning=True)
        self.presence = Presence(None if context is None else context.session_id)
        weakref.finalize(self, _leave, self.name, self.presence)


def _leave(name: str, presence: Presence) -> None:
    if presence.has_project:
        return

    def cancel() -> None:
        for job in engine.jobs.jobs(name):
            engine.jobs.cancel(job)

    # objects go at any moment, perhaps while this thread is at work in the queue
    threading.Thread(target=cancel, name="leave", daemon=True).start()


def visitor() -> Visitor:
    """This session, as the queues know it."""
    if "visitor" not in st.session_state:
        st.session_state["visitor"] = Visitor()
    this: Visitor = st.session_state["visitor"]
    return this
