"""What was guessed of an archive: which folders are the classes, and what its names are in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from core.media import NAME_ENCODINGS
from pages._ui.workspace import Workspaces

_FOLDERS_NAMED = 4


def folder_choice(workspaces: Workspaces[Any], source: str) -> None:
    """Say how the archive that came last from a source was read, and offer to read it otherwise.

    There is nothing to choose where all folders but those of the classes hold each other, and
    names say their encoding, or can only be UTF-8.
    """
    work = workspaces.last_from(source)
    if work is None or work.original.layout is None:
        return
    layout = work.original.layout
    mark = workspaces.mark(source)
    level_key, encoding_key = f"class_level_{mark}", f"name_encoding_{mark}"
    read_again = partial(_read_again, workspaces, source, level_key, encoding_key)
    if len(layout.levels) > 1:
        st.session_state.setdefault(level_key, layout.level)
        st.selectbox(
            "Classes are the folders",
            sorted(layout.levels),
            format_func=lambda level: _listed(layout.levels[level]),
            key=level_key,
            help=(
                "The ZIP file has nested folders. Choose the level that is named after your "
                "classes."
            ),
            on_change=read_again,
        )
    if layout.encoding is not None and (
        layout.encoding != "utf-8" or encoding_key in st.session_state
    ):
        st.session_state.setdefault(encoding_key, layout.encoding)
        st.selectbox(
            "Names of files are in",
            list(NAME_ENCODINGS),
            format_func=NAME_ENCODINGS.__getitem__,
            key=encoding_key,
            help=(
                "A guess, since the ZIP file does not say. Choose another encoding if names "
                "look wrong."
            ),
            on_change=read_again,
        )


def _read_again(workspaces: Workspaces[Any], source: str, level: str, encoding: str) -> None:
    """Read it as was chosen, without corrections and trainings."""
    work = workspaces.last_from(source)
    if work is not None:
        original = work.original.read_as(
            level=st.session_state.get(level), encoding=st.session_state.get(encoding)
        )
        workspaces.exchange(source, type(work)(original, work.name, work.credit))


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _FOLDERS_NAMED} more" if len(names) > _FOLDERS_NAMED else ""
    return ", ".join(names[:_FOLDERS_NAMED]) + more
