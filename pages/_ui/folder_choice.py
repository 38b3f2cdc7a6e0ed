"""What was guessed of an archive: which folders are the classes, and what its names are in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.media import NAME_ENCODINGS
from pages._ui.workspace import Workspaces, WorkT

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
    mark = workspaces.mark(source)[:8]
    level_key, encoding_key = f"class_level_{mark}", f"name_encoding_{mark}"
    guess = st.session_state.setdefault(f"guessed_layout_{mark}", layout)
    level, encoding = layout.level, layout.encoding
    if len(layout.levels) > 1:
        levels = sorted(layout.levels)
        level = st.selectbox(
            "Classes are the folders",
            levels,
            levels.index(guess.level) if guess.level in levels else 0,
            format_func=lambda level: _listed(layout.levels[level]),
            key=level_key,
            bind="query-params",
            persist_state="session",
            help=(
                "The ZIP file has nested folders. Choose the level that is named after your "
                "classes."
            ),
        )
    if guess.encoding not in (None, "utf-8"):
        encoding = st.selectbox(
            "Names of files are in",
            list(NAME_ENCODINGS),
            list(NAME_ENCODINGS).index(guess.encoding),
            format_func=NAME_ENCODINGS.__getitem__,
            key=encoding_key,
            bind="query-params",
            persist_state="session",
            help=(
                "A guess, since the ZIP file does not say. Choose another encoding if names "
                "look wrong."
            ),
        )
    if (level, encoding) != (layout.level, layout.encoding):
        _read_again(workspaces, source, work, level=level, encoding=encoding)


def _read_again(
    workspaces: Workspaces[WorkT], source: str, work: WorkT, *, level: int, encoding: str | None
) -> None:
    """Read it as was chosen, with corrections of examples whose class is still the same."""
    original = work.original.read_as(level=level, encoding=encoding)
    again = type(work)(original, work.name, work.credit)
    again.purpose, again.missing = work.purpose, work.missing
    workspaces.exchange(source, again)
    st.rerun()


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _FOLDERS_NAMED} more" if len(names) > _FOLDERS_NAMED else ""
    return ", ".join(names[:_FOLDERS_NAMED]) + more
