"""Tested texts one below the other, each with what it was taken for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st

from core.metrics import Evaluation
from pages._ui.unmarked import unmarked

_STEP = 4
_CHARACTERS = 600


def text_cards(
    texts: Sequence[str], seen: Evaluation, rows: Sequence[int] | np.ndarray, key: str
) -> None:
    """Texts of the test part.

    Parameters
    ----------
    texts : of the whole test part.
    rows : which of them.
    key : tells the cards of a room apart.
    """
    shown = st.session_state.get(f"{key}_texts_shown", _STEP)
    for row in rows[:shown]:
        true, said = (unmarked(seen.classes[of[row]]) for of in (seen.labels, seen.predictions))
        label = f"labelled {true}" if true != said else "as labelled"
        with st.container(border=True, gap="xsmall"):
            st.markdown(f"**{said}** {seen.confidences[row]:.0%} · :small[{label}]")
            text = texts[row]
            st.text(text if len(text) <= _CHARACTERS else f"{text[:_CHARACTERS]} …")
    if len(rows) > shown:
        st.button(
            f"Show more of {len(rows):,}",
            key=f"{key}_texts_more",
            on_click=partial(st.session_state.__setitem__, f"{key}_texts_shown", shown + 3 * _STEP),
        )
