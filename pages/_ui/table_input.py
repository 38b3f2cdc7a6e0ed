"""A table that a visitor hands over: read once, what was guessed about it said and changeable."""

from __future__ import annotations

import streamlit as st

from core.media import TextTable, read_table
from core.media.delimited import SEPARATORS
from pages._ui import widgets
from pages._ui.inputs import digest


def table_of(data: bytes, *, key: str) -> TextTable:
    """The table in a file, with what was guessed about it below the uploader.

    Parameters
    ----------
    key : of its widgets; another for each file, so that choices end with it.

    Raises
    ------
    InvalidInputError
        If the file holds no table.
    """
    with st.popover("How it is read", icon=":material/tune:"):
        widgets.encoding_choice(key=f"encoding_{key}")
        st.selectbox(
            "Columns are separated by",
            [None, *SEPARATORS],
            format_func=lambda name: "Automatic" if name is None else SEPARATORS[name],
            key=f"separator_{key}",
        )
    encoding, separator = (st.session_state[f"{part}_{key}"] for part in ("encoding", "separator"))
    asked = (digest(data), encoding, separator)
    kept = st.session_state.get("table_read")
    if kept is None or kept[0] != asked:
        with st.spinner("Reading the table"):
            kept = (asked, read_table(data, encoding=encoding, separator=separator))
        st.session_state["table_read"] = kept
    table: TextTable = kept[1]
    for notice in table.notices:
        st.caption(notice)
    return table
