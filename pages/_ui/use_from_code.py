"""The expander Use from code: what gives the result of a page without the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from core.tasks import TASKS
from core.tasks.examples import SERVER, Call, filled


def call(name: str, inputs: Mapping[str, str] | None = None, **settings: Any) -> Call:
    """The task of that name with the settings of a page; those that it lacks are left out."""
    task = TASKS[name]
    return Call(task, filled(task, settings), inputs or {})


def show(*calls: Call) -> None:
    """Each call as a command, in Python and as a request to this server."""
    if not calls:
        return
    with st.expander("Use from code", icon=":material/code:"):
        command, python, curl = st.tabs(["Command line", "Python", "curl"])
        for each in calls:
            with command:
                _code(each, each.command(), "bash", len(calls))
            with python:
                _code(each, each.python(), "python", len(calls))
            with curl:
                _code(each, each.curl(_server()), "bash", len(calls))
        command.caption("On the machine where Graft is installed, or with `--server URL`.")
        curl.caption("All tasks, with their settings: `/api/docs` on this server.")


def _code(each: Call, text: str, language: str, count: int) -> None:
    if count > 1:
        st.markdown(f":small[{each.task.about}]")
    st.code(text, language=language, wrap_lines=True)


def _server() -> str:
    """Where this page came from."""
    parts = urlsplit(st.context.url or "")
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else SERVER
