"""A table of which one row is looked at closely; links say which."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.elements.arrow import DataframeStateInput

from pages._ui import links
from pages._ui.inputs import digest


def row_choice(
    table: pd.DataFrame, numbers: Sequence[int], *, key: str, about: Hashable, **look: Any
) -> int | None:
    """Draw a table; the number of the row that is selected, if one is.

    Parameters
    ----------
    numbers : of its rows, the same ones in whatever order or choice they are shown.
    key : of the number in links, where the first one is 1.
    about : what the numbers are of; where it changes, nothing is selected.
    look : as for `st.dataframe`.
    """
    links.follow(key, 0, about)
    with links.unseen(key):
        chosen = st.number_input("Row", 0, key=key, bind="query-params")
    place = {number: place for place, number in enumerate(numbers)}.get(int(chosen or 0) - 1)
    # other rows make another table: a selection is a row number, and would stay
    table_key = f"{key}_table_{digest(repr((about, list(numbers))).encode())[:8]}"
    rows = [] if place is None else [place]
    selection: DataframeStateInput = {"selection": {"rows": rows, "columns": [], "cells": []}}
    if table_key in st.session_state and st.session_state[table_key]["selection"]["rows"] != rows:
        st.session_state[table_key] = selection  # after Back or Forward
    st.dataframe(
        table,
        hide_index=True,
        on_select=lambda: _remember(key, table_key, numbers),
        selection_mode="single-row",
        selection_default=selection,
        key=table_key,
        **look,
    )
    return None if place is None else numbers[place]


def _remember(key: str, table_key: str, numbers: Sequence[int]) -> None:
    rows = st.session_state[table_key]["selection"]["rows"]
    st.session_state[key] = numbers[rows[0]] + 1 if rows else 0
