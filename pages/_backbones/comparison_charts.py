"""Charts of networks side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from pages._ui import axes
from pages._ui.charts import GREEN, plain, write_in_cells
from pages._ui.numbers import percent


def agreement_map(names: Sequence[str], shares: np.ndarray) -> go.Figure:
    """How often networks agree, as a square of colours."""
    figure = go.Figure()
    labels = [axes.label(name) for name in names]
    figure.add_heatmap(
        z=shares,
        x=axes.categories(figure, "x", names),
        y=axes.categories(figure, "y", names),
        zmin=0,
        zmax=1,
        colorscale=[[0, "#f3f4ef"], [1, GREEN]],
        showscale=False,
        xgap=3,
        ygap=3,
        text=[
            [
                f"{one} and {other}: same top prediction on {percent(float(share), 0)}"
                for other, share in row
            ]
            for one, row in zip(labels, (zip(labels, r, strict=True) for r in shares), strict=True)
        ],
        hovertemplate="%{text}<extra></extra>",
    )
    texts = np.vectorize(lambda share: percent(float(share), 0), otypes=[object])(shares)
    write_in_cells(figure, texts, shares > 0.55, size_px=14)
    return plain(figure, height=60 + 64 * len(names))


def cost_scatter(points: Sequence[tuple[str, float, float, int]]) -> go.Figure:
    """Published accuracy against measured latency; the area of a point is its parameters.

    Parameters
    ----------
    points : title, latency p50 in ms, published top-1 in [0, 1], parameters.
    """
    titles, latencies, accuracies, parameters = (list(part) for part in zip(*points, strict=True))
    figure = go.Figure(
        go.Scatter(
            x=latencies,
            y=accuracies,
            mode="markers+text",
            text=[axes.label(title) for title in titles],
            textposition=["top center" if i % 2 else "bottom center" for i in _ranks(latencies)],
            marker={"size": _diameters(parameters), "color": GREEN, "opacity": 0.85},
            customdata=parameters,
            hovertext=[percent(accuracy) for accuracy in accuracies],
            hovertemplate="%{text}<br>%{x:.1f} ms measured here<br>%{hovertext} published"
            "<br>%{customdata:,} parameters<extra></extra>",
            cliponaxis=False,
        )
    )
    ends = [min(latencies) / 1.5, *latencies, max(latencies) * 1.5]  # room for the names
    axes.logarithmic(figure, "x", ends, "latency of one photo, ms · measured here")
    axes.shares(figure, "y", "ImageNet top-1 · published")
    return plain(figure, height=380, margin={"l": 60, "b": 50, "t": 20})


def _ranks(values: Sequence[float]) -> list[int]:
    """Of each, how many are less."""
    return np.argsort(np.argsort(values)).tolist()


def _diameters(parameters: Sequence[int]) -> list[float]:
    return [6 + 3.2 * (count / 1e6) ** 0.5 for count in parameters]
