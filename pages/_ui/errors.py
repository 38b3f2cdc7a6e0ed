"""What can go wrong, shown as a sentence; anything else keeps its traceback in the log."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence

import streamlit as st

from core.errors import GraftError, as_told, without_frames
from core.wording import counted

_SHOWN_EACH = 5


@contextlib.contextmanager
def shown() -> Iterator[None]:
    """Show a `GraftError` of the block as a message, and go on after the block.

    So is a disk that is full.
    """
    try:
        yield
    except (GraftError, OSError) as err:
        told = as_told(err)
        if not isinstance(told, GraftError):
            raise
        st.error(str(told), icon=":material/error:")
        without_frames(err)  # a session may keep it, and raise it at each run


def unusable(named: Sequence[tuple[str, GraftError]]) -> None:
    """Say of files what is wrong with each: of the first few in words, then how many more."""
    for _, error in named:
        without_frames(error)
    for name, error in named[:_SHOWN_EACH]:
        st.warning(f"{name}: {error}", icon=":material/broken_image:")
    if len(named) > _SHOWN_EACH:
        st.warning(f"{counted(len(named) - _SHOWN_EACH, 'more file')} could not be read.")


def noticed(named: Iterable[tuple[str, Iterable[str]]]) -> None:
    """Say what was guessed or left out of files: each sentence once, with the files it is about."""
    files: dict[str, list[str]] = {}
    for name, notices in named:
        for notice in notices:
            files.setdefault(notice, []).append(name)
    for notice, names in files.items():
        more = f" and {len(names) - _SHOWN_EACH:,} more" if len(names) > _SHOWN_EACH else ""
        st.caption(f"{', '.join(names[:_SHOWN_EACH])}{more}: {notice[0].lower()}{notice[1:]}")
