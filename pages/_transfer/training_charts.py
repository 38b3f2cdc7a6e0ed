"""Charts of trainings, by Plotly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import plotly.graph_objects as go

from core.vision.transfer import Epoch
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
            name=title,
            line={"color": colour, "width": 2.5},
            hovertemplate=f"{title}<br>%{{y:.3f}} after %{{x:.1f}} s<extra></extra>",
        )
    figure.update_xaxes(title="seconds · measured here", rangemode="tozero", showgrid=True)
    if measure == "accuracy":
        figure.update_yaxes(title="validation accuracy", tickformat=".0%")
    else:
        figure.update_yaxes(title="validation loss, nats", rangemode="tozero")
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
            mode="lines",
            name=name,
            line={"color": colour, "width": 2.5},
            hovertemplate=f"{name}<br>%{{y:.3f}} after %{{x}} epochs<extra></extra>",
        )
    figure.update_xaxes(title="epochs", range=[0, epochs])
    if measure == "accuracy":
        figure.update_yaxes(title="accuracy in the test", range=[0, 1.02], tickformat=".0%")
    else:
        figure.update_yaxes(title="loss in the test, nats", rangemode="tozero")
    return _with_legend(figure, 300)


def _with_legend(figure: go.Figure, height: int) -> go.Figure:
    legend_above(figure)
    return plain(figure, height=height, margin={"l": 60, "r": 16, "b": 50, "t": 30})
