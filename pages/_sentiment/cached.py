"""What is said of reviews, shared by reruns and sessions and keyed by the text."""

from __future__ import annotations

import streamlit as st

from core.cluster import spread
from core.text import sentiment
from core.text.sentiment import DeletionTest, figures
from pages._ui.spinners import PREPARING

explain = st.cache_data(max_entries=256, show_spinner=PREPARING)(spread(sentiment.explain))
explain_words = st.cache_data(max_entries=256, show_spinner=False)(spread(sentiment.explain_words))


@st.cache_data(max_entries=64, show_spinner="Deleting sentences")
def deletion_test(review: str, method: sentiment.Method, model: str) -> DeletionTest:
    """The test of what `explain` says of a review."""
    return sentiment.deletion_test(explain(review, method=method, model=model))


# the first asks SciPy, which takes a moment
learning_curves = st.cache_data(max_entries=4, ttl=60, show_spinner=False)(figures.learning_curves)
