"""Charts of networks side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from pages._ui.charts import GREEN, plain

_TICKS_MS = [1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500, 1000, 2000, 5000]


def agreement_map(names: Sequence[str], shares: np.ndarray) -> go.Figure:
    """How often networks agree, as a square of colours."""
    figure = go.Figure(
        go.Heatmap(
            z=shares,
            x=list(names),
            y=list(names),
            zmin=0,
            zmax=1,
            colorscale=[[0, "#f3f4ef"], [1, GREEN]],
            showscale=False,
            xgap=3,
            ygap=3,
            hovertemplate="%{x} and %{y}: same first answer on %{z:.0%}<extra></extra>",
        )
    )
    for (row, column), share in np.ndenumerate(shares):
        ink = "white" if share > 0.55 else "#1f2a24"
        text = {"text": f"{share:.0%}", "font": {"color": ink, "size": 14}, "showarrow": False}
        figure.add_annotation(x=names[column], y=names[row], **text)
    figure.update_yaxes(autorange="reversed")
    return plain(figure, height=60 + 64 * len(names))


def cost_scatter(points: Sequence[tuple[str, float, float, int]]) -> go.Figure:
    """Published accuracy against measured latency; the area of a point is its parameters.

    Parameters
    ----------
    points : title, latency p50 in ms, published top-1 in [0, 1], parameters.
    """
    titles, latencies, accuracies, parameters = zip(*points, strict=True)
    figure = go.Figure(
        go.Scatter(
            x=latencies,
            y=accuracies,
            mode="markers+text",
            text=titles,
            textposition="top center",
            marker={"size": _diameters(parameters), "color": GREEN, "opacity": 0.85},
            customdata=parameters,
            hovertemplate="%{text}<br>%{x:.1f} ms measured here<br>%{y:.1%} published"
            "<br>%{customdata:,} parameters<extra></extra>",
            cliponaxis=False,
        )
    )
    figure.update_xaxes(
        type="log",
        range=np.log10([min(latencies) / 1.5, max(latencies) * 1.5]),
        tickvals=_TICKS_MS,
        title="latency of one photo, ms · measured here",
    )
    low, high = min(accuracies), max(accuracies)
    figure.update_yaxes(
        tickformat=".0%", title="ImageNet top-1 · published", range=[low - 0.02, high + 0.02]
    )
    return plain(figure, height=380, margin={"l": 60, "b": 50, "t": 20})


def _diameters(parameters: Sequence[int]) -> list[float]:
    return [6 + 3.2 * (count / 1e6) ** 0.5 for count in parameters]
