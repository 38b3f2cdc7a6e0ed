"""Film reviews: for or against, which sentences say so, and what transfer buys."""

import streamlit as st

from pages._sentiment import many_reviews, one_review, what_transfer_buys
from pages._ui import errors

_ROOMS = {
    "One review": one_review.room,
    "Many reviews": many_reviews.room,
    "What transfer buys": what_transfer_buys.room,
}

st.title("Film reviews", anchor=False)
room = st.segmented_control(
    "Room",
    list(_ROOMS),
    default="One review",
    required=True,
    key="room",
    bind="query-params",
    label_visibility="collapsed",
)
with errors.shown():
    _ROOMS[room or "One review"]()
