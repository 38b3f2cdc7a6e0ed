"""Who uses a session, where people sign in."""

from __future__ import annotations

import weakref
from datetime import UTC, datetime
from typing import Any

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core import access, sign_in
from core.settings import settings
from core.sign_in import Person, SignInError

_STATE = "signed_in"


class _SignedIn:
    """Stands in a session's state for whom it belongs to, until they have to sign in again."""

    def __init__(self, session: str, who: Person) -> None:
        self.session = session
        self.sign_in = who.sign_in


_sessions: weakref.WeakSet[_SignedIn] = weakref.WeakSet()
_over: dict[str, datetime] = {}  # who signed out: cookies that were copied before open nothing


def person() -> Person | None:
    """Who has signed in; None where nobody does, or has not yet.

    Raises
    ------
    SignInError
        If they may not use this server, or not any more.
    """
    if settings().access != "login" or not st.user.is_logged_in:
        return None
    who = sign_in.person(st.user.to_dict(), sign_in.login())
    if who.sign_in in _over:
        raise SignInError("You have signed out. Sign in again to go on.")
    _note(who)
    return who


def may_administer() -> bool:
    """Whether who uses this session may change the server; see `core.access`."""
    return access.may_administer(person())


def sign_out() -> None:
    """Sign out here and in all pages that go back to the same signing in; a callback."""
    who = person()
    if who is not None:
        now = datetime.now(UTC)
        for name in [name for name, until in [*_over.items()] if until < now]:
            _over.pop(name, None)
        _over[who.sign_in] = who.until
        others = [each for each in [*_sessions] if each.sign_in == who.sign_in]
        for other in others:
            if other is not st.session_state.get(_STATE):
                _on_event_loop(0.0, other.session)
    st.session_state.clear()
    st.logout()


def _note(who: Person) -> None:
    """Once a session: show it the page for signing in when its time is over."""
    known = st.session_state.get(_STATE)
    context = get_script_run_ctx(suppress_warning=True)
    if context is None or (known is not None and known.sign_in == who.sign_in):
        return
    noted = st.session_state[_STATE] = _SignedIn(context.session_id, who)
    _sessions.add(noted)
    _on_event_loop((who.until - datetime.now(UTC)).total_seconds(), context.session_id)


def _on_event_loop(delay_s: float, session: str) -> None:
    """End what a session shows to whom has signed out, after so many seconds."""
    if not runtime.exists():
        return
    server: Any = runtime.get_instance()
    loop = server._get_async_objs().eventloop
    loop.call_soon_threadsafe(loop.call_later, delay_s, _end, session)


def _end(session: str) -> None:
    server: Any = runtime.get_instance()
    known = server.get_app_session(session)
    server.clear_user_info_for_session(session)
    if known is not None:
        known.request_rerun(known._client_state)
