"""Captions: a sentence about a photo, how it was found word by word, and how good that is."""

import streamlit as st

from pages._captions import how_good, many_photos, one_photo
from pages._ui import errors

_ROOMS = {
    "One photo": one_photo.room,
    "Many photos": many_photos.room,
    "How good": how_good.room,
}

st.title("Captions", anchor=False)
room = st.segmented_control(
    "Room",
    list(_ROOMS),
    default="One photo",
    required=True,
    key="room",
    bind="query-params",
    label_visibility="collapsed",
    wrap=True,
)
with errors.shown():
    _ROOMS[room or "One photo"]()
