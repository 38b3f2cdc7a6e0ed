"""One sentence of a review, and what its words say."""

from __future__ import annotations

import streamlit as st

from core.errors import InvalidInputError
from core.text.sentiment import Explanation
from core.text.sentiment.words import word_places
from pages._sentiment import cached
from pages._ui import links
from pages._ui.shaded_text import shaded_text

_KEY = "sentence"
_MOST_WORDS = 200  # the review is read again without each


def choose(explanation: Explanation) -> int:
    """Position of the sentence to look into: the most telling one, until another is chosen."""
    first = int(explanation.most_important(1)[0]) + 1
    links.follow(_KEY, first, explanation.text)
    sentence = st.number_input(
        "Sentence",
        1,
        len(explanation.sentences),
        first,
        key=_KEY,
        bind="query-params",
        help="The review is classified again without each of its words.",
    )
    return sentence - 1


def remember(place: int) -> None:
    """Choose the sentence at that position."""
    st.session_state[_KEY] = place + 1


def inside(review: str, explanation: Explanation, sentence: int) -> None:
    """The words of the sentence, shaded by what the review's verdict loses without them."""
    many = len(word_places(explanation.sentences[sentence]))
    if many > _MOST_WORDS:
        raise InvalidInputError(
            f"Expected a sentence of at most {_MOST_WORDS} words and marks to look into. "
            f"Received: {many:,}."
        )
    word_explanation = cached.explain_words(review, sentence, model=explanation.model)
    shaded_text(
        word_explanation.text,
        word_explanation.places,
        word_explanation.saliency,
        signed=True,
        key="words",
        hint="How much the probability of the verdict falls without each word.",
    )
