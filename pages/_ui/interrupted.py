"""A job of a project that no server goes on with: how far it was, and what can be done."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import streamlit as st

from core.errors import GraftError
from core.projects import Item, Project, StorageError, UnknownItemError, runs
from core.projects.leases import TakenError
from core.wording import escaped
from pages._ui import project
from pages._ui.fragments import fragment
from pages._ui.numbers import percent

_POLL_S = 2.0


def show(
    item: Item,
    of: Project,
    note: Callable[[Item | None], None],
    *,
    go_on: Callable[[], None] | None = None,
    can_go_on: bool = False,
    key: str,
) -> None:
    """Say how far a job was; or how far it is, if a server is at work on it by now.

    Parameters
    ----------
    note : is told the item as it is now, or None once there is nothing to say any more.
    go_on : takes it up again; may raise GraftError. None where a page has a button of its own.
    can_go_on : whether it begins where it was.
    key : of its widgets.
    """
    item = _latest(item, of, note)
    if runs.is_held(of, item):
        fragment(_under_way, run_every=_POLL_S)(item, of, note, key)
        return
    with st.container(border=True):
        st.markdown(f":material/pause_circle: **{escaped(item.name)} was interrupted**")
        st.caption(_state(item, can_go_on=can_go_on))
        if not of.may_edit:
            return
        with st.container(horizontal=True):
            if go_on is not None:
                st.button(
                    "Go on" if can_go_on else "Start again",
                    type="primary",
                    icon=":material/resume:" if can_go_on else ":material/replay:",
                    on_click=_tried,
                    args=(item, go_on),
                    key=f"{key}_go_on",
                )
            st.button(
                "Discard",
                icon=":material/delete:",
                on_click=_tried,
                args=(item, lambda: _discard(item, of, note)),
                key=f"{key}_discard",
            )


def _state(item: Item, *, can_go_on: bool) -> str:
    """How far a job was, and what of it is saved."""
    share, stage, saved = (item.about.get(name) for name in ("share", "stage", "saved"))
    at = f" at {percent(share, 0)}" if isinstance(share, int | float) and 0 < share <= 1 else ""
    doing = f" ({escaped(stage)})" if isinstance(stage, str) and stage else ""
    stopped = f"The server stopped{at}{doing}."
    if not isinstance(saved, str) or not saved:
        return f"{stopped} Nothing of it was saved yet."
    kept = f"Saved up to: {escaped(saved)}."
    again = " It goes on from there, with the same settings and examples." if can_go_on else ""
    return f"{stopped} {kept}{again}"


def _under_way(item: Item, of: Project, note: Callable[[Item | None], None], key: str) -> None:
    try:
        latest = _latest(item, of, note)
        is_held, is_elsewhere = runs.is_held(of, item), runs.is_elsewhere(of, item)
    except StorageError as err:  # which passes, perhaps
        st.caption(str(err))
        return
    if not is_held or runs.of(latest) is not None:
        note(latest)
        st.rerun()
    share, doing = latest.about.get("share"), latest.about.get("stage")
    done = min(1.0, max(0.0, float(share))) if isinstance(share, int | float) else 0.0
    bar, button = st.columns([5, 1], vertical_alignment="center")
    with bar:
        text = escaped(doing) if isinstance(doing, str) and doing else "starting"
        st.progress(done, f"{escaped(latest.name)}: {text}")
    with button:
        st.button(
            "Cancel",
            key=f"{key}_cancel_elsewhere",
            on_click=_tried,
            args=(item, lambda: runs.cancel(of, item)),
            disabled=not of.may_edit,
        )
    if is_elsewhere:
        st.caption("It runs on another server. This page shows what it comes to when it has ended.")


def _latest(item: Item, of: Project, note: Callable[[Item | None], None]) -> Item:
    """The job as it is by now; the page runs again if it has ended."""
    try:
        return of.item(item.id)
    except UnknownItemError:
        note(None)
        st.rerun()


def _tried(item: Item, change: Callable[[], None]) -> None:
    """Do it; a callback."""
    try:
        change()
    except GraftError as err:
        project.note_unreadable(item.name, err)


def _discard(item: Item, of: Project, note: Callable[[Item | None], None]) -> None:
    latest: Item | None = of.item(item.id)
    if latest is not None and runs.of(latest) is None:
        with contextlib.suppress(TakenError):  # somebody goes on with it
            runs.discard(of, latest)
            latest = None
    note(latest)
