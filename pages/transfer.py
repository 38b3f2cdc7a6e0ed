"""Train a classifier of one's own: look at the photos, race, look at the mistakes, take it home."""

import streamlit as st

from pages._transfer import explore, mistakes, smallest, take_home, train
from pages._ui import errors

_ROOMS = {
    "Photos": explore.room,
    "Train": train.room,
    "Mistakes": mistakes.room,
    "Take home": take_home.room,
    "Smallest transfer": smallest.room,
}

st.title("Transfer lab", anchor=False)
room = st.segmented_control(
    "Room",
    list(_ROOMS),
    default="Photos",
    required=True,
    key="room",
    bind="query-params",
    label_visibility="collapsed",
)
with errors.shown():
    _ROOMS[room or "Photos"]()
