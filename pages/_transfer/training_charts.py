"""Charts of trainings, by Plotly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import plotly.graph_objects as go

from core.vision.transfer import Epoch
from pages._ui import axes
from pages._ui.charts import colours, legend_above, plain


def race_curves(
    lanes: Sequence[tuple[str, Sequence[Epoch]]], measure: Literal["accuracy", "loss"]
) -> go.Figure:
    """Validation accuracy or loss against seconds, a curve for each training.

    Parameters
    ----------
    lanes : title and rounds of each.
    """
    figure = go.Figure()
    for (title, epochs), colour in zip(lanes, colours(len(lanes)), strict=True):
        values = [getattr(epoch, f"validation_{measure}") for epoch in epochs]
        figure.add_scatter(
            x=[epoch.seconds for epoch in epochs],
            y=values,
            mode="lines+markers" if len(epochs) < 20 else "lines",
            name=axes.label(title),
            line={"color": colour, "width": 2.5},
            hovertemplate=f"{axes.label(title)}<br>%{{y:.3f}} after %{{x:.1f}} s<extra></extra>",
        )
    seconds = [epoch.seconds for _, epochs in lanes for epoch in epochs]
    axes.numbers(figure, "x", seconds, "seconds · measured here", showgrid=True)
    if measure == "accuracy":
        axes.shares(figure, "y", "validation accuracy")
    else:
        losses = [epoch.validation_loss for _, epochs in lanes for epoch in epochs]
        axes.numbers(figure, "y", losses, "validation loss, nats")
    return _with_legend(figure, 400)


def epoch_curves(
    curves: Mapping[str, tuple[Sequence[tuple[int, float]], str]],
    measure: Literal["accuracy", "loss"],
    epochs: int,
) -> go.Figure:
    """Test accuracy or loss against epochs; axes that stay while the curves grow.

    Parameters
    ----------
    curves : by name, (epoch, value) of the points, and a colour.
    """
    figure = go.Figure()
    for name, (points, colour) in curves.items():
        figure.add_scatter(
            x=[epoch for epoch, _ in points],
            y=[value for _, value in points],
            mode="lines" if len(points) > 2 else "lines+markers",
            name=axes.label(name),
            line={"color": colour, "width": 2.5},
            hovertemplate=f"{axes.label(name)}<br>%{{y:.3f}} after %{{x}} epochs<extra></extra>",
        )
    axes.counts(figure, "x", [epochs], "epochs", room=0.0)
    if measure == "accuracy":
        axes.shares(figure, "y", "test accuracy")
    else:
        losses = [value for points, _ in curves.values() for _, value in points]
        axes.numbers(figure, "y", losses, "test loss, nats")
    return _with_legend(figure, 300)


def _with_legend(figure: go.Figure, height: int) -> go.Figure:
    legend_above(figure)
    return plain(figure, height=height, margin={"l": 60, "r": 16, "b": 50, "t": 30})
