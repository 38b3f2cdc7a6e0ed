"""How many browsers may be on the pages at once; one more is told so, and takes nothing."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core import engine
from core.settings import settings
from core.wording import counted
from pages._ui.visitors import AWAY_S, sessions, visitor

IDLE_S = 3600.0  # after which a browser gives its place to whoever comes

_lock = threading.Lock()


@dataclass(slots=True)
class _Place:
    """That of a session: who has it, and when the page was last drawn as a whole."""

    visitor: str
    used: float = field(default_factory=time.monotonic)
    away_since: float | None = None

    def is_away(self, server: Any, session: str) -> bool:
        """Whether its browser is gone; one that has lost the connection comes back in seconds."""
        if server.is_active_session(session):
            self.away_since = None
            return False
        now = time.monotonic()
        self.away_since = now if self.away_since is None else self.away_since
        return now - self.away_since > AWAY_S

    def is_idle(self) -> bool:
        """Whether nobody has done anything for long, and nothing is being done for them."""
        is_old = time.monotonic() - self.used > IDLE_S
        return is_old and all(job.is_over for job in engine.jobs.jobs(self.visitor))


_places: dict[str, _Place] = {}  # by session


def come_in() -> bool:
    """Give this session a place; where there is none, say why in place of the page."""
    context = get_script_run_ctx(suppress_warning=True)
    most = settings().sessions
    with _lock:
        every = {each.id for each in sessions()}
        if context is None or context.session_id not in every:
            return True
        session = context.session_id
        is_in = session in _places or _make_room(runtime.get_instance(), every, most)
        if is_in:
            _places[session] = _Place(visitor().name)
    if not is_in:
        st.info(
            f"This server has room for {counted(most, 'visitor')} at a time, so that its memory "
            "lasts for everybody, and all of it is taken: there is a place for you once somebody "
            "leaves, or has done nothing for an hour.",
            icon=":material/hourglass:",
        )
        st.button("Try again", icon=":material/refresh:")
    return is_in


def _make_room(server: Any, every: set[str], most: int) -> bool:
    """Have a place for one more, if need be that of a browser that is away, or else idle.

    Parameters
    ----------
    every : the sessions that there are.
    """
    for session in _places.keys() - every:
        del _places[session]
    away = [session for session, place in _places.items() if place.is_away(server, session)]
    idle = [session for session, place in _places.items() if place.is_idle()]
    while len(_places) >= most:
        leaving = min(away or idle, key=lambda each: _places[each].used, default=None)
        if leaving is None:
            return False
        del _places[leaving]
        away, idle = ([one for one in some if one != leaving] for some in (away, idle))
        loop = server._get_async_objs().eventloop
        loop.call_soon_threadsafe(_empty, server, leaving)
    return True


def _empty(server: Any, session: str) -> None:
    """Let go of what a session holds; one that is away can then not be come back to.

    Runs in the thread of the event loop, as all that changes what sessions there are.
    """
    known = server._session_mgr.get_session_info(session)
    if known is None or session in _places:
        return
    if not server.is_active_session(session):
        server.close_session(session)
    known.session.session_state.clear()
