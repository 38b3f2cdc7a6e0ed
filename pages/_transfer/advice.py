"""Advice in the Train room: where the photos are in the four quadrants, and what suits them."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core import cluster
from core.vision.transfer import TrainingSettings
from core.vision.transfer.advice import (
    LESSON,
    LITTLE,
    RACED,
    Advice,
    Outcome,
    advise,
    outcome,
)
from core.vision.transfer.advice_record import AdviceRecord, Trial, recorded
from core.wording import counted
from pages._transfer import lanes
from pages._transfer.advice_chart import QUADRANTS, quadrants
from pages._transfer.state import LABS, Lab, TrainedLane
from pages._ui import charts, errors, jobs, widgets
from pages._ui.numbers import percent

_JOB = "advice"
_LESSON = "[the lesson on transfer learning](https://cs231n.github.io/transfer-learning/)"


def panel(lab: Lab, settings: TrainingSettings) -> None:
    """What suits the photos, computed once it is opened, and buttons that start it.

    Parameters
    ----------
    settings : of what is started, but for its strategy and backbone.
    """
    box = st.expander(
        "Advice: which strategy suits these photos?",
        icon=":material/explore:",
        key="train_advice",
        bind="query-params",
    )
    if not box.open:
        return
    with box, errors.shown():
        advice = _advice(lab)
        if advice is not None:
            _show(lab, advice, settings)


def held(lab: Lab) -> None:
    """Whether the advice held in the race, if there was any on its photos."""
    advice = lab.advice.get(lab.trained_on.digest)
    if advice is None:
        return
    backbone = recorded().reference.backbone
    of_one_kind = {
        lane.settings.strategy: lane
        for lane in lab.ready()
        if lane.settings.photos_per_class is None and lane.settings.network in (None, backbone)
    }
    compared = outcome(
        advice.strategy, {name: lane.evaluation for name, lane in of_one_kind.items()}
    )
    advised = lanes.STRATEGY_TITLES[advice.strategy]
    if compared is None:
        st.caption(f"Race {advised} and another strategy to see whether the advice holds.")
        return
    st.markdown(_finding(compared, of_one_kind[advice.strategy], of_one_kind[compared.best]))
    low, high = (100 * bound for bound in compared.comparison.interval)
    tested = len(of_one_kind[compared.best].evaluation.labels)
    st.caption(
        f"{advised} against the best other strategy: "
        f"{100 * compared.comparison.difference:+.1f} points (95% interval {low:+.1f} to "
        f"{high:+.1f}) on {counted(tested, 'test photo')}; McNemar's exact test: "
        f"p = {compared.comparison.p_value:.2g}."
    )


def _finding(compared: Outcome, own: TrainedLane, best: TrainedLane) -> str:
    advised, other = (
        f"{lanes.STRATEGY_TITLES[lane.settings.strategy]} {percent(lane.evaluation.accuracy)}"
        for lane in (own, best)
    )
    if compared.comparison.difference >= 0:
        return f"**The advice held.** {advised}, no other strategy was better: {other}."
    if compared.verdict == "held":
        return f"**The advice held.** {advised}, within {100 * LITTLE:.0f} point of {other}."
    if compared.verdict == "unclear":
        return (
            f"**Too few test photos to say whether the advice held.** {advised}, {other}: "
            "chance may be why they differ."
        )
    return f"**The advice did not hold.** {advised}, {other}."


def _advice(lab: Lab) -> Advice | None:
    dataset = lab.corrected().dataset
    job = jobs.start_anew(
        _JOB,
        dataset.digest,
        f"Comparing {lab.name} with ImageNet",
        lambda: cluster.steps(advise, dataset),
    )
    jobs.panel(
        _JOB, job, lambda step: (step.done / step.total, f"photo {step.done:,} of {step.total:,}")
    )
    step = job.snapshot
    if step is None or step.advice is None:
        return None
    lab.advice[dataset.digest] = step.advice
    lab.features = step.cache
    advice: Advice = step.advice
    return advice


def _show(lab: Lab, advice: Advice, settings: TrainingSettings) -> None:
    record = recorded()
    st.markdown(
        f"##### {QUADRANTS[advice.quadrant]}: {lanes.STRATEGY_TITLES[advice.strategy].lower()}"
    )
    st.markdown(f"{advice.reason}  \n{_measured(advice)}")
    common = replace(settings, backbone=record.reference.backbone, photos_per_class=None)
    with st.container(horizontal=True):
        st.button(
            f"Train: {lanes.STRATEGY_TITLES[advice.strategy]}",
            key="advice_train",
            icon=":material/play_arrow:",
            on_click=LABS.begin,
            args=(lab, [replace(common, strategy=advice.strategy)]),
        )
        st.button(
            "Race it against the others",
            key="advice_race",
            icon=":material/flag:",
            on_click=LABS.begin,
            args=(lab, [replace(common, strategy=strategy) for strategy in RACED]),
            help="Trains with all five strategies, then says whether the advice held.",
        )
    st.plotly_chart(
        quadrants(record.rule, record.trials, advice, lab.name),
        config=charts.CONFIG,
        key="advice_quadrants",
        alt=f"Photos of each class against similarity to ImageNet: {QUADRANTS[advice.quadrant]}",
    )
    st.caption(_similarity(advice, record))
    st.caption(_basis(advice, record))


def _measured(advice: Advice) -> str:
    """Where the photos are, in figures."""
    figures = [
        f"{counted(round(advice.photos_per_class), 'photo')} of each class",
        f"similarity to ImageNet {percent(advice.similarity.value, 0)}",
    ]
    if advice.frozen_accuracy is not None:
        figures.append(f"frozen features {percent(advice.frozen_accuracy, 0)} in cross-validation")
    return " · ".join(figures)


def _similarity(advice: Advice, record: AdviceRecord) -> str:
    """How it was measured, and on what."""
    similarity, reference = advice.similarity, record.reference
    return (
        f"Measured here on {counted(similarity.photos, 'photo')}. Similarity: "
        f"{widgets.title_of(reference.backbone)} is {percent(similarity.confidence, 0)} confident "
        f"of its most probable ImageNet class, {percent(reference.confidence, 0)} on ImageNet's "
        f"own photos; the cosine between features and the nearest class is "
        f"{similarity.alignment:.2f}, there {reference.alignment:.2f}; the value is the geometric "
        "mean of both ratios."
    )


def _basis(advice: Advice, record: AdviceRecord) -> str:
    """What the recommendation rests on, and where it fails."""
    trials = record.trials
    sets = {trial.data for trial in trials}
    within = [trial for trial in advice.trials if trial.regret <= LITTLE]
    lesson = lanes.STRATEGY_TITLES[LESSON[advice.quadrant]].lower()
    worst = max(trials, key=lambda trial: trial.regret)
    return (
        f"Recorded: {counted(len(trials), 'race')} of five strategies on {len(sets)} data sets. "
        f"The advised strategy was {100 * record.mean_regret:.1f} points less accurate than the "
        "best, on average; the boundaries were chosen each time without that data set. In this "
        f"quadrant it was within {100 * LITTLE:.0f} point in {len(within):,} of "
        f"{counted(len(advice.trials), 'race')}. Furthest off: {_worst(worst)}. In this quadrant "
        f"{_LESSON} recommends {lesson}; where frozen features reach "
        f"{percent(record.rule.enough, 0)} in cross-validation, they are recommended in any."
    )


def _worst(trial: Trial) -> str:
    best, advised = (
        f"{lanes.STRATEGY_TITLES[name].lower()} {percent(trial.accuracy[name])}"
        for name in (trial.best, trial.advised)
    )
    return f"{trial.data}, {trial.photos_per_class:,} of each class: {best}, advised {advised}"
