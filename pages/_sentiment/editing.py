"""Change a review and see what flips the verdict."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from core.media import plain_text
from core.text.sentiment import Explanation
from core.text.sentiment.sentences import sentences
from pages._sentiment import cached
from pages._ui import errors, links
from pages._ui.fragments import fragment
from pages._ui.live_text import live_text
from pages._ui.shaded_text import shaded_text
from pages._ui.verdict import sure, verdict, word

_OUT = "edit_out"  # numbers of sentences that are excluded, the first one is 1
_TEXT = "edit_text"
_IN_URL = 2_000  # characters of a changed review that a link still carries
_OF = "edit_of"  # the review that is changed, and how often it was begun anew


@fragment
def editor(explanation: Explanation) -> None:
    """A text to change, its sentences to leave out, and the verdict before and after."""
    review, version = st.session_state.get(_OF, ("", 0))
    start = explanation.text
    if not version:
        start = st.query_params.get(_TEXT, start)
    elif review != explanation.text:
        st.session_state[_OUT] = ""
    if review != explanation.text:
        version += 1
        st.session_state[_OF] = (explanation.text, version)
    result = st.container(border=True)
    left, right = st.columns(2, gap="large")
    with left:
        text = live_text("Edit the text", start, key=f"edit_text_{version}")
    if text != explanation.text and len(text) <= _IN_URL:
        st.query_params[_TEXT] = text
    else:
        st.query_params.pop(_TEXT, None)
    text = plain_text(text)
    places = sentences(text)
    with links.unseen(_OUT):
        st.text_input("Excluded sentences", key=_OUT, bind="query-params", persist_state="session")
    out = [place for place in _excluded() if place < len(places)]
    rest = without(text, [places[place] for place in out])
    with result, errors.shown():
        if rest.strip():
            _change(explanation, rest)
        else:
            st.info("No text is left. Restore a sentence.", icon=":material/undo:")
    with right.container(gap="xxsmall"), errors.shown():
        if text.strip():
            _strike(explanation, text, out)
    st.button(
        "Restore the review",
        icon=":material/undo:",
        on_click=_reset,
        disabled=rest == explanation.text,
    )


def without(text: str, places: list[tuple[int, int]]) -> str:
    """The text without what stands at `places`."""
    kept, position = [], 0
    for begin, end in sorted(places):
        kept.append(text[position:begin])
        position = end
    return "".join([*kept, text[position:]])


def farthest(probability: float, saliency: np.ndarray) -> tuple[int, float]:
    """The sentence without which the probability moves most, and where to.

    Parameters
    ----------
    saliency : (S,) float, how far the logit falls without each, S >= 1.
    """
    logit = math.log(max(probability, 1e-9) / max(1 - probability, 1e-9))
    after = 1 / (1 + np.exp(np.clip(saliency - logit, -60, 60)))
    place = int(np.abs(after - probability).argmax())
    return place, float(after[place])


def _change(explanation: Explanation, rest: str) -> None:
    """The verdict on what is left beside the first one, and which sentence would move it most."""
    now = cached.explain(rest, method="leave_one_out", model=explanation.model)
    changed = rest != explanation.text
    verdict(
        now.probability,
        key="edit_verdict",
        before=explanation.probability if changed else None,
        undecided=now.undecided,
    )
    if changed and word(now.probability) != word(explanation.probability):
        flipped = "There is no verdict any more." if now.undecided else "The verdict has flipped."
        st.markdown(f":material/swap_horiz: **{flipped}**")
    if len(now.sentences) < 2 or now.undecided:
        return
    place, after = farthest(now.probability, now.saliency)
    flips = word(after) != word(now.probability)
    st.caption(
        f"The most influential sentence: without it the verdict {'flips' if flips else 'goes'} "
        f"to **{word(after)}, probability {sure(after)}**."
    )
    st.text(f"“{now.sentences[place]}”")


def _strike(explanation: Explanation, text: str, out: list[int]) -> None:
    """The sentences of the changed text; a click leaves one out, another brings it back."""
    edited = cached.explain(text, method="leave_one_out", model=explanation.model)
    st.markdown(":small[Exclude sentences]")
    with st.container(border=True):
        shaded_text(
            edited.text,
            edited.places,
            edited.saliency,
            signed=True,
            key="edit_sentences",
            gone=out,
            hint="Click a sentence to exclude it; click again to restore it.",
            on_click=_toggle,
        )


def _excluded() -> list[int]:
    """Positions of sentences, in order."""
    numbers = (st.session_state.get(_OUT) or "").split(",")
    return sorted({int(number) - 1 for number in numbers if number.isdecimal() and int(number)})


def _toggle(place: int) -> None:
    changed = sorted({*_excluded()} ^ {place})
    st.session_state[_OUT] = ",".join(str(each + 1) for each in changed)


def _reset() -> None:
    review, version = st.session_state[_OF]
    st.session_state.update({_OF: (review, version + 1), _OUT: ""})
