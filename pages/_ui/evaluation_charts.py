"""How good a classifier is, in charts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from core.learning.metrics import Reliability, RocCurve
from core.wording import counted
from pages._ui import axes
from pages._ui.charts import GREEN, GREY, plain
from pages._ui.numbers import percent

_HITS_AND_MISSES = [
    [0, "rgba(217, 130, 43, 1)"],
    [0.499, "rgba(217, 130, 43, 0.08)"],
    [0.5, "rgba(138, 148, 142, 0.1)"],
    [0.501, "rgba(47, 125, 79, 0.08)"],
    [1, "rgba(47, 125, 79, 1)"],
]
_MOST_WRITTEN = 12  # classes whose numbers or names fit into a chart


def confusion_matrix(
    classes: Sequence[str],
    counts: np.ndarray,
    chosen: tuple[int, int] | None = None,
    *,
    dark: bool = False,
) -> go.Figure:
    """Counts by true and predicted class; hits are green, mistakes orange, row by row.

    A click selects the point in the middle of its cell: x is the column, y the row.

    Parameters
    ----------
    counts : (C, C) int, rows are what is true.
    chosen : row and column of the cell to frame.
    dark : whether it is drawn on a dark page.
    """
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    depth = np.sqrt(shares)  # few mistakes must be seen beside many hits
    signs = np.where(np.eye(len(classes), dtype=bool), 1, -1)
    rows, columns = (places.ravel() for places in np.indices(counts.shape))
    names = [axes.label(name) for name in classes]
    figure = go.Figure(
        go.Heatmap(
            z=signs * depth,
            zmin=-1,
            zmax=1,
            colorscale=_HITS_AND_MISSES,
            showscale=False,
            xgap=2,
            ygap=2,
            hoverinfo="skip",
        )
    )
    figure.add_scatter(
        x=columns,
        y=rows,
        mode="markers",
        marker={"opacity": 0, "size": 12},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        customdata=[(names[r], names[c], counts[r, c]) for r, c in zip(rows, columns, strict=True)],
        hovertemplate=(
            "%{customdata[2]} of %{customdata[0]}<br>predicted as %{customdata[1]}<extra></extra>"
        ),
        showlegend=False,
    )
    if len(classes) <= _MOST_WRITTEN:
        for strong, ink in ((True, "white"), (False, "#e6ebe6" if dark else "#1f2a24")):
            cells = np.argwhere((counts > 0) & ((depth > 0.6) == strong))
            figure.add_scatter(
                x=cells[:, 1],
                y=cells[:, 0],
                mode="text",
                text=[f"{count:,}" for count in counts[tuple(cells.T)]],
                textfont={"size": 15, "color": ink},
                hoverinfo="skip",
                showlegend=False,
            )
    if chosen is not None:
        row, column = chosen
        frame = {"x0": column - 0.5, "x1": column + 0.5, "y0": row - 0.5, "y1": row + 0.5}
        figure.add_shape(**frame, line={"color": GREY, "width": 3}, fillcolor="rgba(0,0,0,0)")
    axes.places(figure, "x", classes, "predicted class")
    axes.places(figure, "y", classes, "true class")
    figure.update_layout(hovermode="closest", hoverdistance=-1)  # all of a cell is its point
    return plain(figure, height=120 + 56 * min(len(classes), 10), margin={"l": 60, "b": 60})


def roc_curves(
    classes: Sequence[str],
    curves: Sequence[RocCurve],
    colours: Sequence[str],
    *,
    each: str = "Class",
) -> go.Figure:
    """One curve for each class against the rest, and what guessing would give.

    `each` is what the curves are of, where it is something else.
    """
    figure = go.Figure()
    for i, (name, curve) in enumerate(zip(classes, curves, strict=True)):
        figure.add_scatter(
            x=curve.false_positive_rate,
            y=curve.true_positive_rate,
            mode="lines",
            line={
                "color": colours[i],
                "dash": "solid" if colours[i] not in colours[:i] else "dash",  # it comes again
            },
            name=f"{axes.label(name)}, {curve.auc:.3f}",
            customdata=[
                (percent(true), percent(false))
                for true, false in zip(
                    curve.true_positive_rate, curve.false_positive_rate, strict=True
                )
            ],
            hovertemplate=(
                f"{axes.label(name)}<br>true positive rate %{{customdata[0]}} at false "
                "positive rate %{customdata[1]}<extra></extra>"
            ),
        )
    _diagonal(figure)
    axes.shares(figure, "x", "false positive rate")
    axes.shares(figure, "y", "true positive rate")
    legend = {"title": {"text": f"{each}, area"}, "x": 1, "xanchor": "right", "y": 0.03}
    figure.update_layout(legend=legend, showlegend=len(classes) <= _MOST_WRITTEN)
    return plain(figure, height=400, margin={"l": 60, "r": 24, "b": 50})


def reliability_diagram(reliability: Reliability, noun: str = "photo") -> go.Figure:
    """How often predictions of each confidence were right, beside how often they should be.

    `noun` is what was predicted.
    """
    figure = go.Figure(
        go.Bar(
            x=(reliability.edges[:-1] + reliability.edges[1:]) / 2,
            y=reliability.accuracy,
            width=np.diff(reliability.edges) * 0.94,
            marker={
                "color": GREEN,
                "opacity": 0.35 + 0.65 * reliability.count / max(reliability.count.max(), 1),
            },
            customdata=[
                (counted(count, noun), percent(sure), percent(right))
                for count, sure, right in zip(
                    reliability.count, reliability.confidence, reliability.accuracy, strict=True
                )
            ],
            hovertemplate=(
                "%{customdata[0]}, confidence %{customdata[1]}<br>"
                "accuracy %{customdata[2]}<extra></extra>"
            ),
            showlegend=False,
        )
    )
    _diagonal(figure)
    axes.shares(figure, "x", "confidence")
    axes.shares(figure, "y", "accuracy")
    return plain(figure, height=400, margin={"l": 60, "r": 24, "b": 50})


def _diagonal(figure: go.Figure) -> None:
    line = {"color": GREY, "dash": "dot", "width": 1.5}
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line=line, hoverinfo="skip", showlegend=False
    )
