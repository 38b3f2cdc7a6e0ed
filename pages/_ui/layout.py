"""How pages are laid out: rooms, of which one is open; the parts of a room; tabs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages._ui import errors, links

_THREE_PARTS = "three_parts"
# 640 px is where Streamlit puts columns below each other
_STYLE = f"""<style>
.st-key-{_THREE_PARTS} {{
  display: grid; grid-template: "choice result" auto "finer result" 1fr / 1fr 2.2fr;
  gap: 1rem 4rem;
}}
.st-key-{_THREE_PARTS} > :nth-child(1) {{ grid-area: choice; }}
.st-key-{_THREE_PARTS} > :nth-child(2) {{ grid-area: result; }}
.st-key-{_THREE_PARTS} > :nth-child(3) {{ grid-area: finer; }}
.st-key-{_THREE_PARTS} > * {{ min-width: 0; }}
@media (max-width: 640px) {{
  .st-key-{_THREE_PARTS} {{ grid-template: "choice" "result" "finer" / 100%; }}
}}
</style>"""


def show_rooms(
    title: str, rooms: Mapping[str, Callable[[], None]], *, key: str | None = None
) -> None:
    """The page's title, a choice among its rooms, the first one to begin with, and that room.

    Parameters
    ----------
    key : of the choice, in the session's state and in the URL, if it is not the usual one.
    """
    first = next(iter(rooms))
    st.title(title, anchor=False)
    room = st.segmented_control(
        "Room",
        list(rooms),
        default=first,
        required=True,
        key=key or links.own("room"),
        bind="query-params",
        label_visibility="collapsed",
        wrap=True,
    )
    with errors.shown():
        rooms.get(room, rooms[first])()  # an empty value in the URL is None


def two_parts() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Columns for what is chosen, at the left, and for the result."""
    controls, result = st.columns([1, 2.4], gap="large")
    return controls, result


def three_parts() -> tuple[DeltaGenerator, DeltaGenerator, DeltaGenerator]:
    """Containers for the choice, the result and finer settings; one such room a page.

    The result stands beside the others, and between them in a narrow window, so that the picture
    is in sight of the button that makes it and not below all sliders.
    """
    st.html(_STYLE)
    with st.container(key=_THREE_PARTS):
        return st.container(), st.container(), st.container()


def show_tabs(contents: Mapping[str, Callable[[], None]], *, key: str) -> None:
    """A tab for each function, of which only the one of the open tab is called."""
    tabs = st.tabs(list(contents), on_change="rerun", key=key)
    for tab, draw in zip(tabs, contents.values(), strict=True):
        if tab.open:
            with tab, errors.shown():
                draw()


def enter_room(name: str) -> None:
    """Open another room of the page; a callback."""
    st.session_state[links.own("room")] = name
