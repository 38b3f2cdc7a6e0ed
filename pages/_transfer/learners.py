"""Other learners beside the dense layer, on the features of a training that has ended."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core import cluster
from core.learning.comparison import compare
from core.vision.transfer.learners import Learned, LearnersStep, learn
from pages._transfer import lanes
from pages._transfer.state import Lab, TrainedLane
from pages._ui import jobs

_JOB = "learners"
_AGAINST = st.column_config.NumberColumn(
    format="p = %.2f",
    help="How often two equally accurate classifiers differ at least as much (McNemar's exact "
    "test).",
)
_COLUMNS = {
    "Test": lanes.TEST,
    "Validation": st.column_config.NumberColumn(
        format="percent", help="Accuracy on the validation photos, which choose the setting."
    ),
    "Against the dense layer": _AGAINST,
    "Against the hidden layer": _AGAINST,
    "Seconds": st.column_config.NumberColumn(format="%.1f", help="Without the features."),
}


def show(lab: Lab) -> None:
    """A button that has them learn, and a table of what they came to."""
    frozen = [lane for lane in lab.ready() if lane.settings.strategy == "features"]
    if not frozen or any(lane.settings.photos_per_class for lane in frozen):
        return
    lane = max(frozen, key=lambda lane: lane.evaluation.accuracy)
    st.markdown("##### Other learners on the same features")
    st.caption(
        "k-nearest neighbours, a support vector machine and a random forest (scikit-learn), "
        f"beside the {_head(lane)} of “{lanes.title(lane.settings)}”."
    )
    job = jobs.current(_JOB)
    if job is None or not jobs.is_about(_JOB, _about(lab, lane)):
        st.button("Try them", icon=":material/compare:", on_click=_start, args=(lab, lane))
        return
    jobs.panel(_JOB, job, _describe)
    if job.snapshot is not None and job.snapshot.learned:
        _table(lane, job.snapshot.learned)
    if job.is_over and (job.snapshot is None or job.snapshot.share < 1):
        st.button("Try them again", on_click=_start, args=(lab, lane))


def _table(lane: TrainedLane, learned: tuple[Learned, ...]) -> None:
    evaluation = lane.evaluation
    best = max(epoch.validation_accuracy for epoch in lane.step.epochs)
    head = _head(lane)
    rows = [_row(head.capitalize(), "", best, evaluation.predictions, lane)]
    for each in learned:
        row = _row(each.title, each.setting, each.validation_accuracy, each.predictions, lane)
        compared = compare(evaluation.labels, each.predictions, evaluation.predictions)
        rows.append({**row, f"Against the {head}": compared.p_value, "Seconds": each.seconds})
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config=_COLUMNS,
        placeholder="",
        alt="Learners on the same features",
    )


def _head(lane: TrainedLane) -> str:
    return "dense layer" if lane.settings.hidden_units is None else "hidden layer"


def _row(
    title: str, setting: str, validation: float, predictions: np.ndarray, lane: TrainedLane
) -> dict[str, object]:
    labels = lane.evaluation.labels
    correct = int((labels == predictions).sum())
    return {
        "Learner": title,
        "Setting": setting,
        "Validation": validation,
        "Test": correct / len(labels),
        "95% interval": lanes.interval(correct, len(labels)),
    }


def _start(lab: Lab, lane: TrainedLane) -> None:
    dataset, settings, known = lab.trained_on, lane.settings, lab.features.copy()
    jobs.start(
        _JOB,
        f"Other learners on {lab.name}",
        lambda: cluster.steps(learn, dataset, settings, known, apart=True),
        about=_about(lab, lane),
        is_long=True,
    )


def _about(lab: Lab, lane: TrainedLane) -> tuple[str, str]:
    return lab.trained_on.digest, repr(lane.settings)


def _describe(step: LearnersStep | None) -> tuple[float, str]:
    return (0.0, "starting") if step is None else (step.share, step.stage)
