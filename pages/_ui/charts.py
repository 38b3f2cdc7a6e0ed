"""Charts, all by Plotly and in the app's colours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

GREEN = "#2f7d4f"
GREY = "#8a948e"


def score_bars(labels: Sequence[str], scores: np.ndarray, *, highlight: str = "") -> go.Figure:
    """Probabilities as bars, the most probable on top."""
    colours = [GREEN if label == (highlight or labels[0]) else GREY for label in labels]
    figure = go.Figure(
        go.Bar(
            x=scores,
            y=list(labels),
            orientation="h",
            marker_color=colours,
            text=[f"{score:.1%}" for score in scores],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{x:.2%}<extra></extra>",
        )
    )
    figure.update_yaxes(autorange="reversed", ticklabelstandoff=6)
    figure.update_xaxes(range=[0, 1.12], visible=False)
    return _plain(figure, height=46 + 34 * len(labels))


def agreement_map(names: Sequence[str], shares: np.ndarray) -> go.Figure:
    """How often networks agree, as a square of colours."""
    figure = go.Figure(
        go.Heatmap(
            z=shares,
            x=list(names),
            y=list(names),
            zmin=0,
            zmax=1,
            colorscale=[[0, "#e9ece4"], [1, GREEN]],
            text=[[f"{share:.0%}" for share in row] for row in shares],
            texttemplate="%{text}",
            showscale=False,
            hovertemplate="%{x} and %{y}: same first answer on %{text}<extra></extra>",
        )
    )
    figure.update_yaxes(autorange="reversed")
    return _plain(figure, height=120 + 44 * len(names))


def cost_scatter(
    measured: Sequence[tuple[str, float, float, int]], unmeasured: Sequence[tuple[str, float, int]]
) -> go.Figure:
    """Published accuracy against measured latency; the area of a point is its parameters.

    Parameters
    ----------
    measured : title, latency p50 in ms, published top-1 in [0, 1], parameters.
    unmeasured : title, published top-1, parameters; drawn hollow beside the axis, since
        nothing is known of their latency here.
    """
    figure = go.Figure()
    if measured:
        titles, latencies, accuracies, parameters = zip(*measured, strict=True)
        figure.add_scatter(
            name="measured here",
            x=latencies,
            y=accuracies,
            mode="markers+text",
            text=titles,
            textposition="top center",
            marker={"size": _diameters(parameters), "color": GREEN, "opacity": 0.85},
            customdata=parameters,
            hovertemplate="%{text}<br>%{x:.1f} ms measured here<br>%{y:.1%} published"
            "<br>%{customdata:,} parameters<extra></extra>",
        )
    if unmeasured:
        titles, accuracies, parameters = zip(*unmeasured, strict=True)
        edge = max((row[1] for row in measured), default=10) * 3
        figure.add_scatter(
            name="not on this machine: latency unknown",
            x=[edge] * len(titles),
            y=accuracies,
            mode="markers",
            text=titles,
            marker={
                "size": _diameters(parameters),
                "symbol": "circle-open",
                "color": GREY,
                "line": {"width": 1.5},
            },
            customdata=parameters,
            hovertemplate="%{text}<br>not measured here<br>%{y:.1%} published"
            "<br>%{customdata:,} parameters<extra></extra>",
        )
        figure.add_vline(x=edge / 1.35, line={"dash": "dot", "color": GREY, "width": 1})
    figure.update_xaxes(type="log", title="latency of one photo, ms · measured on this machine")
    figure.update_yaxes(tickformat=".0%", title="ImageNet top-1 · published")
    figure.update_layout(legend={"orientation": "h", "y": 1.12, "x": 0})
    return _plain(figure, height=440, margin={"l": 60, "b": 50, "t": 40})


def _diameters(parameters: Sequence[int]) -> list[float]:
    return [6 + 3.2 * (count / 1e6) ** 0.5 for count in parameters]


def _plain(figure: go.Figure, *, height: int, margin: dict | None = None) -> go.Figure:
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8, **(margin or {})},
        dragmode=False,
    )
    return figure


CONFIG = {"displayModeBar": False}
"""For `st.plotly_chart`: no tool bar over small charts."""
