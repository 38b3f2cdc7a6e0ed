"""What can go wrong, shown as a sentence; anything else keeps its traceback in the log."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

import streamlit as st

from core.errors import GraftError

_SHOWN_EACH = 5


@contextlib.contextmanager
def shown() -> Iterator[None]:
    """Show a `GraftError` of the block as a message, and go on after the block."""
    try:
        yield
    except GraftError as err:
        st.error(str(err), icon=":material/error:")


def unusable(named: Sequence[tuple[str, GraftError]]) -> None:
    """Say of files what is wrong with each: of the first few in words, then how many more."""
    for name, error in named[:_SHOWN_EACH]:
        st.warning(f"{name}: {error}", icon=":material/broken_image:")
    if len(named) > _SHOWN_EACH:
        st.warning(f"{len(named) - _SHOWN_EACH:,} more files could not be read.")
