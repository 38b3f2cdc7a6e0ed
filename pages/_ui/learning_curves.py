"""Accuracy against how many examples were learned from."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from pages._ui import axes
from pages._ui.charts import COLOURS, colours, legend_above, plain
from pages._ui.numbers import percent


def learning_curves(
    curves: Sequence[tuple[str, Sequence[tuple[int, float, float, float]]]],
    *,
    of: str = "photos per class",
    each: str = "photos per class",
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
            name=axes.label(title),
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
            hovertext=[percent(accuracy) for accuracy in accuracies],
            hovertemplate=f"{axes.label(title)}<br>%{{hovertext}} with %{{x:,}} {each}"
            "<extra></extra>",
        )
    sizes = sorted({examples for _, points in curves for examples, *_ in points})
    axes.logarithmic(figure, "x", sizes, of, written=[(size, f"{size:,}") for size in sizes])
    axes.shares(figure, "y", f"accuracy on the {tested}")
    legend_above(figure)
    return plain(figure, height=400, margin={"l": 60, "r": 16, "b": 50, "t": 30})
