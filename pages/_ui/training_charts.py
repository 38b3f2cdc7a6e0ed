"""Charts of trainings, by Plotly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import plotly.graph_objects as go

from core.vision.transfer import Epoch
from pages._ui.charts import GREY

# Okabe and Ito (2008): colours that people tell apart however they see colours
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#8a948e")
_MARGIN = {"l": 64, "r": 12, "t": 12, "b": 50}


def race_curves(
    lanes: Sequence[tuple[str, Sequence[Epoch]]], measure: Literal["accuracy", "loss"]
) -> go.Figure:
    """Validation accuracy or loss against seconds, a curve for each training.

    Parameters
    ----------
    lanes : title and rounds of each.
    """
    figure = go.Figure()
    for (title, epochs), colour in zip(lanes, _colours(len(lanes)), strict=True):
        values = [getattr(epoch, f"validation_{measure}") for epoch in epochs]
        figure.add_scatter(
            x=[epoch.seconds for epoch in epochs],
            y=values,
            mode="lines+markers" if len(epochs) < 20 else "lines",
            name=title,
            line={"color": colour, "width": 2.5},
            hovertemplate=f"{title}<br>%{{y:.3f}} after %{{x:.1f}} s<extra></extra>",
        )
    figure.update_xaxes(title="seconds · measured here", rangemode="tozero", showgrid=True)
    if measure == "accuracy":
        figure.update_yaxes(title="validation accuracy", tickformat=".0%")
    else:
        figure.update_yaxes(title="validation loss, nats", rangemode="tozero")
    return _framed(figure, 400)


def learning_curves(curves: Sequence[tuple[str, Sequence[tuple[int, float, float, float]]]]):
    """Test accuracy against photos of each class, with intervals.

    Parameters
    ----------
    curves : title; photos of each class, accuracy, lower and upper end of its interval.
    """
    figure = go.Figure()
    for (title, points), colour in zip(curves, _colours(len(curves)), strict=True):
        photos, accuracies, lows, highs = zip(*points, strict=True) if points else ((),) * 4
        figure.add_scatter(
            x=photos,
            y=accuracies,
            mode="lines+markers",
            name=title,
            line={"color": colour, "width": 2.5},
            error_y={
                "array": [high - a for high, a in zip(highs, accuracies, strict=True)],
                "arrayminus": [a - low for low, a in zip(lows, accuracies, strict=True)],
                "color": colour,
                "thickness": 1,
            },
            hovertemplate=f"{title}<br>%{{y:.1%}} with %{{x}} photos a class<extra></extra>",
        )
    sizes = sorted({photos for _, points in curves for photos, *_ in points})
    figure.update_xaxes(title="photos of each class", type="log", tickvals=sizes)
    figure.update_yaxes(title="accuracy on the test photos", tickformat=".0%")
    return _framed(figure, 400)


def _colours(count: int) -> list[str]:
    return [COLOURS[i % len(COLOURS)] for i in range(count)]


def _framed(figure: go.Figure, height: int) -> go.Figure:
    figure.update_xaxes(linecolor=GREY)
    figure.update_layout(
        height=height,
        margin=_MARGIN,
        dragmode=False,
        showlegend=True,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return figure
