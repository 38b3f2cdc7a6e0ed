"""None of these: how many known photos one is willing to lose, and what a page then says."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core.learning.card import ModelCard
from core.learning.card_of_training import card_novelty
from core.learning.novelty import DEFAULT_SHARE, NoveltyDetector
from core.wording import escaped
from pages._ui.numbers import percent
from pages._ui.task_settings import described

NONE = "None of these"
_KEY, _CHOSEN = "none_share", "none_share_chosen"
_PERCENT = 100


def share_input() -> float:
    """The share of known photos to lose, the same in all rooms."""
    setting = described("classify", "none_of_these")
    chosen = st.slider(
        f"{setting.label}, {setting.usual.percent}",
        round(_PERCENT * setting.low),
        round(_PERCENT * setting.high),
        round(_PERCENT * DEFAULT_SHARE),
        key=_KEY,
        bind="query-params",
        persist_state="session",
        help=(
            "A photo that is further from the training photos than all but this share of the "
            "validation photos is none of these."
        ),
    )
    share = st.session_state[_CHOSEN] = chosen / _PERCENT
    return share


def chosen_share() -> float:
    """That share, where the slider is not shown, whose state no run has then."""
    return float(st.session_state.get(_CHOSEN, DEFAULT_SHARE))


def show_none(label: str, novelty: NoveltyDetector, share: float) -> None:
    """Say that a photo is none of these; `label` is the class that it would be."""
    st.markdown(f"##### {NONE}")
    st.caption(
        "This photo is further from the training photos than known photos are, but for about "
        f"{percent(novelty.promised_share(share), 0)} of them. If it had to be one of the classes: "
        f"{escaped(label)}."
    )


def chosen_for(novelty: NoveltyDetector | None) -> NoveltyDetector | None:
    """A detector for files that are downloaded: with that share."""
    return None if novelty is None else replace(novelty, share=chosen_share())


def on_card(card: ModelCard | None, novelty: NoveltyDetector | None) -> ModelCard | None:
    """The card of a classifier that says “none of these” at that share."""
    chosen = chosen_for(novelty)
    if card is None or chosen is None:
        return card
    return replace(card, none_of_these=card_novelty(chosen))
