"""How probable each next word is, after any beginning."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.vision.captioning import Caption
from core.vision.captioning.vocabulary import tokenize
from pages._captions import cached
from pages._ui import charts, links
from pages._ui.inputs import NamedPhoto
from pages._ui.numbers import percent

_SHOWN = 12


def show(photo: NamedPhoto, caption: Caption, temperature: float) -> None:
    """The most probable words after the caption's first few, or after a visitor's own."""
    words = [step.word for step in caption.steps if step.word]
    beginning = st.text_input(
        "Start with your own words",
        key="own_beginning",
        bind="query-params",
        placeholder="for example: two children",
        help="The decoder continues from there, as if it had generated them.",
    )
    if beginning.strip():
        so_far = tokenize(beginning)
    else:
        count = 0
        if words:
            links.follow("words_so_far", min(1, len(words)), caption.text)
            count = st.slider(
                "Words of the caption so far",
                0,
                len(words),
                min(1, len(words)),
                key="words_so_far",
                bind="query-params",
            )
        so_far = words[:count]
    probabilities = cached.next_words(
        photo.data, tuple(so_far), temperature=temperature, count=_SHOWN
    )
    names = [word or "(end)" for word, _ in probabilities]
    chances = np.array([chance for _, chance in probabilities])
    st.markdown(f"After “{' '.join(so_far)} …”" if so_far else "As the first word")
    st.plotly_chart(
        charts.score_bars(names, chances),
        config=charts.CONFIG,
        key="next_words",
        alt=", ".join(f"{n} {percent(c)}" for n, c in zip(names, chances, strict=True)),
    )
    st.caption(
        f"The {len(names)} most probable words of the vocabulary at temperature "
        f"{temperature:g}; together {percent(chances.sum())}."
    )
