"""Documents: what a text is about, what is like it, and a classifier of texts of one's own."""

import streamlit as st

from pages._documents import how_good, one_text, train
from pages._ui import errors

_ROOMS = {
    "One text": one_text.room,
    "How good": how_good.room,
    "Train on yours": train.room,
}

st.title("Documents", anchor=False)
room = st.segmented_control(
    "Room",
    list(_ROOMS),
    default="One text",
    required=True,
    key="room",
    bind="query-params",
    label_visibility="collapsed",
    wrap=True,
)
with errors.shown():
    _ROOMS[room or "One text"]()
