"""Style transfer: the content of one photo with the look of another picture."""

import streamlit as st

from core.optvis.stylize_now import is_ready
from pages._style import at_once, by_module, by_optimisation, grid
from pages._ui import errors

_ROOMS = {
    "By optimisation": by_optimisation.room,
    **({"At once": at_once.room} if is_ready() else {}),
    "Nine to choose from": grid.room,
    "TF-Hub": by_module.room,
}

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
