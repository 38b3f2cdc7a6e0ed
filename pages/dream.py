"""DeepDream, what filters see, and activations of a photo layer by layer."""

import streamlit as st

from pages._dream import dreaming, filters_seen, layer_by_layer
from pages._ui import errors

_ROOMS = {
    "Dream": dreaming.room,
    "What filters see": filters_seen.room,
    "Layer by layer": layer_by_layer.room,
}

st.title("DeepDream and filters", anchor=False)
room = st.segmented_control(
    "Room",
    list(_ROOMS),
    default="Dream",
    required=True,
    key="dream_room",
    bind="query-params",
    label_visibility="collapsed",
    wrap=True,
)
with errors.shown():
    _ROOMS.get(room, dreaming.room)()
