"""The room Train on yours: recordings become a classifier to test, to try and to take along."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.sound.own_training import SoundTrainingSettings, SoundTrainingStep, split_of
from pages._sounds.own_desk import DESKS
from pages._sounds.own_input import recordings_input
from pages._sounds.own_take_along import take_along
from pages._sounds.own_try import cards, try_it
from pages._ui import errors, evaluation_panel, jobs
from pages._ui.desk import Desk
from pages._ui.unmarked import unmarked


def room() -> None:
    """Recordings and settings at the left; the classifier beside them."""
    controls, result = st.columns([1, 2.4], gap="large")
    with controls, errors.shown():
        desk = recordings_input()
        settings = _settings()
        ready = _split(desk, settings)
        st.button(
            "Train",
            type="primary",
            icon=":material/model_training:",
            disabled=not ready,
            on_click=DESKS.begin,
            args=(desk, settings),
        )
        if ready and desk.is_sample and desk.step is None and desk.job is None:
            DESKS.begin(desk, settings)
    with result, errors.shown():
        desk = _state(DESKS.current())
    if desk.is_trained:
        _outcome(desk, desk.step)


def _settings() -> SoundTrainingSettings:
    with st.expander("More settings"):
        seed = st.number_input(
            "Seed",
            0,
            2**31 - 1,
            0,
            key="own_seed",
            bind="query-params",
            help="Decides which recordings are for the test. The same seed gives the same "
            "classifier.",
        )
        test = st.slider(
            "Recordings for the test, %", 10, 50, 30, 5, key="own_test_share", bind="query-params"
        )
    return SoundTrainingSettings(seed=int(seed), test_share=test / 100)


def _split(desk: Desk, settings: SoundTrainingSettings) -> bool:
    """Say how the recordings are divided; whether they can be."""
    with errors.shown():
        split = split_of(desk.dataset, settings)
        st.caption(
            f"{len(split.train):,} recordings to learn from, {len(split.test):,} for the test, "
            "which training never hears. Pieces of one recording belong into one file: on both "
            "sides they would make it look better than it is."
        )
        return True
    return False


def _state(desk: Desk) -> Desk:
    """The training, and the recordings it is about; the page goes on with what it returns."""
    if desk.job is not None and desk.job is jobs.current(DESKS.job):
        jobs.panel(DESKS.job, lambda step: (step.share, step.stage))
        desk = DESKS.current()  # the job may have ended since
    if desk.is_trained:
        _headline(desk, desk.step)
    counts = pd.DataFrame(list(desk.dataset.counts().items()), columns=["Class", "Recordings"])
    many = st.column_config.ProgressColumn(
        format="%d", min_value=0, max_value=int(counts["Recordings"].max())
    )
    st.dataframe(
        counts,
        hide_index=True,
        column_config={"Recordings": many},
        alt="How many recordings there are of each class",
    )
    return desk


def _headline(desk: Desk, step: SoundTrainingStep) -> None:
    seen = step.evaluation
    st.markdown(
        f"##### {seen.accuracy:.0%} of {seen.labels.size:,} test recordings right, after "
        f"{len(step.split.train):,} to learn from"
    )
    st.caption(
        f"{unmarked(desk.name)}, {len(seen.classes)} classes, by one layer on BirdNET, a network "
        "taught on birdsong (CC BY-NC-SA 4.0: not for commercial use); measured here, in "
        f"{step.seconds:.1f} s."
    )


def _outcome(desk: Desk, step: SoundTrainingStep) -> None:
    good, trying, files = st.tabs(
        ["How good", "Try it", "Take it along"], on_change="rerun", key="own_tab"
    )
    if good.open:
        with good, errors.shown():
            _evaluation(step)
    if trying.open:
        with trying, errors.shown():
            try_it(step.model)
    if files.open:
        with files, errors.shown():
            take_along(desk, step)


def _evaluation(step: SoundTrainingStep) -> None:
    seen = step.evaluation
    tested = [step.dataset.sounds[i] for i in step.split.test]
    evaluation_panel.figures(seen, "recording")
    evaluation_panel.confusion(
        seen, lambda rows: cards(tested, seen, rows, "cell"), "recording", prefix="own_"
    )
    evaluation_panel.surest(seen, lambda rows: cards(tested, seen, rows, "surest"), "recording")
    evaluation_panel.by_class(seen, "recording")
