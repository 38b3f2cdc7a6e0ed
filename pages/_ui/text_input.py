"""A text that a visitor hands over: a sample, written, or from a file."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.media import read_text
from pages._ui import widgets
from pages._ui.inputs import digest

_IN_URL = 400  # characters of a text of one's own that a link still carries


def text_input(noun: str, samples: Mapping[str, str], credit: str, *, key: str = "") -> str:
    """One text; empty until there is one.

    Parameters
    ----------
    noun : what a text is called here.
    samples : texts by name, at least one.
    credit : where they come from.
    key : of its widgets, and of the sample in the URL; the noun if there is none.

    Raises
    ------
    InvalidInputError
        If an uploaded file is no text.
    """
    key = key or noun
    source = widgets.choice(noun.capitalize(), ["Sample", "Write", "Upload"], key=f"{key}_source")
    if source == "Write":
        return _written(noun, key)
    if source == "Upload":
        return _uploaded(noun, key)
    name = widgets.sample_choice(list(samples), key=key)
    st.caption(credit)
    return samples[name]


def _written(noun: str, key: str) -> str:
    key = f"own_{key}"
    if key not in st.session_state:
        st.session_state[key] = st.query_params.get("text", "")
    text = st.text_area(
        f"Your {noun}",
        key=key,
        persist_state="session",
        height=220,
        placeholder=f"Write or paste a {noun}; Ctrl+Enter reads it.",
        label_visibility="collapsed",
    )
    if text and len(text) <= _IN_URL:
        st.query_params["text"] = text
    else:
        st.query_params.pop("text", None)
    return text or ""


def _uploaded(noun: str, key: str) -> str:
    """The text of a file, kept when the page changes and the widget forgets it."""
    file = st.file_uploader(
        f"A text file with one {noun}",
        key=f"{key}_file",
        help="TXT or HTML in any usual encoding.",
    )
    if file is not None:
        st.session_state[f"uploaded_{key}"] = file.getvalue()
    data: bytes | None = st.session_state.get(f"uploaded_{key}")
    if data is None:
        return ""
    encoding_key = f"encoding_{key}_{digest(data)}"
    with st.popover("How it is read", icon=":material/tune:"):
        widgets.encoding_choice(key=encoding_key)
    decoded = read_text(data, encoding=st.session_state[encoding_key], what="text file")
    for notice in decoded.notices:
        st.caption(notice)
    return decoded.text
