"""The room One review: the verdict, what each sentence has to do with it, and what follows."""

from __future__ import annotations

import re
from itertools import islice
from typing import NamedTuple

import numpy as np
import streamlit as st

from core import zoo
from core.errors import InvalidInputError
from core.media import plain_text
from core.text import sentiment
from core.text.sentiment import Explanation
from core.text.sentiment.figures import model_figures
from core.text.sentiment.readers import reader
from core.text.sentiment.sentences import sentences
from core.wording import counted, escaped
from pages._sentiment import cached, choices, deletion_test, editing, words
from pages._ui import errors, layout, provenance, use_from_code
from pages._ui.shaded_text import shaded_text
from pages._ui.use_from_code import call
from pages._ui.verdict import verdict

MOST_SENTENCES = 400
"""Of a longer text, what reads it again and again is left out."""

_DRAWN = 200  # sentences
_ALIKE = 1e-3
_PATIENCE_S = 5
_USUAL_WORDS = 230  # of a review of the recipe's test
_LEAST_WORDS = 10_000
_HEAVY = ("leave_one_out", "integrated_gradients")
_LIGHT: sentiment.Method = "gradient_input"


class _Asked(NamedTuple):
    review: str
    model: str | None
    method: sentiment.Method


def room() -> None:
    """Choices at the left; beside them what became of the review."""
    controls, result = layout.two_parts()
    review = ""
    with controls:
        with errors.shown():
            review = choices.review_input()
        model = choices.model_input()
        method = choices.method_input()
    with result, errors.shown():
        if not plain_text(review).strip():
            st.info("Write or upload a review to see the verdict.", icon=":material/reviews:")
            return
        _result(_Asked(_cut(review, model), model, method))


def _result(asked: _Asked) -> None:
    count = len(sentences(plain_text(asked.review)))
    if count > MOST_SENTENCES and asked.method in _HEAVY:
        st.info(
            f"{choices.METHODS[asked.method].title} classifies a text many times; "
            f"for {count:,} sentences {choices.METHODS[_LIGHT].title} is used instead.",
            icon=":material/speed:",
        )
        asked = asked._replace(method=_LIGHT)
    explanation = cached.explain(asked.review, method=asked.method, model=asked.model)
    with st.container(border=True):
        verdict(explanation.probability, key="verdict", undecided=explanation.undecided)
    if explanation.undecided:
        title = zoo.network(explanation.model).title
        st.caption(f"Model: {title}. Add a few words, or choose another model.")
        return
    st.caption(_who_answered(explanation, asked.model))
    whole, one = st.container(border=True), st.container(border=True)
    with one:
        left, right = st.columns([1, 5], vertical_alignment="top")
    with left:
        sentence = words.choose(explanation)
    with whole:
        shaded_text(
            explanation.text[: explanation.places[:_DRAWN][-1][1]],
            explanation.places[:_DRAWN],
            explanation.saliency[:_DRAWN],
            signed=explanation.signed,
            key="sentences",
            chosen=sentence,
            hint="Click a sentence to see its words.",
            on_click=words.remember,
        )
        if count > 1 and np.ptp(explanation.saliency) < _ALIKE * np.abs(explanation.saliency).max():
            st.caption("With this method all sentences have the same influence on this model.")
        if count > _DRAWN:
            st.caption(f"The first {_DRAWN} of {count:,} sentences; all were read.")
    if count <= MOST_SENTENCES:
        with right, errors.shown():
            words.inside(asked.review, explanation, sentence)
    _details(asked.review, explanation)
    use_from_code.show(
        call("sentiment", {"reviews": asked.review}, model=asked.model),
        *(
            call(name, {"review": asked.review}, model=asked.model, method=asked.method)
            for name in ("explain-review", "deletion-test")
        ),
    )


def _cut(review: str, model: str | None) -> str:
    """As much of the review as its model reads while somebody waits."""
    text = plain_text(review)
    figures = model_figures().get(model or sentiment.model_for(text))
    speed = figures.reviews_per_s if figures else 0.0
    most = max(_LEAST_WORDS, int(_PATIENCE_S * _USUAL_WORDS * speed))
    beyond = next(islice(re.finditer(r"\S+", text), most, None), None)
    if beyond is None:
        return review
    st.info(
        f"Only the first {most:,} words were used: this model would take too long for all of them.",
        icon=":material/content_cut:",
    )
    return text[: beyond.start()]


def _details(review: str, explanation: Explanation) -> None:

    def holds() -> None:
        _within_reach(explanation)
        deletion_test.test(review, explanation)

    def edit() -> None:
        _within_reach(explanation)
        editing.editor(explanation)

    def made() -> None:
        provenance.model_card(zoo.network(explanation.model))
        encoder = reader(explanation.model).encoder
        if encoder is not None:
            st.markdown("**The encoder of its sentences**")
            provenance.model_card(zoo.network(encoder))

    layout.show_tabs(
        {
            "Summary": lambda: _summary(explanation),
            "Deletion test": holds,
            "Edit and compare": edit,
            "How it works": made,
        },
        key="review_tab",
    )


def _within_reach(explanation: Explanation) -> None:
    if len(explanation.sentences) > MOST_SENTENCES:
        raise InvalidInputError(
            f"Expected a text of at most {MOST_SENTENCES} sentences here, where it is read again "
            f"and again. Received: {len(explanation.sentences):,}."
        )


def _summary(explanation: Explanation) -> None:
    """The few sentences that speak loudest for the verdict, in the order of the text."""
    most = min(10, len(explanation.sentences))
    count = 1
    if most > 1:
        count = st.slider(
            "Most influential sentences", 1, 10, min(3, most), key="telling", bind="query-params"
        )
    kept = sorted(explanation.most_important(count))
    with st.container(border=True):
        st.markdown(" … ".join(escaped(explanation.sentences[place]) for place in kept))
    st.caption(
        f"{len(kept)} of {counted(len(explanation.sentences), 'sentence')}: those with the most "
        f"evidence for the verdict, by {choices.METHODS[explanation.method].title}."
    )


def _who_answered(explanation: Explanation, chosen: str | None) -> str:
    title = f"**{zoo.network(explanation.model).title}**"
    figures = model_figures().get(explanation.model)
    rate = f" ({choices.figures_text(figures)} in the recipe's test)" if figures else ""
    foreign = sentiment.model_for(explanation.text) == sentiment.MULTILINGUAL_MODEL
    transfer = (
        "All models were trained on English reviews; the encoder of this one was pretrained "
        "on 15 languages, so the training transfers."
    )
    if chosen is None and foreign:
        return f"Most words are unknown to the default model, so {title}{rate} is used. {transfer}"
    if chosen is None:
        return f"Classified by {title}{rate}, the default for English texts."
    if foreign and explanation.model == sentiment.MULTILINGUAL_MODEL:
        return f"Classified by {title}{rate}, as you chose. {transfer}"
    if foreign:
        return (
            f"Classified by {title}{rate}, as you chose. It was trained on English reviews, and "
            "most words of this text are unknown to the default model. :orange[**The "
            "multilingual model would handle it by transfer.**]"
        )
    return f"Classified by {title}{rate}, as you chose."
