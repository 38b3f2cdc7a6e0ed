"""What components of our own tell: which of several things was clicked."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st


def tell_choice(key: str, on_choose: Callable[[int], None] | None) -> None:
    """Hand on the number in the trigger `chosen` of the component with this key."""
    number = st.session_state[key].chosen
    if on_choose is not None and isinstance(number, int):
        on_choose(number)
