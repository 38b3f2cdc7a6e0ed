"""The colour hints of a visitor, which the address holds as it does settings."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import numpy as np
import streamlit as st

from core.errors import InvalidInputError
from core.vision.colorization.hints import ColorHint
from pages._colorize.swatches import hex_of
from pages._ui import links
from pages._ui.asking_button import asking_button
from pages._ui.inputs import digest

MOST = 24
_KEY, _PHOTO = "hints", "hinted_photo"
_SAME_PLACE = 0.015
_DEFAULT_REACH = 25


def hints_input() -> tuple[ColorHint, ...]:
    """The hints, and how far they reach if there are any; the address says them too."""
    with links.unseen(_KEY):
        text = st.text_input("Colour hints", key=_KEY, bind="query-params", persist_state="session")
    placed = read(text)
    if not placed:
        return ()
    reach = st.slider(
        "Spread of the hints",
        5,
        80,
        _DEFAULT_REACH,
        5,
        key="reach",
        bind="query-params",
        help=(
            "How large a change in lightness a colour may spread across; edges stop it, "
            "texture and shading hardly do."
        ),
    )
    return tuple(ColorHint(hint.x, hint.y, hint.rgb, float(reach)) for hint in placed)


def list_them(placed: Sequence[ColorHint]) -> None:
    """A button for each, to remove it."""
    if not placed:
        st.caption("No hints yet.")
    for number, hint in enumerate(placed):
        st.button(
            f"Remove hint {number + 1}, {hex_of(hint.rgb)}",
            key=f"remove_hint_{number}",
            icon=":material/close:",
            on_click=remove,
            args=(number,),
        )
    if len(placed) > 1:
        asking_button(
            "Remove all hints",
            f"All {len(placed)} hints are removed from the photo.",
            clear,
            key="remove_hints",
            opener="Remove all hints…",
        )


def put(x: float, y: float, rgb: Sequence[int] | np.ndarray) -> None:
    """A colour at a place; it takes the place of a hint that is there."""
    others = [hint for hint in _kept() if max(abs(hint.x - x), abs(hint.y - y)) > _SAME_PLACE]
    red, green, blue = (int(value) for value in rgb)
    hint = ColorHint(round(x, 3), round(y, 3), (red, green, blue))
    _keep([*others, hint][-MOST:])


def remove(number: int) -> None:
    """One of them."""
    _keep([hint for i, hint in enumerate(_kept()) if i != number])


def clear() -> None:
    """All of them."""
    _keep([])


def belong_to(photo: bytes) -> None:
    """Put the hints away if they were given for another photo; others may have come with it."""
    name, before = digest(photo), st.session_state.get(_PHOTO)
    if before is not None and before[0] != name and before[1] == _kept():
        clear()
    st.session_state[_PHOTO] = (name, _kept())


def written(hints: Sequence[ColorHint]) -> str:
    """For an address: x,y,rrggbb of each."""
    return ";".join(f"{hint.x:g},{hint.y:g},{hex_of(hint.rgb)[1:]}" for hint in hints)


def read(text: str) -> list[ColorHint]:
    """What `written` has written; what is no hint is passed over."""
    placed = []
    for part in text.split(";")[:MOST]:
        with suppress(ValueError, InvalidInputError):
            x, y, color = part.split(",")
            placed.append(ColorHint(float(x), float(y), rgb_of(color)))
    return placed


def rgb_of(color: str) -> tuple[int, int, int]:
    """Three numbers of 0..255 from rrggbb.

    Raises
    ------
    ValueError
        If it is not that.
    """
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return red, green, blue


def _kept() -> list[ColorHint]:
    return read(st.session_state.get(_KEY, st.query_params.get(_KEY, "")))


def _keep(placed: Sequence[ColorHint]) -> None:
    st.session_state[_KEY] = written(placed)
