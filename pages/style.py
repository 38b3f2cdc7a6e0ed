"""Style transfer: the content of one photo with the look of another picture."""

import streamlit as st

from core.optvis.stylize_now import is_ready
from pages._style import at_once, by_optimisation, grid
from pages._ui import errors

_ROOMS = {"By optimisation": by_optimisation.room, "Nine to choose from": grid.room}
if is_ready():
    _ROOMS = {"By optimisation": by_optimisation.room, "At once": at_once.room, **_ROOMS}

st.title("Style transfer", anchor=False)
room = st.segmented_control(
    "Room",
    list(_ROOMS),
    default="By optimisation",
    required=True,
    key="style_room",
    bind="query-params",
    label_visibility="collapsed",
    wrap=True,
)
with errors.shown():
    _ROOMS.get(room, by_optimisation.room)()
