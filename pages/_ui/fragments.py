"""Parts of a page that run again by themselves."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

P = ParamSpec("P")


def fragment(draw: Callable[P, None], *, run_every: float | None = None) -> Callable[P, None]:
    """`st.fragment` in a container of its own, which holds its place among what is around it.

    Streamlit drops what a fragment has drawn and not sent yet when the fragment runs again; what
    the page has drawn behind it is sent all the same. Without anything of the page itself in the
    fragment's place, a browser that is behind then stops with "Bad delta path index".
    """
    inner = st.fragment(draw, run_every=run_every)

    @wraps(draw)
    def outer(*arguments: P.args, **named: P.kwargs) -> None:
        with st.container():
            inner(*arguments, **named)

    return outer
