"""What belongs to a page: its title, names in its address, entries in the browser's history."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.navigation.page import StreamlitPage

from core.wording import escaped
from pages._ui import project
from pages._ui.inline_scripts import history

_PAGE = "page"
_ARRIVED = "arrived_with"
_UNSEEN = "unseen"


def enter(page: StreamlitPage) -> None:
    """Begin a page: what is chosen from here on is its own."""
    name = page.url_path or "home"
    if st.session_state.get(_PAGE, name) != name:
        st.query_params.update()  # what the page before has put there last may still be on its way
    st.session_state[_PAGE] = name
    st.session_state.setdefault(_ARRIVED, tuple(st.query_params.to_dict().values()))
    st.html(f'<style>[class*="st-key-{_UNSEEN}_"] {{ display: none; }}</style>')
    with unseen("history"):
        st.html(f"<script>{history()}</script>", unsafe_allow_javascript=True)


def own(name: str) -> str:
    """A key of the current page for a widget that other pages have too, in its address as well.

    An address that somebody wrote by hand may leave the page out of the name.
    """
    key = f"{st.session_state.get(_PAGE, 'home')}_{name}"
    if name in st.query_params and key not in st.session_state:
        values = st.query_params.get_all(name)
        del st.query_params[name]
        st.query_params[key] = values
        st.rerun()  # widgets read the address as it was when the run began
    return key


def read_name(key: str, titles: Mapping[str, str]) -> None:
    """Put the title into the address where somebody wrote the name that code has for an option.

    To be called before the widget.

    Parameters
    ----------
    titles : of the options of the widget with that key, by name.
    """
    asked = st.query_params.get(key)
    if asked and asked not in titles.values() and asked in titles:
        st.query_params[key] = titles[asked]
        st.rerun()


def name_missing_file(*sources: str) -> None:
    """Say that the link that opened this session leaves a file out, if it names a source of one."""
    if project.opened() is None and not set(sources).isdisjoint(st.session_state.get(_ARRIVED, ())):
        st.caption(
            "Links leave files out. If this one was made with an upload, upload the same file."
        )


def say_left_out(what: str) -> None:
    """Say that a link leaves uploads out, unless a project has them."""
    if not project.carries_uploads():
        st.caption(f"A link to this page leaves your {what} out.")


def unseen(name: str) -> DeltaGenerator:
    """A container for what only the address shows, and what follows Back and Forward therefore."""
    return st.container(key=f"{_UNSEEN}_{name}")


def name_unknown(key: str, titles: Sequence[str], default: str, advice: str = "") -> None:
    """Say that a link asks for what cannot be chosen, until something else is chosen.

    To be called before the widget, which then is at its default.

    Parameters
    ----------
    titles : of the options of the widget with that key, as an address has them.
    advice : a sentence about where else it may be.
    """
    asked, kept = st.query_params.get(key), f"{key}_unknown"
    if asked and asked not in titles:
        st.session_state[kept] = asked
    elif st.session_state.get(key, default) != default:
        st.session_state.pop(kept, None)
    if kept in st.session_state:
        st.caption(
            f"The link asks for “{escaped(st.session_state[kept])}”, which is not available here. "
            + advice
        )


def keep_among(key: str, options: Sequence[object], about: Hashable = None) -> None:
    """Bring a widget back to its first option where the chosen one is gone, and the address too.

    Where the first option is chosen, it stays the first. To be called before the widget.
    """
    follow(key, options[0], about)
    if key in st.session_state and st.session_state[key] not in options:
        st.session_state[key] = options[0]


def follow(key: str, default: object, about: Hashable = None) -> None:
    """Keep a widget at its default where that moves, and bring it back where `about` changes.

    An address leaves out what is at its default: with another default it would say another value.
    To be called before the widget.
    """
    kept = f"default_of_{key}"
    before = st.session_state.get(kept)
    if before is not None and before != (default, about) and key in st.session_state:
        was_default = st.session_state[key] == before[0]
        if (was_default or before[1] != about) and st.session_state[key] != default:
            st.session_state[key] = default
    st.session_state[kept] = (default, about)
