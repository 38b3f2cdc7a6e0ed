"""Components of our own, each of a Python file and a script beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer


def component(python_file: str, *, html: str, css: str, first: str = "") -> ComponentRenderer:
    """Register the component of a Python file, whose script lies beside it.

    Parameters
    ----------
    python_file : `__file__` of whoever calls; the component is called like it.
    first : name of another script there, which stands before it in one module with it.
    """
    path = Path(python_file)
    scripts = [path.with_name(first)] if first else []
    script = "\n".join(one.read_text("utf-8") for one in (*scripts, path.with_suffix(".js")))
    return st.components.v2.component(path.stem, html=html, css=css, js=script)


def call_with_number(key: str, trigger: str, call: Callable[[int], None] | None) -> None:
    """Hand on the number in a trigger of the component `key`; a callback."""
    number = getattr(st.session_state[key], trigger)
    if call is not None and isinstance(number, int):
        call(number)


def call_with_numbers(
    key: str, trigger: str, call: Callable[[list[int]], None], *, below: int
) -> None:
    """Hand on the list in a trigger of the component `key`, checked; a callback."""
    given = getattr(st.session_state[key], trigger)
    if isinstance(given, list) and len(given) <= below:
        call(whole_numbers(given, below=below))


def whole_numbers(given: object, *, below: int) -> list[int]:
    """What a browser says are whole numbers from 0 to below that: those that are, ascending."""
    if not isinstance(given, list):
        return []
    numbers = {one for one in given[:below] if type(one) is int and 0 <= one < below}
    return sorted(numbers)
