"""Charts, all by Plotly and in the app's colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import plotly.graph_objects as go

from core.metrics import Reliability, RocCurve

GREEN = "#2f7d4f"
GREY = "#8a948e"
_HITS_AND_MISSES = [
    [0, "rgba(217, 130, 43, 1)"],
    [0.499, "rgba(217, 130, 43, 0.08)"],
    [0.5, "rgba(138, 148, 142, 0.1)"],
    [0.501, "rgba(47, 125, 79, 0.08)"],
    [1, "rgba(47, 125, 79, 1)"],
]
_MOST_WRITTEN = 12  # classes whose numbers or names fit into a chart
_TICKS_MS = [1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500, 1000, 2000, 5000]


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
    return _plain(figure, height=60 + 64 * len(names))


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
    return _plain(figure, height=380, margin={"l": 60, "b": 50, "t": 20})


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
    names = [str(name) for name in classes]
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
        hovertemplate="%{customdata[2]} of %{customdata[0]}<br>taken for %{customdata[1]}"
        "<extra></extra>",
        showlegend=False,
    )
    if len(classes) <= _MOST_WRITTEN:
        for strong, ink in ((True, "white"), (False, "#e6ebe6" if dark else "#1f2a24")):
            there = np.argwhere((counts > 0) & ((depth > 0.6) == strong))
            figure.add_scatter(
                x=there[:, 1],
                y=there[:, 0],
                mode="text",
                text=[f"{count:,}" for count in counts[tuple(there.T)]],
                textfont={"size": 15, "color": ink},
                hoverinfo="skip",
                showlegend=False,
            )
    if chosen is not None:
        row, column = chosen
        frame = {"x0": column - 0.5, "x1": column + 0.5, "y0": row - 0.5, "y1": row + 0.5}
        figure.add_shape(**frame, line={"color": GREY, "width": 3}, fillcolor="rgba(0,0,0,0)")
    ticks = {"tickvals": list(range(len(classes))), "ticktext": names, "showgrid": False}
    edge = len(classes) - 0.5
    figure.update_xaxes(**ticks, title="taken for", range=[-0.5, edge], zeroline=False)
    figure.update_yaxes(**ticks, title="true class", range=[edge, -0.5], zeroline=False)
    figure.update_layout(hovermode="closest", hoverdistance=-1)  # all of a cell is its point
    return _plain(figure, height=120 + 56 * min(len(classes), 10), margin={"l": 60, "b": 60})


def roc_curves(
    classes: Sequence[str], curves: Sequence[RocCurve], colours: Sequence[str]
) -> go.Figure:
    """One curve for each class against the rest, and what guessing would give."""
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
            name=f"{name}, {curve.auc:.3f}",
            hovertemplate=f"{name}<br>%{{y:.1%}} found at %{{x:.1%}} false alarms<extra></extra>",
        )
    _diagonal(figure)
    figure.update_xaxes(title="false positive rate", range=[-0.01, 1.01], tickformat=".0%")
    figure.update_yaxes(title="true positive rate", range=[-0.01, 1.03], tickformat=".0%")
    legend = {"title": {"text": "Class, area"}, "x": 1, "xanchor": "right", "y": 0.03}
    figure.update_layout(legend=legend, showlegend=len(classes) <= _MOST_WRITTEN)
    return _plain(figure, height=400, margin={"l": 60, "r": 24, "b": 50})


def reliability_diagram(seen: Reliability) -> go.Figure:
    """How often predictions of each confidence were right, beside how often they should be."""
    figure = go.Figure(
        go.Bar(
            x=(seen.edges[:-1] + seen.edges[1:]) / 2,
            y=seen.accuracy,
            width=np.diff(seen.edges) * 0.94,
            marker={"color": GREEN, "opacity": 0.35 + 0.65 * seen.count / max(seen.count.max(), 1)},
            customdata=np.stack([seen.confidence, seen.count], axis=1),
            hovertemplate="%{customdata[1]} photos, sure to %{customdata[0]:.1%}<br>"
            "right in %{y:.1%}<extra></extra>",
            showlegend=False,
        )
    )
    _diagonal(figure)
    figure.update_xaxes(title="how sure it was", range=[0, 1.01], tickformat=".0%")
    figure.update_yaxes(title="how often it was right", range=[0, 1.03], tickformat=".0%")
    return _plain(figure, height=400, margin={"l": 60, "r": 24, "b": 50})


def _diagonal(figure: go.Figure) -> None:
    line = {"color": GREY, "dash": "dot", "width": 1.5}
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line=line, hoverinfo="skip", showlegend=False
    )


def class_counts(counts: Mapping[str, int], colours: Sequence[str]) -> go.Figure:
    """Photos of each class as bars, in the order given."""
    few = len(counts) <= 12
    figure = go.Figure(
        go.Bar(
            x=list(counts.values()),
            y=list(counts),
            orientation="h",
            marker_color=list(colours),
            text=[f"{count:,}" for count in counts.values()],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{x:,} photos<extra></extra>",
        )
    )
    figure.update_yaxes(type="category", autorange="reversed", ticklabelstandoff=6, dtick=1)
    figure.update_xaxes(range=[0, 1.15 * max(counts.values(), default=1)], visible=False)
    return _plain(figure, height=30 + (30 if few else 18) * len(counts))


def photo_sizes(widths: np.ndarray, heights: np.ndarray) -> go.Figure:
    """Width against height of photos; the area of a point is how many have that size."""
    sizes, counts = np.unique(np.stack([widths, heights]), axis=1, return_counts=True)
    figure = go.Figure(
        go.Scatter(
            x=sizes[0],
            y=sizes[1],
            mode="markers",
            marker={
                "size": np.clip(4 + 2 * np.sqrt(counts), 6, 40),
                "color": GREEN,
                "opacity": 0.5,
                "line": {"width": 0},
            },
            customdata=counts,
            hovertemplate="%{x} x %{y} px: %{customdata:,} photos<extra></extra>",
        )
    )
    most = 1.05 * max(widths.max(), heights.max())
    diagonal = {"type": "line", "x0": 0, "y0": 0, "x1": most, "y1": most}
    figure.add_shape(**diagonal, line={"color": GREY, "dash": "dot", "width": 1}, layer="below")
    figure.update_xaxes(title="width, px", range=[0, most])
    figure.update_yaxes(title="height, px", range=[0, most])
    return _plain(figure, height=260, margin={"l": 60, "b": 50})


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
    legend = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
    figure.update_layout(showlegend=True, legend=legend)
    return _plain(figure, height=300, margin={"l": 60, "r": 16, "b": 50, "t": 30})
