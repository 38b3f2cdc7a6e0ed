"""How good the trained classifiers are, and on which photos they fail."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core import metrics
from core.metrics import Evaluation
from core.vision.race import Lane
from pages._transfer import corrections, data, lanes
from pages._transfer.photo_grid import photo_grid
from pages._transfer.state import Lab
from pages._ui import charts, downloads, evaluation_charts

_CELLS = "confusion"


def room() -> None:
    """The mistakes of a classifier that was trained in this session."""
    lab = data.ensure_lab()
    if not lab.ready():
        lanes.invite("Once a classifier is trained, its mistakes are here, photo by photo.")
        return
    lane = lab.ready()[lanes.choose(lab, lanes.titles(lab))]
    corrections.panel(lab)
    _figures(lane.evaluation)
    _cells(lab, lane)
    _surest(lab, lane)
    _by_class(lane)


def _figures(seen: Evaluation) -> None:
    right, total = int(np.trace(seen.confusion)), seen.labels.size
    low, high = metrics.wilson_interval(right, total)
    with st.grid(5, min_column_width=150):
        st.metric(
            "Accuracy",
            f"{seen.accuracy:.1%}",
            f"{low:.1%} to {high:.1%}",
            delta_color="off",
            delta_arrow="off",
            border=True,
            help=f"{right:,} of {total:,} test photos, which no decision of the training has "
            "seen. Below it, between which figures the accuracy on many such photos would lie: "
            "Wilson's interval at 95%.",
        )
        macro = "The mean over the classes, each counting the same"
        for label, value, what in (
            ("Macro precision", seen.macro_precision, "of what was taken for a class, is of it"),
            ("Macro recall", seen.macro_recall, "of a class, was recognised"),
            ("Macro F1", seen.macro_f1, "precision and recall in one"),
            ("Macro AUC", seen.macro_auc, "how well a class is ranked before the others"),
        ):
            st.metric(
                label, f"{value:.3f}", border=True, height="stretch", help=f"{macro}: {what}."
            )


def _cells(lab: Lab, lane: Lane) -> None:
    st.subheader("What is taken for what", anchor=False)
    seen = lane.evaluation
    chosen = _chosen(seen)
    halves = st.grid(2, min_column_width=380, gap="large")
    with halves.cell():
        st.plotly_chart(
            evaluation_charts.confusion_matrix(
                seen.classes, seen.confusion, chosen, dark=st.context.theme.type == "dark"
            ),
            config=charts.CONFIG,
            key=_CELLS,
            on_select=_open_cell,
            selection_mode="points",
            alt=f"Confusion matrix: {np.trace(seen.confusion)} of {seen.labels.size} photos right",
        )
        st.caption("Click a cell to see its photos, or choose it here.")
        with st.container(horizontal=True):
            for label, key in (("Labelled", "cell_true"), ("Taken for", "cell_said")):
                st.selectbox(
                    label,
                    range(len(seen.classes)),
                    format_func=seen.classes.__getitem__,
                    key=key,
                    width=180,
                    persist_state="session",
                )
    with halves.cell():
        rows = metrics.cell(seen, *chosen)
        true, said = (seen.classes[i] for i in chosen)
        noun = "photo" if len(rows) == 1 else "photos"
        st.markdown(f"**{len(rows):,} {noun}** labelled **{true}**, taken for **{said}**")
        photo_grid(lab, lane, rows, "cell")


def _chosen(seen: Evaluation) -> tuple[int, int]:
    """The chosen cell; at first the one with most mistakes."""
    every = range(len(seen.classes))
    keys = ("cell_true", "cell_said")
    if not all(st.session_state.get(key) in every for key in keys):
        wrong = seen.confusion * (1 - np.eye(len(every), dtype=np.int64))
        worst = np.unravel_index(int(wrong.argmax()), wrong.shape) if wrong.any() else (0, 0)
        for key, place in zip(keys, worst, strict=True):
            st.session_state[key] = int(place)
    return tuple(st.session_state[key] for key in keys)


def _open_cell() -> None:
    for point in st.session_state[_CELLS].selection.points[:1]:
        st.session_state["cell_true"] = round(point["y"])
        st.session_state["cell_said"] = round(point["x"])


def _surest(lab: Lab, lane: Lane) -> None:
    wrong = metrics.most_confident_mistakes(lane.evaluation)
    st.subheader("Surest mistakes", anchor=False)
    if not wrong.positions.size:
        st.caption(f"All {lane.evaluation.labels.size:,} test photos are right.")
        return
    st.caption(
        "The first place to look for wrong labels: photos of which the classifier was most "
        "convinced, and wrong."
    )
    photo_grid(lab, lane, wrong.positions, "surest")


def _by_class(lane: Lane) -> None:
    seen = lane.evaluation
    st.subheader("Class by class", anchor=False)
    table = pd.DataFrame(
        {
            "Class": seen.classes,
            "Precision": seen.precision,
            "Recall": seen.recall,
            "F1": seen.f1,
            "AUC": [curve.auc for curve in seen.roc],
            "Test photos": seen.support,
        }
    )
    figures = st.column_config.NumberColumn(format="%.3f")
    st.dataframe(
        table,
        column_config=dict.fromkeys(("Precision", "Recall", "F1", "AUC"), figures),
        hide_index=True,
        alt="Precision, recall, F1 and area under the ROC curve of each class",
    )
    downloads.table("Figures (CSV)", table, "classes.csv")
    halves = st.grid(2, min_column_width=340, gap="large")
    with halves.cell():
        st.markdown("**ROC curves**, each class against the rest")
        st.plotly_chart(
            evaluation_charts.roc_curves(seen.classes, seen.roc, charts.colours(len(seen.classes))),
            config=charts.CONFIG,
            alt=f"ROC curves; the mean area under them is {seen.macro_auc:.3f}",
        )
    with halves.cell():
        error = seen.reliability.expected_calibration_error
        st.markdown(f"**Is it as sure as it is right?** Expected calibration error {error:.3f}")
        st.plotly_chart(
            evaluation_charts.reliability_diagram(seen.reliability),
            config=charts.CONFIG,
            alt=f"Reliability diagram; the expected calibration error is {error:.3f}",
        )
        st.caption(
            f"{seen.labels.size:,} test photos in 15 bins; the paler a bar, the fewer of them. "
            "On the dotted line, how sure it is says how often it is right."
        )
