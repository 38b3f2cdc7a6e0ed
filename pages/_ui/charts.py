"""Charts, all by Plotly and in the app's colours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

GREEN = "#2f7d4f"
GREY = "#8a948e"
# Okabe and Ito's colours for all kinds of colour vision, without black and yellow, which are lost
# on a dark and a light page, and with grey; https://jfly.uni-koeln.de/color/
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#999999")
_TICKS_MS = [1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500, 1000, 2000, 5000]


def colours(count: int) -> list[str]:
    """A colour for each of so many things; they come again after seven."""
    return [COLOURS[i % len(COLOURS)] for i in range(count)]


def score_bars(labels: Sequence[str], scores: np.ndarray, *, highlight: str = "") -> go.Figure:
    """Probabilities as bars, the most probable on top."""
    best = highlight or labels[0]
    figure = go.Figure(
        go.Bar(
            x=scores,
            y=list(labels),
            orientation="h",
            marker_color=[GREEN if label == best else GREY for label in labels],
            text=[f"{score:.1%}" for score in scores],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{x:.2%}<extra></extra>",
        )
    )
    figure.update_yaxes(autorange="reversed", ticklabelstandoff=6)
    figure.update_xaxes(range=[0, 1.12], visible=False)
    # room for a number behind a full bar, however narrow the chart
    return plain(figure, height=46 + 34 * len(labels), margin={"r": 28})


def labelled_bars(labels: Sequence[str], scores: np.ndarray) -> go.Figure:
    """A few shares as broad bars with their names inside, for small places; the best is green."""
    figure = go.Figure(
        go.Bar(
            x=scores,
            y=list(labels),
            orientation="h",
            marker_color=[GREEN if score == max(scores) else GREY for score in scores],
            text=[f"{label} {score:.1%}" for label, score in zip(labels, scores, strict=True)],
            textposition="inside",
            insidetextanchor="start",
            textfont={"color": "white", "size": 13},
            hoverinfo="skip",
        )
    )
    figure.update_yaxes(autorange="reversed", visible=False)
    figure.update_xaxes(range=[0, 1], visible=False)
    figure.update_layout(bargap=0.12)
    return plain(figure, height=112, margin={"l": 0, "r": 0, "t": 0, "b": 0})


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


def plain(figure: go.Figure, *, height: int, margin: dict | None = None) -> go.Figure:
    """The layout that charts have in common."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8, **(margin or {})},
        dragmode=False,
    )
    return figure


CONFIG = {"displayModeBar": False}
"""For `st.plotly_chart`: no tool bar over small charts."""
