"""What a visitor chooses of the search, and words that rooms share."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from core.tasks.examples import Call
from core.vision.captioning import MOST_WIDTH, Caption, captioner
from pages._ui import links, use_from_code

_WIDTHS = (1, 3, 5, 10)
_AT_ONCE = 6  # captions side by side


class SearchSettings(NamedTuple):
    """How to search."""

    widths: tuple[int, ...]
    length_penalty: float
    temperature: float


def search_input(*, several: bool = True, prefix: str = "") -> SearchSettings:
    """Widths of the beam, one or several, the length penalty and the temperature.

    Raises
    ------
    UnknownNameError, InvalidInputError
        If there is no captioner on this machine.
    """
    best = captioner().length_penalty
    if several:
        chosen = st.multiselect(
            "Beam widths",
            range(1, MOST_WIDTH + 1),
            default=_WIDTHS,
            key=f"{prefix}widths",
            bind="query-params",
            max_selections=_AT_ONCE,
            help=(
                "How many unfinished captions are kept from word to word. 1 is greedy "
                "decoding: the most probable word each time."
            ),
        )
    else:
        chosen = [st.slider("Beam width", 1, 10, 3, key=f"{prefix}width", bind="query-params")]
    penalty = st.slider(
        "Length penalty",
        0.0,
        2.0,
        best,
        0.1,
        key=f"{prefix}penalty",
        bind="query-params",
        help=(
            "0 ranks captions by their probability, which favours short ones; 1 by the mean "
            f"log-probability of their words. {best:g} was best in validation."
        ),
    )
    temperature = st.slider(
        "Temperature",
        0.2,
        3.0,
        1.0,
        0.1,
        key=links.own(f"{prefix}temperature"),
        bind="query-params",
        help=(
            "Above 1 the probabilities of the words move closer together, below 1 further "
            "apart. With a beam of 1 the caption is the same at any temperature, since the "
            "order of the words stays."
        ),
    )
    return SearchSettings(tuple(sorted(chosen)) or _WIDTHS[:1], float(penalty), float(temperature))


def caption_call(settings: SearchSettings, width: int) -> Call:
    """What gives the captions of that width without a page."""
    is_best = settings.length_penalty == captioner().length_penalty
    return use_from_code.call(
        "caption",
        beam_width=width,
        length_penalty=None if is_best else settings.length_penalty,
        temperature=settings.temperature,
    )


def sentence(caption: Caption) -> str:
    """The text of a caption as a sentence."""
    text = caption.text[:1].upper() + caption.text[1:] or "Nothing"
    return f"{text}{'.' if caption.is_finished else ' …'}"


def honest() -> str:
    """What the captions can be about, as the card says it."""
    return (
        "The captioner was trained on Flickr8k: people and dogs doing something, mostly "
        "outdoors. It describes everything else in those terms, so read its captions as "
        "guesses, not as facts."
    )
