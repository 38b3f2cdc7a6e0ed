"""Captions that reruns and sessions share, keyed by the encoded photo."""

from __future__ import annotations

import streamlit as st

from core.cluster import spread
from core.vision import captioning
from pages._ui.spinners import PREPARING

search = st.cache_data(max_entries=64, show_spinner=PREPARING)(spread(captioning.explore))
next_words = st.cache_data(max_entries=256, show_spinner=False)(spread(captioning.next_words))
