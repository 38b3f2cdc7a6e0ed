"""Components of our own, each of a Python file and a script beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer


def component(python_file: str, *, html: str, css: str) -> ComponentRenderer:
    """Register the component of a Python file, whose script lies beside it.

    Parameters
    ----------
    python_file : `__file__` of whoever calls; the component is called like it.
    """
    path = Path(python_file)
    script = path.with_suffix(".js").read_text("utf-8")
    return st.components.v2.component(path.stem, html=html, css=css, js=script)


def call_with_number(key: str, trigger: str, call: Callable[[int], None] | None) -> None:
    """Hand on the number in a trigger of the component `key`; a callback."""
    number = getattr(st.session_state[key], trigger)
    if call is not None and isinstance(number, int):
        call(number)
