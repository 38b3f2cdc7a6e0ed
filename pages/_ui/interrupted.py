"""A job of a project that no server goes on with: how far it was, and what can be done."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.errors import GraftError
from core.projects import Item, Project, runs
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
    """Say how far a job was; or how far it is, if another server is at work on it.

    Parameters
    ----------
    note : is told the item as it is now, or None once there is nothing to say any more.
    go_on : takes it up again; may raise GraftError. None where a page has a button of its own.
    can_go_on : whether it begins where it was.
    key : of its widgets.
    """
    if runs.is_elsewhere(item):
        fragment(_elsewhere, run_every=_POLL_S)(item, of, note)
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


def _elsewhere(item: Item, of: Project, note: Callable[[Item | None], None]) -> None:
    try:
        latest = of.item(item.id)
    except GraftError:  # it has ended, or the project cannot be read
        note(None)
        st.rerun()
    if not runs.is_elsewhere(latest):
        note(latest)
        st.rerun()
    share, doing = latest.about.get("share"), latest.about.get("stage")
    done = min(1.0, max(0.0, float(share))) if isinstance(share, int | float) else 0.0
    st.progress(done, f"{escaped(latest.name)}: {escaped(doing) if isinstance(doing, str) else ''}")
    st.caption("It runs on another server. Reload the page when it has ended.")


def _tried(item: Item, change: Callable[[], None]) -> None:
    """Do it; a callback."""
    try:
        change()
    except GraftError as err:
        project.note_unreadable(item.name, err)


def _discard(item: Item, of: Project, note: Callable[[Item | None], None]) -> None:
    latest = of.item(item.id)
    if runs.of(latest) is None and not runs.is_elsewhere(latest):
        of.remove(latest)
        note(None)
    else:  # somebody goes on with it
        note(latest)
