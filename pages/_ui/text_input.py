"""A text that a visitor hands over: a sample, written, or from a file."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.media import read_text
from pages._ui import links, uploads, widgets
from pages._ui.inputs import digest
from pages._ui.live_text import MOST_TYPED, live_text

_IN_URL = 2_000  # characters of a text of one's own that a link still carries


def text_input(
    noun: str, samples: Mapping[str, str], credit: str, *, key: str = "", live: bool = False
) -> str:
    """One text; empty until there is one.

    Parameters
    ----------
    noun : what a text is called here.
    samples : texts by name, at least one.
    credit : where they come from.
    key : of its widgets, and of the sample in the URL; the noun if there is none.
    live : whether what is written is read while somebody types.

    Raises
    ------
    InvalidInputError
        If an uploaded file is no text.
    """
    text_key = f"own_{key}" if key else links.own("text")
    key = key or noun
    source = widgets.choice(noun.capitalize(), ["Sample", "Write", "Upload"], key=f"{key}_source")
    if source == "Write":
        return _typed(noun, text_key) if live else _written(noun, text_key)
    if live:
        st.query_params.pop(text_key, None)
    if source == "Upload":
        return _uploaded(noun, key)
    name = widgets.sample_choice(list(samples), key=key)
    st.caption(credit)
    return samples[name]


def leave_text_out_of_link() -> None:
    """In rooms without the text: an address says only what they show."""
    st.query_params.pop(links.own("text"), None)


def _written(noun: str, key: str) -> str:
    is_short = len(st.session_state.get(key) or "") <= _IN_URL
    text = st.text_area(
        f"Your {noun}",
        key=key,
        bind="query-params" if is_short else None,
        persist_state="session",
        height=220,
        max_chars=MOST_TYPED,
        placeholder=f"Write or paste a {noun}; press Ctrl+Enter to run.",
        label_visibility="collapsed",
    )
    if not is_short:
        _say_it_is_long()
    return text or ""


def _typed(noun: str, key: str) -> str:
    """What is written, read while somebody types."""
    if key not in st.session_state:
        st.session_state[key] = st.query_params.get(key, "")
    text = live_text(
        f"Your {noun}",
        st.session_state[key],
        key=f"{key}_live",
        placeholder=f"Write or paste a {noun}; it is read as you type.",
    )
    st.session_state[key] = text
    if text and len(text) <= _IN_URL:
        st.query_params[key] = text
    else:
        st.query_params.pop(key, None)
    if len(text) > _IN_URL:
        _say_it_is_long()
    return text


def _say_it_is_long() -> None:
    st.caption(
        f"A link to this page does not include the text: it has more than {_IN_URL:,} characters."
    )


def _uploaded(noun: str, key: str) -> str:
    """The text of a file, kept when the page changes and the widget forgets it."""
    upload = uploads.choose(
        "text",
        lambda: st.file_uploader(
            f"Upload a text file with one {noun}",
            key=f"{key}_file",
            help="TXT or HTML in any common encoding.",
        ),
        key=f"{key}_upload",
    )
    if upload is None:
        return ""
    data = upload.data
    encoding_key = f"encoding_{key}_{digest(data)[:8]}"
    encoding: str | None = st.session_state.get(encoding_key)
    decoded = read_text(data, encoding=encoding, what="text file")
    if decoded.notices or encoding is not None:
        with st.popover("File settings", icon=":material/tune:"):
            widgets.encoding_choice(key=encoding_key)
        if st.session_state[encoding_key] != encoding:  # by a link
            st.rerun()
    for notice in decoded.notices:
        st.caption(notice)
    return decoded.text
