"""A button for what cannot be undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st


def asking_button(
    label: str,
    consequence: str,
    action: Callable[..., None],
    *,
    key: str,
    args: tuple[Any, ...] = (),
    opener: str = "Remove…",
    icon: str = ":material/delete:",
    disabled: bool = False,
) -> None:
    """A button that opens on what would be lost, and on the button that does it.

    Parameters
    ----------
    action : a callback.
    key : of the second button.
    opener : what the first one is called.
    """
    with st.popover(opener, icon=icon, key=f"{key}_asks", disabled=disabled):
        st.markdown(consequence)
        st.button(label, key=key, on_click=action, args=args)
