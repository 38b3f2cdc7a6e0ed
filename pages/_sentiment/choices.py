"""What a visitor chooses: a review, the model that reads it, the method that explains it."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from core.text import sentiment
from core.text.sentiment.figures import ModelFigures, model_figures
from pages._sentiment.samples import CREDIT, SAMPLES
from pages._ui import links
from pages._ui.numbers import percent
from pages._ui.text_input import text_input

_AUTOMATIC = "auto"


class _Method(NamedTuple):
    title: str
    sentence: str


METHODS: dict[sentiment.Method, _Method] = {
    "leave_one_out": _Method(
        "Leave one out",
        "The review is classified again without each sentence; the change is the influence of "
        "that sentence.",
    ),
    "gradient_input": _Method(
        "Gradient x input",
        "The gradient of the verdict with respect to a sentence's vector, times that vector: "
        "one pass.",
    ),
    "integrated_gradients": _Method(
        "Integrated gradients",
        "The same, averaged along the path from an empty text to this one, so that the "
        "contributions add up.",
    ),
    "gradient": _Method(
        "Gradient, flipped label",
        "How strongly each sentence would have to change for the opposite verdict; it shows "
        "how much a sentence matters, not for which side (Denil et al., 2014).",
    ),
}
"""By the name in `core.text.sentiment.METHODS`."""


def review_input() -> str:
    """The text to read; empty until there is one."""
    return text_input("review", SAMPLES, CREDIT, live=True)


def model_input(key: str = "model") -> str | None:
    """A model that reads reviews; None as fits the language of each."""
    figures = model_figures()
    titles = sentiment.models()
    # the most accurate first; what was not measured yet comes last
    names = [_AUTOMATIC, *figures, *(name for name in titles if name not in figures)]
    shown = {_AUTOMATIC: "Automatic, by language", **titles}
    captions = [
        "The default model for English, the multilingual model for other languages.",
        *(figures_text(figures.get(name)) for name in names[1:]),
    ]
    chosen = st.session_state.get(key)
    label = shown.get(chosen or "") or st.query_params.get(key) or shown[_AUTOMATIC]
    frame = st.container(gap="xxsmall")
    frame.markdown(":small[Model]")
    with frame.popover(
        label if label in shown.values() else shown[_AUTOMATIC],
        icon=":material/psychology:",
        width="stretch",
    ):
        name = st.radio(
            "Model",
            names,
            format_func=shown.get,
            captions=captions,
            key=key,
            bind="query-params",
            label_visibility="collapsed",
        )
        if figures:
            st.caption(origin_text(next(iter(figures.values()))))
    return None if name in (None, _AUTOMATIC) else name


def method_input() -> sentiment.Method:
    """One of the ways to say which sentences matter."""
    method = st.selectbox(
        "Method",
        list(METHODS),
        format_func=lambda name: METHODS[name].title,
        key=links.own("method"),
        bind="query-params",
    )
    st.caption(METHODS[method].sentence)
    return method


def figures_text(figures: ModelFigures | None) -> str:
    """Accuracy and speed, in a few words."""
    if figures is None:
        return "not measured yet"
    return f"accuracy {percent(figures.accuracy)} · {figures.reviews_per_s:,.0f} reviews/s"


def origin_text(figures: ModelFigures) -> str:
    """Where accuracies and speeds come from."""
    return (
        f"Recorded by the recipe, not measured now: {figures.tested:,} official test reviews, "
        f"on {figures.made['processor']}."
    )
