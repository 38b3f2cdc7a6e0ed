"""What belongs to a page: its title, names in its address, entries in the browser's history."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

_PAGE = "page"
_ARRIVED = "arrived_with"
_UNSEEN = "browser_history"


def enter(page: StreamlitPage) -> None:
    """Begin a page: what is chosen from here on is its own."""
    name = page.url_path or "home"
    if st.session_state.get(_PAGE, name) != name:
        st.query_params.update()  # what the page before has put there last may still be on its way
    st.session_state[_PAGE] = name
    st.session_state.setdefault(_ARRIVED, tuple(st.query_params.to_dict().values()))
    st.html(f"<style>.st-key-{_UNSEEN} {{ display: none; }}</style>")
    with st.container(key=_UNSEEN):
        st.html(_script(), unsafe_allow_javascript=True)


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


def has_arrived_with_upload() -> bool:
    """Whether the link that opened this session was made with a file of somebody's own."""
    return not {"Upload", "Camera", "Microphone"}.isdisjoint(st.session_state.get(_ARRIVED, ()))


@cache
def _script() -> str:
    return f"<script>{Path(__file__).with_suffix('.js').read_text('utf-8')}</script>"


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
