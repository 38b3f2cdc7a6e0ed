"""What a listener should know of a sound before the answers about it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st


def tells_something(notices: Sequence[str], undecided: str) -> bool:
    """Show the notices about a sound; False if nothing can be told of it, with the reason.

    Parameters
    ----------
    undecided : the reason, or nothing.
    """
    if undecided:
        st.markdown("##### Undecided")
        st.warning(undecided, icon=":material/hearing_disabled:")
    for notice in notices:
        if notice != undecided:
            st.warning(notice, icon=":material/hearing:")
    return not undecided
