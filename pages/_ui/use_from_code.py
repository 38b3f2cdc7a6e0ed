"""The expander Use from code: what gives the result of a page without the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from pydantic import ValidationError

from core.tasks import TASKS
from core.tasks.examples import SERVER, Call, filled


def call(
    name: str,
    texts: Mapping[str, str] | None = None,
    files: Mapping[str, int] | None = None,
    **settings: Any,
) -> Call | None:
    """The task of that name with the settings of a page; those that it lacks are left out.

    None where it refuses one of them, as a page does that is asked for its result.

    Parameters
    ----------
    texts, files : as for `Call`.
    """
    task = TASKS[name]
    try:
        return Call(task, filled(task, settings), texts or {}, files or {})
    except ValidationError:
        return None


def show(*asked: Call | None) -> None:
    """Each call as a command, in Python and as a request to this server."""
    calls = [each for each in asked if each is not None]
    if not calls:
        return
    with st.expander("Use from code", icon=":material/code:"):
        command, python, curl = st.tabs(["Command line", "Python", "curl"])
        several = len({each.task.name for each in calls}) > 1
        for before, each in zip((None, *calls), calls, strict=False):
            is_first = before is None or before.task is not each.task
            about = each.task.about if several and is_first else ""
            with command:
                _code(each.command(), "bash", about)
            with python:
                _code(each.python(), "python", about)
            with curl:
                _code(each.curl(_server()), "bash", about)
        command.caption("On the machine where Graft is installed, or with `--server URL`.")
        curl.caption("All tasks, with their settings: `/api/docs` on this server.")


def _code(text: str, language: str, about: str) -> None:
    if about:
        st.markdown(about)
    st.code(text, language=language, wrap_lines=True)


def _server() -> str:
    """Where this page came from."""
    parts = urlsplit(st.context.url or "")
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else SERVER
