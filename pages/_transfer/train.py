"""The Train room: one training, a race of strategies, or a learning curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from core import engine
from core.engine import JobState
from core.learning.training import split_of
from core.vision.classification import DEFAULT_BACKBONE
from core.vision.transfer import STRATEGIES, TrainingSettings
from core.vision.transfer.race import RaceStep, race, rescue
from core.vision.transfer.race_record import RaceRecord, record, recorded
from pages._transfer import data, lanes, race_view
from pages._transfer.state import LABS, Lab
from pages._ui import errors, jobs, layout, widgets

_SIZES = (2, 5, 10, 20, 50, 100, 200, 500)
_KEY = "race"


def room() -> None:
    """Settings at the left; the race, or one that was recorded, beside them."""
    lab = data.ensure_lab()
    controls, result = layout.two_parts()
    with controls, errors.shown():
        entrants = _controls(lab)
        st.button(
            "Train",
            type="primary",
            icon=":material/model_training:",
            disabled=not entrants,
            on_click=start,
            args=(lab, entrants),
        )
        for name in dict.fromkeys(settings.strategy for settings in entrants):
            st.caption(f"**{lanes.STRATEGY_TITLES[name]}.** {STRATEGIES[name]}")
    with result:
        _result(lab)


def start(lab: Lab, entrants: Sequence[TrainingSettings]) -> None:
    """Train on the data set as it is corrected now."""
    lab.before = lab.race if lab.race and _settings(lab.race) == list(entrants) else None
    lab.race = None
    lab.training_set = lab.corrected()
    dataset = lab.trained_on
    lab.job = jobs.start(
        _KEY, f"Training on {lab.name}", lambda: engine.run_in_process(race, dataset, entrants)
    )


def run_again() -> None:
    """Repeat the race on the data set as it is corrected now; to be called in a callback."""
    lab = data.ensure_lab()
    if lab.race is not None:
        start(lab, _settings(lab.race))
    st.session_state["room"] = "Train"


def _settings(step: RaceStep) -> list[TrainingSettings]:
    return [lane.settings for lane in step.lanes]


def _controls(lab: Lab) -> list[TrainingSettings]:
    how = widgets.choice("What to find out", ["Strategies", "Learning curve"], key="train_how")
    chosen = st.pills(
        "Strategies",
        list(lanes.STRATEGY_TITLES),
        selection_mode="multi",
        default=["scratch", "features", "fine_tune"],
        format_func=lanes.STRATEGY_TITLES.__getitem__,
        key="train_strategies",
        bind="query-params",
        wrap=True,
    )
    names = [name for name in lanes.STRATEGY_TITLES if name in chosen]
    backbone = widgets.network_choice(
        [spec.name for spec in widgets.image_networks_on_disk() if spec.feature_layers]
        or [DEFAULT_BACKBONE],
        label="Backbone",
        key="train_backbone",
        help="The pretrained network; those whose weights are on this machine.",
    )
    seed = widgets.seed_input(
        key="train_seed",
        most=2**31 - 1,
        help="Decides which photos are for the test, the random views, and the order of photos. "
        "The same seed gives the same classifier.",
    )
    common = TrainingSettings(backbone=backbone, seed=seed)
    with st.expander("More settings"):
        common = _more(common)
    dataset = lab.corrected().dataset
    split = split_of(dataset, common)
    st.caption(
        f"{len(split.train):,} photos to learn from, {len(split.validation):,} to decide when to "
        f"stop, {len(split.test):,} for the test, which training never sees."
    )
    if how == "Strategies":
        sizes: list[int | None] = [None]
    else:
        most = max(dataset.at(split.train).counts().values())
        sizes = [*[size for size in _SIZES if size < most], None]
    return [
        replace(common, strategy=name, photos_per_class=size) for name in names for size in sizes
    ]


def _more(settings: TrainingSettings) -> TrainingSettings:
    """With what is seldom changed."""
    test = st.slider(
        "Photos for the test, %", 5, 50, 20, 5, key="train_test_share", bind="query-params"
    )
    validation = st.slider(
        "Of the rest, to decide when to stop, %",
        5,
        50,
        10,
        5,
        key="train_validation_share",
        bind="query-params",
    )
    rounds = st.number_input(
        "Rounds at most",
        0,
        200,
        0,
        key="train_rounds",
        bind="query-params",
        help="Over the training photos. 0: as suits the strategy.",
    )
    patience = st.number_input(
        "Stop after rounds without a lower validation loss",
        0,
        50,
        0,
        key="train_patience",
        bind="query-params",
        help="0: as suits the strategy.",
    )
    return replace(
        settings,
        test_share=test / 100,
        validation_share=validation / 100,
        epochs=int(rounds) or None,
        patience=int(patience) or None,
    )


def _result(lab: Lab) -> None:
    def view(step: RaceStep) -> RaceRecord:
        return record(step, lab.trained_on, lab.name)

    job = None
    if lab.job is not None:
        _rescue(lab)  # perhaps by another job
        job = jobs.current(_KEY)
    if job is not None:
        jobs.panel(_KEY, job, _progress, preview=lambda step: race_view.running(view(step)))
        LABS.current()  # the job may have ended since
    if lab.race is None:
        if job is None:
            _recorded()
        return
    if lab.job is None or lab.job.is_over:
        before = view(lab.before) if lab.before is not None else None
        race_view.finished(view(lab.race), before=before)
        if lab.ready():
            st.caption("The classifiers wait in the rooms “Mistakes” and “Take home”.")


def _rescue(lab: Lab) -> None:
    """After Cancel: make classifiers of the best weights so far, which takes seconds."""
    if lab.job is None or lab.job.state is not JobState.CANCELLED or lab.race is None:
        return
    stopped, dataset = lab.race, lab.trained_on
    waiting = [lane for lane in stopped.lanes if lane.step and lane.step.best]
    if all(lane.evaluation is not None for lane in waiting):
        return
    lab.job = jobs.start(
        _KEY, "Keeping the best so far", lambda: engine.run_in_process(rescue, dataset, stopped)
    )


def _progress(step: RaceStep) -> tuple[float, str]:
    lane = step.lanes[step.running]
    number = f"{step.running + 1} of {len(step.lanes)}, " if len(step.lanes) > 1 else ""
    stage = lane.step.stage if lane.step else "starting"
    return step.share, f"{number}{lanes.title(lane.settings)}: {stage}"


def _recorded() -> None:
    races = recorded()
    name = widgets.choice(
        "Recorded", [race.data for race in races], key="train_recorded", hidden=True
    )
    race_view.finished(next(race for race in races if race.data == name), is_recorded=True)
