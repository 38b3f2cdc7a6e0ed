"""What a visitor chooses of the search, and words that rooms share."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from core.tasks.examples import Call
from core.vision.captioning import Caption, captioner
from pages._ui import links, task_settings, use_from_code
from pages._ui.task_settings import described

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
    best, width = captioner().length_penalty, described("caption", "beam_width")
    if several:
        chosen = st.multiselect(
            "Beam widths",
            range(int(width.low), int(width.high) + 1),
            default=_WIDTHS,
            key=f"{prefix}widths",
            bind="query-params",
            max_selections=_AT_ONCE,
            help=width.help,
        )
    else:
        chosen = [task_settings.count_slider("caption", "beam_width", key=f"{prefix}width")]
    penalty = task_settings.slider(
        "caption", "length_penalty", key=f"{prefix}penalty", default=best
    )
    temperature = task_settings.slider(
        "caption", "temperature", key=links.own(f"{prefix}temperature")
    )
    return SearchSettings(tuple(sorted(chosen)) or _WIDTHS[:1], penalty, temperature)


def caption_call(settings: SearchSettings, width: int) -> Call | None:
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
