"""Who uses a session, where people sign in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core import access, sign_in
from core.settings import settings
from core.sign_in import Person, SignInError
from pages._ui.visitors import sessions

_sessions: dict[str, str] = {}  # to whose signing in each goes back
_over: dict[str, datetime] = {}  # who signed out: cookies that were copied before open nothing


def person() -> Person | None:
    """Who has signed in; None where nobody does, or has not yet.

    Raises
    ------
    SignInError
        If they may not use this server, or not any more.
    """
    if settings().access != "login":
        return None
    who = _of(st.user.to_dict())
    context = get_script_run_ctx(suppress_warning=True)
    if who is not None and context is not None:
        _note(context.session_id, who)
    return who


def may_use(claims: Mapping[str, Any]) -> bool:
    """Whether who has signed in so may use this server now."""
    try:
        return _of(claims) is not None
    except SignInError:
        return False


def may_administer() -> bool:
    """Whether who uses this session may change the server; see `core.access`."""
    return access.may_administer(person())


def sign_out() -> None:
    """Sign out here and in all pages that go back to the same signing in; a callback."""
    here = get_script_run_ctx(suppress_warning=True)
    try:
        who = person()
    except SignInError:
        who = None
    if who is not None:
        now = datetime.now(UTC)
        for name in [name for name, until in [*_over.items()] if until < now]:
            _over.pop(name, None)
        _over[who.sign_in] = who.until
        for session, signed_in in [*_sessions.items()]:
            if signed_in == who.sign_in and (here is None or session != here.session_id):
                _on_event_loop(0.0, session, signed_in)
    st.session_state.clear()
    st.logout()


def _of(claims: Mapping[str, Any]) -> Person | None:
    if not claims.get("is_logged_in"):
        return None
    who = sign_in.person(claims, sign_in.login())
    if who.sign_in in _over:
        raise SignInError("You have signed out. Sign in again to go on.")
    return who


def _note(session: str, who: Person) -> None:
    """Once a session: show it the page for signing in when its time is over."""
    if _sessions.get(session) == who.sign_in:
        return
    there = {each.id for each in sessions()}
    for gone in _sessions.keys() - there:
        _sessions.pop(gone, None)
    _sessions[session] = who.sign_in
    _on_event_loop((who.until - datetime.now(UTC)).total_seconds(), session, who.sign_in)


def _on_event_loop(delay_s: float, session: str, signed_in: str) -> None:
    """End what a session shows to whom has signed out, after so many seconds."""
    if not runtime.exists():
        return
    server: Any = runtime.get_instance()
    loop = server._get_async_objs().eventloop
    loop.call_soon_threadsafe(loop.call_later, delay_s, _end, session, signed_in)


def _end(session: str, signed_in: str) -> None:
    """Forget all that a session holds and shows, so that nothing of it can be used any more."""
    if _sessions.get(session) != signed_in:
        return
    del _sessions[session]
    server: Any = runtime.get_instance()
    known = server.get_app_session(session)
    server.clear_user_info_for_session(session)
    if known is not None:
        known.session_state.clear()
        known._fragment_storage.clear()
        known.request_rerun(known._client_state)
