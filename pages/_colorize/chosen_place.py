"""A place that was clicked on a picture, which the address holds as it does settings."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages._ui import links


def chosen_place(key: str, first: tuple[float, float]) -> tuple[float, float]:
    """x and y in [0, 1] of the place that `choose` has kept under that key; `first` before."""
    with links.unseen(key):
        text = st.text_input(
            "Place", _written(*first), key=key, bind="query-params", persist_state="session"
        )
    try:
        x, y = (float(number) for number in (text or "").split(","))
    except ValueError:
        return first
    return (x, y) if 0 <= x <= 1 and 0 <= y <= 1 else first


def choose(key: str) -> Callable[[float, float], None]:
    """A callback that keeps a place."""
    return lambda x, y: st.session_state.update({key: _written(x, y)})


def _written(x: float, y: float) -> str:
    return f"{x:.3f},{y:.3f}"
