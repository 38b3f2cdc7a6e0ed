"""The card of a classifier, to read and download, and the two questions that people answer."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.learning.card import CARD_TEXT, MOST_CHARACTERS, ModelCard
from pages._ui.task_settings import described
from pages._ui.workspace import Workspace

_HEADING = 4  # the page's title, its rooms and tabs come before


def room(work: Workspace[Any], card: ModelCard | None, task: str, prefix: str, name: str) -> None:
    """The questions, and the card of a classifier that was trained on the work's examples.

    Parameters
    ----------
    task : whose table words the questions.
    prefix : of the keys of widgets, and of what they put into the URL.
    name : of the files, without a suffix.
    """
    left, right = st.columns(2, gap="medium")
    with left:
        work.purpose = _answer(work, task, "purpose", work.purpose, prefix)
    with right:
        work.missing = _answer(work, task, "missing", work.missing, prefix)
    show(work.complete(card), name)


def show(card: ModelCard | None, name: str) -> None:
    """The card, and its downloads above it."""
    if card is None:
        st.caption("The file has no model card.")
        return
    with st.container(horizontal=True):
        st.download_button(
            "Model card (Markdown)",
            card.to_markdown,
            f"{name}-{CARD_TEXT}",
            "text/markdown",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            "Model card (JSON)",
            card.to_json,
            f"{name}-card.json",
            "application/json",
            icon=":material/download:",
            on_click="ignore",
        )
    st.markdown(card.to_markdown(_HEADING))


def _answer(work: Workspace[Any], task: str, name: str, answer: str, prefix: str) -> str:
    """What somebody writes, which stays with the work while another is on show."""
    key, setting = f"{prefix}{name}", described(task, name)
    shown = f"{key}_of"
    before = st.session_state.get(shown, work)
    if before is not work or (answer and key not in st.session_state):
        st.session_state[key] = answer
    st.session_state[shown] = work
    text = st.text_area(
        setting.label,
        key=key,
        bind="query-params",
        persist_state="session",
        height=100,
        max_chars=MOST_CHARACTERS,
        help=setting.help,
    )
    return (text or "")[:MOST_CHARACTERS]
