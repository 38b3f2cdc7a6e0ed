"""The rooms of a page: one is open, and the address says which."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from pages._ui import errors


def show(title: str, rooms: Mapping[str, Callable[[], None]], *, key: str = "room") -> None:
    """The page's title, a choice among its rooms, the first one to begin with, and that room.

    Parameters
    ----------
    key : of the choice, in the session's state and in the URL.
    """
    first = next(iter(rooms))
    st.title(title, anchor=False)
    room = st.segmented_control(
        "Room",
        list(rooms),
        default=first,
        required=True,
        key=key,
        bind="query-params",
        label_visibility="collapsed",
        wrap=True,
    )
    with errors.shown():
        rooms.get(room, rooms[first])()  # an empty value in the URL is None
