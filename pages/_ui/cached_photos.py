"""Results about photos that reruns, pages and sessions share, keyed by the encoded photo."""

from __future__ import annotations

import streamlit as st

from core import media
from core.cluster import spread
from core.vision import classification, explanation
from pages._ui.spinners import PREPARING

classify = st.cache_data(max_entries=256, show_spinner=PREPARING)(spread(classification.classify))
explain = st.cache_data(max_entries=256, show_spinner=PREPARING)(spread(explanation.explain))
activations = st.cache_data(max_entries=32, show_spinner=PREPARING)(spread(explanation.activations))
embed = st.cache_data(max_entries=64, show_spinner=PREPARING)(spread(classification.embed))
thumbnail = st.cache_data(max_entries=2048, show_spinner=False)(media.thumbnail)
notices = st.cache_data(max_entries=2048, show_spinner=False)(media.photo_notices)
