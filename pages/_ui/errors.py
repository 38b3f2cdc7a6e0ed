"""What can go wrong, shown as a sentence; anything else keeps its traceback in the log."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import streamlit as st

from core.errors import GraftError


@contextlib.contextmanager
def shown() -> Iterator[None]:
    """Show a `GraftError` of the block as a message, and go on after the block."""
    try:
        yield
    except GraftError as err:
        st.error(str(err), icon=":material/error:")
