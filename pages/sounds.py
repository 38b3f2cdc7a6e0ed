"""Sounds: what a recording holds and when, live from the microphone, and how good that is."""

import streamlit as st

from pages._sounds import birds, how_good, listen, live, own, yamnet
from pages._ui import errors

_ROOMS = {
    "Listen": listen.room,
    "Birds": birds.room,
    "YAMNet": yamnet.room,
    "Live": live.room,
    "Train on yours": own.room,
    "How good": how_good.room,
}

st.title("Sounds", anchor=False)
room = st.segmented_control(
    "Room",
    list(_ROOMS),
    default="Listen",
    required=True,
    key="room",
    bind="query-params",
    label_visibility="collapsed",
    wrap=True,
)
with errors.shown():
    _ROOMS[room or "Listen"]()
