"""One sentence of a review, and what its words say."""

from __future__ import annotations

import streamlit as st

from core.errors import InvalidInputError
from core.text.sentiment import Explanation
from core.text.sentiment.words import word_places
from pages._sentiment import cached
from pages._ui import errors
from pages._ui.shaded_text import shaded_text

_KEY = "sentence"
_OF = "sentence_of"
_MOST_WORDS = 200  # the review is read again without each


def choose(explanation: Explanation) -> int:
    """Position of the sentence to look into: the one chosen last, or the most telling one."""
    count = len(explanation.sentences)
    before = st.session_state.get(_OF)
    if before is None:  # a new visitor, perhaps with a link
        asked = st.query_params.get(_KEY, "")
        wanted = int(asked) if asked.isdecimal() and len(asked) < 7 else 0
        st.session_state[_KEY] = wanted if 1 <= wanted <= count else _most_important(explanation)
    elif before != explanation.text or not 1 <= st.session_state.get(_KEY, 0) <= count:
        st.session_state[_KEY] = _most_important(explanation)
    st.session_state[_OF] = explanation.text
    return st.session_state[_KEY] - 1


def remember(place: int) -> None:
    """Choose the sentence at that position."""
    st.session_state[_KEY] = place + 1


def inside(review: str, explanation: Explanation, sentence: int) -> None:
    """The words of the sentence, shaded by what the review's verdict loses without them."""
    many = len(word_places(explanation.sentences[sentence]))
    with st.container(border=True):
        left, right = st.columns([1, 5], vertical_alignment="top")
        left.number_input(
            "Sentence",
            1,
            len(explanation.sentences),
            key=_KEY,
            help="The review is read again without each of its words.",
        )
        with right, errors.shown():
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
                hint="How far the verdict falls without each word.",
            )
    st.query_params[_KEY] = str(sentence + 1)


def _most_important(explanation: Explanation) -> int:
    return int(explanation.most_important(1)[0]) + 1
