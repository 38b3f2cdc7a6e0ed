"""How good a classifier is, on a page: figures, what is taken for what, class by class."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.learning import metrics
from core.learning.metrics import Evaluation
from core.wording import counted, escaped
from pages._ui import charts, downloads, evaluation_charts, links
from pages._ui.numbers import percent


def show(
    evaluation: Evaluation,
    examples: Callable[[Sequence[int] | np.ndarray, str], None],
    noun: str = "photo",
    *,
    prefix: str = "",
) -> None:
    """All about how good a classifier is.

    Parameters
    ----------
    examples : draws the examples at some places in the test part; the key tells its lists apart.
    noun : what an example is.
    prefix : of the keys of widgets.
    """
    figures(evaluation, noun)
    confusion(evaluation, lambda rows: examples(rows, "cell"), noun, prefix=prefix)
    surest(evaluation, lambda rows: examples(rows, "surest"), noun)
    by_class(evaluation, noun)


def figures(evaluation: Evaluation, noun: str = "photo") -> None:
    """Accuracy with its interval, and the means over the classes."""
    right, total = int(np.trace(evaluation.confusion)), evaluation.labels.size
    low, high = metrics.wilson_interval(right, total)
    with st.grid(5, min_column_width=150):
        st.metric(
            "Accuracy",
            percent(evaluation.accuracy),
            f"{percent(low)} to {percent(high)}",
            delta_color="off",
            delta_arrow="off",
            border=True,
            help=(
                f"{right:,} of {counted(total, f'test {noun}')}, which were not used in training. "
                "Below "
                f"it, the 95% confidence interval (Wilson) for the accuracy on such {noun}s."
            ),
        )
        macro = "Mean over the classes, weighted equally"
        for label, value, what in (
            (
                "Macro precision",
                evaluation.macro_precision,
                "the share of correct predictions among those of a class",
            ),
            ("Macro recall", evaluation.macro_recall, "the share of a class that was recognised"),
            ("Macro F1", evaluation.macro_f1, "harmonic mean of precision and recall"),
            ("Macro AUC", evaluation.macro_auc, "how well a class is ranked above the others"),
        ):
            st.metric(
                label, f"{value:.3f}", border=True, height="stretch", help=f"{macro}: {what}."
            )


def confusion(
    evaluation: Evaluation,
    show: Callable[[np.ndarray], None],
    noun: str = "photo",
    *,
    prefix: str = "",
) -> None:
    """The confusion matrix, and beside it what is in the cell that was clicked.

    Parameters
    ----------
    show : draws the examples at some places in the test part.
    noun : what an example is.
    prefix : of the keys of its widgets.
    """
    st.subheader("Confusion matrix", anchor=False)
    keys = (f"{prefix}cell_true", f"{prefix}cell_said")
    chart = f"{prefix}confusion"
    halves = st.grid(2, min_column_width=380, gap="large")
    with halves.cell():
        matrix = st.container()
        st.caption(f"Click a cell to see its {noun}s, or choose it here.")
        with st.container(horizontal=True):
            chosen = _chosen(evaluation, keys)
        matrix.plotly_chart(
            evaluation_charts.confusion_matrix(
                evaluation.classes,
                evaluation.confusion,
                chosen,
                dark=st.context.theme.type == "dark",
            ),
            config=charts.CONFIG,
            key=chart,
            on_select=partial(_open_cell, chart, keys),
            selection_mode="points",
            alt=(
                f"Confusion matrix: {np.trace(evaluation.confusion)} of {evaluation.labels.size} "
                f"{noun}s correct"
            ),
        )
    with halves.cell():
        rows = metrics.cell(evaluation, *chosen)
        true, predicted = (escaped(evaluation.classes[i]) for i in chosen)
        st.markdown(
            f"**{counted(len(rows), noun)}** labelled **{true}**, predicted **{predicted}**"
        )
        show(rows)


def surest(evaluation: Evaluation, show: Callable[[np.ndarray], None], noun: str = "photo") -> None:
    """The mistakes of which the classifier was most convinced; `show` as for `confusion`."""
    wrong = metrics.most_confident_mistakes(evaluation)
    st.subheader("Most confident mistakes", anchor=False)
    if not wrong.positions.size:
        st.caption(f"All {evaluation.labels.size:,} test {noun}s are correct.")
        return
    st.caption(
        f"The first place to look for wrong labels: {noun}s that were misclassified with the "
        "highest confidence."
    )
    show(wrong.positions)


def by_class(evaluation: Evaluation, noun: str = "photo") -> None:
    """A table of the classes, ROC curves, and whether it is as sure as it is right."""
    st.subheader("Metrics by class", anchor=False)
    table = pd.DataFrame(
        {
            "Class": evaluation.classes,
            "Precision": evaluation.precision,
            "Recall": evaluation.recall,
            "F1": evaluation.f1,
            "AUC": [curve.auc for curve in evaluation.roc],
            f"Test {noun}s": evaluation.support,
        }
    )
    figures = st.column_config.NumberColumn(format="%.3f")
    st.dataframe(
        table,
        column_config=dict.fromkeys(("Precision", "Recall", "F1", "AUC"), figures),
        hide_index=True,
        alt="Precision, recall, F1 and area under the ROC curve of each class",
    )
    downloads.table("Metrics (CSV)", table, "classes.csv")
    halves = st.grid(2, min_column_width=340, gap="large")
    with halves.cell():
        st.markdown("**ROC curves**, each class against the rest")
        st.plotly_chart(
            evaluation_charts.roc_curves(
                evaluation.classes, evaluation.roc, charts.colours(len(evaluation.classes))
            ),
            config=charts.CONFIG,
            alt=f"ROC curves; the mean area under them is {evaluation.macro_auc:.3f}",
        )
    with halves.cell():
        error = evaluation.reliability.expected_calibration_error
        st.markdown(f"**Calibration.** Expected calibration error {error:.3f}")
        st.plotly_chart(
            evaluation_charts.reliability_diagram(evaluation.reliability, noun),
            config=charts.CONFIG,
            alt=f"Reliability diagram; the expected calibration error is {error:.3f}",
        )
        st.caption(
            f"{counted(evaluation.labels.size, f'test {noun}')} in 15 bins; paler bars have "
            "fewer. On the "
            "dotted line, confidence equals accuracy."
        )


def names(evaluation: Evaluation, row: int) -> tuple[str, str]:
    """The class of the label of a tested example, and the one it was taken for."""
    classes = evaluation.classes
    return classes[evaluation.labels[row]], classes[evaluation.predictions[row]]


def first_rows(
    rows: Sequence[int] | np.ndarray, key: str, first: int, *, slack: float = 1.0
) -> Sequence[int] | np.ndarray:
    """As many of a list of examples as are shown by now; all, if `slack` times as many are."""
    count = st.session_state.get(f"{key}_shown", first)
    return rows if len(rows) <= slack * count else rows[:count]


def more_button(rows: Sequence[int] | np.ndarray, key: str, first: int, step: int) -> None:
    """Below `first_rows`: a button for `step` more, if there are any."""
    count = st.session_state.get(f"{key}_shown", first)
    if len(rows) > count:
        st.button(
            f"Show more of {len(rows):,}",
            key=f"{key}_more",
            on_click=partial(st.session_state.__setitem__, f"{key}_shown", count + step),
        )


def _chosen(evaluation: Evaluation, keys: tuple[str, str]) -> tuple[int, int]:
    """The cell that is chosen here; at first the one with most mistakes."""
    count = len(evaluation.classes)
    wrong = evaluation.confusion * (1 - np.eye(count, dtype=np.int64))
    worst = divmod(int(wrong.argmax()), count)  # the first cell where there is no mistake
    for key, place in zip(keys, worst, strict=True):
        links.follow(key, place, evaluation.classes)
    row, column = (
        st.selectbox(
            label,
            range(count),
            place,
            format_func=evaluation.classes.__getitem__,
            key=key,
            width=180,
            bind="query-params",
            persist_state="session",
        )
        for label, key, place in zip(("Labelled", "Predicted"), keys, worst, strict=True)
    )
    return row, column


def _open_cell(chart: str, keys: tuple[str, str]) -> None:
    for point in st.session_state[chart].selection.points[:1]:
        st.session_state[keys[0]] = round(point["y"])
        st.session_state[keys[1]] = round(point["x"])
