"""How pages are laid out: rooms, of which one is open; the parts of a room; tabs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages._ui import errors, links

_PARTS = "parts"
# Besides the sidebar, 900 px of a window leave no room for two columns; a window of 1,280 px that
# is enlarged to 200 % has 640. There the result comes first. A form's hint about the Enter key
# would cover a long link.
_STYLE = f"""<style>
[data-testid="stMainBlockContainer"] {{ padding-left: 2.5rem; padding-right: 2.5rem; }}
[data-testid="stSidebarNavLink"]:focus-visible {{
  outline: 3px solid var(--st-primary-color, #2f7d4f); outline-offset: -1px;
}}
[data-testid="stForm"] [data-testid="InputInstructions"] {{ display: none; }}
.st-key-{_PARTS} {{
  display: grid; grid-template: "choice result" auto "finer result" 1fr / 1fr 2.6fr;
  gap: 1rem 2.5rem;
}}
.st-key-{_PARTS} > :nth-child(1) {{ grid-area: choice; }}
.st-key-{_PARTS} > :nth-child(2) {{ grid-area: result; }}
.st-key-{_PARTS} > :nth-child(3) {{ grid-area: finer; }}
.st-key-{_PARTS} > * {{ min-width: 0; }}
@media (max-width: 900px) {{
  [data-testid="stMainBlockContainer"] {{ padding-left: 1rem; padding-right: 1rem; }}
  .st-key-{_PARTS} {{ grid-template: "result" "choice" "finer" / 100%; }}
}}
</style>"""


def page_style() -> None:
    """What all pages look like; once a run."""
    st.html(_STYLE)


def heading(title: str, about: str) -> None:
    """The page's title, and a sentence: what one sees, and why that is transfer learning."""
    st.title(title, anchor=False)
    st.markdown(f":small[{about}]")


def show_rooms(
    title: str, rooms: Mapping[str, Callable[[], None]], *, about: str, key: str | None = None
) -> None:
    """The page's title, a choice among its rooms, the first one to begin with, and that room.

    Parameters
    ----------
    about : as for `heading`.
    key : of the choice, in the session's state and in the URL, if it is not the usual one.
    """
    first, key = next(iter(rooms)), key or links.own("room")
    heading(title, about)
    links.name_unknown(key, list(rooms), first)
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


def two_parts() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Containers for what is chosen, at the left, and for the result; one such pair a page.

    In a narrow window the result comes first.
    """
    controls, result, _ = three_parts()
    return controls, result


def three_parts() -> tuple[DeltaGenerator, DeltaGenerator, DeltaGenerator]:
    """As `two_parts`, and a container for finer settings below the choice."""
    with st.container(key=_PARTS):
        return st.container(), st.container(), st.container()


def show_tabs(contents: Mapping[str, Callable[[], None]], *, key: str) -> None:
    """A tab for each function, of which only the one of the open tab is called."""
    tabs = st.tabs(list(contents), on_change="rerun", key=key, bind="query-params")
    for tab, draw in zip(tabs, contents.values(), strict=True):
        if tab.open:
            with tab, errors.shown():
                draw()


def enter_room(name: str) -> None:
    """Open another room of the page; a callback."""
    st.session_state[links.own("room")] = name
