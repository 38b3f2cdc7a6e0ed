"""The trainings of a race, as pages speak of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.learning.metrics import wilson_interval
from core.vision.transfer import Strategy, TrainingSettings
from core.vision.transfer.race import RaceStep
from core.wording import counted
from pages._ui import layout, links, widgets
from pages._ui.numbers import percent

if TYPE_CHECKING:
    from pages._transfer.state import Lab

STRATEGY_TITLES: dict[Strategy, str] = {
    "features": "Frozen features",
    "augment": "Frozen features, augmented",
    "fine_tune": "Fine-tuned last blocks",
    "initialise": "Fine-tuned throughout",
    "plain": "Plain CNN",
    "dropout": "CNN with dropout",
    "scratch": "From scratch",
}
"""What the strategies are called, in the order of a race: the quickest first, and last those
without transfer."""


def takes_backbone(strategy: Strategy) -> bool:
    """Whether it trains on a pretrained network."""
    return TrainingSettings(strategy=strategy).network is not None


TEST = st.column_config.NumberColumn(
    format="percent", help="Accuracy on the test photos, not used in training."
)
"""A column of tables."""


def interval(correct: int, tested: int) -> str:
    """The 95% interval of an accuracy, with how many photos it was read on."""
    low, high = wilson_interval(correct, tested)
    return f"{percent(low)} to {percent(high)} ({counted(tested, 'photo')})"


def title(settings: TrainingSettings) -> str:
    """Strategy, backbone, hidden layer, and how many photos it learnt from."""
    parts = [STRATEGY_TITLES.get(settings.strategy, settings.strategy)]
    if settings.network is not None:
        parts.append(widgets.title_of(settings.backbone))
    if settings.hidden_units is not None:
        parts.append(f"hidden layer of {settings.hidden_units:,}")
    if settings.photos_per_class is not None:
        parts.append(f"{counted(settings.photos_per_class, 'photo')} per class")
    return " · ".join(parts)


def titles(lab: Lab) -> list[str]:
    """The trainings that are ready, each with its accuracy."""
    return [f"{title(lane.settings)} · {percent(lane.evaluation.accuracy)}" for lane in lab.ready()]


def accuracies(race: RaceStep) -> str:
    """Its trainings that were tested, each with its accuracy, in a list of words."""
    return ", ".join(
        f"{title(lane.settings)} {percent(lane.evaluation.accuracy)}"
        for lane in race.lanes
        if lane.evaluation is not None
    )


def choose(lab: Lab, classifiers: Sequence[str]) -> int:
    """Number of one of these titles, those of `lab` first; the choice holds in all rooms.

    At first it is the most accurate one.
    """
    accuracies = [lane.evaluation.accuracy for lane in lab.ready()]
    best = int(np.argmax(accuracies)) if accuracies else 0
    links.follow("lane", best)
    if st.session_state.get("lane", best) not in range(len(classifiers)):
        st.session_state["lane"] = best
    return st.selectbox(
        "Classifier",
        range(len(classifiers)),
        best,
        format_func=classifiers.__getitem__,
        key="lane",
        bind="query-params",
        persist_state="session",
    )


def invite(sentence: str) -> None:
    """What to do while nothing is trained, and a button that leads there."""
    st.info(sentence, icon=":material/model_training:")
    st.button("Go to the Train room", type="primary", on_click=layout.enter_room, args=("Train",))
