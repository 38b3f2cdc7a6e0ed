"""Charts of trainings, by Plotly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import plotly.graph_objects as go

from core.vision.transfer import Epoch
from pages._ui.charts import COLOURS, colours, plain


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


def learning_curves(
    curves: Sequence[tuple[str, Sequence[tuple[int, float, float, float]]]],
    *,
    of: str = "photos of each class",
    each: str = "photos a class",
    tested: str = "test photos",
) -> go.Figure:
    """Test accuracy against how many examples were learned from, with intervals.

    Parameters
    ----------
    curves : title; number of examples, accuracy, lower and upper end of its interval.
    of, each, tested : what the examples are, on the axis and in hints, and what the test's are.
    """
    figure = go.Figure()
    for i, ((title, points), colour) in enumerate(zip(curves, colours(len(curves)), strict=True)):
        examples, accuracies, lows, highs = zip(*points, strict=True) if points else ((),) * 4
        figure.add_scatter(
            x=examples,
            y=accuracies,
            mode="lines+markers",
            name=title,
            line={
                "color": colour,
                "width": 2.5,
                "dash": "solid" if i < len(COLOURS) else "dash",  # the colours come again
            },
            error_y={
                "array": [high - a for high, a in zip(highs, accuracies, strict=True)],
                "arrayminus": [a - low for low, a in zip(lows, accuracies, strict=True)],
                "color": colour,
                "thickness": 1,
            },
            hovertemplate=f"{title}<br>%{{y:.1%}} with %{{x:,}} {each}<extra></extra>",
        )
    sizes = sorted({examples for _, points in curves for examples, *_ in points})
    texts = [f"{size:,}" for size in sizes]
    figure.update_xaxes(title=of, type="log", tickvals=sizes, ticktext=texts)
    figure.update_yaxes(title=f"accuracy on the {tested}", tickformat=".0%")
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
    legend = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
    figure.update_layout(showlegend=True, legend=legend)
    return plain(figure, height=height, margin={"l": 60, "r": 16, "b": 50, "t": 30})
