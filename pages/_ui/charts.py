"""Charts, all by Plotly and in the app's colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

GREEN = "#2f7d4f"
GREY = "#8a948e"
# Okabe and Ito's colours for all kinds of colour vision, without black and yellow, which are lost
# on a dark and a light page, and with grey; https://jfly.uni-koeln.de/color/
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#999999")


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


def grouped_bars(
    names: Sequence[str], series: Mapping[str, Sequence[float]], *, written: str, hover: str
) -> go.Figure:
    """Values of some things by several ways, side by side; the first is green, others grey.

    Parameters
    ----------
    written : format of a value above its bar.
    hover : template of Plotly's, after the way's name.
    """
    figure = go.Figure()
    for (title, values), colour in zip(series.items(), (GREEN, GREY, "#c3c8c4"), strict=False):
        figure.add_bar(
            x=list(names),
            y=list(values),
            name=title,
            marker_color=colour,
            text=[format(value, written) for value in values],
            textposition="outside",
            cliponaxis=False,
            hovertemplate=f"{title}<br>{hover}<extra></extra>",
        )
    legend_above(figure)
    figure.update_layout(barmode="group")
    return figure


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


def plain(figure: go.Figure, *, height: int, margin: dict | None = None) -> go.Figure:
    """The layout that charts have in common."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8, **(margin or {})},
        dragmode=False,
    )
    return figure


def legend_above(figure: go.Figure) -> None:
    """Say what is what in a row above the chart, also where there is one curve only."""
    legend = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}
    figure.update_layout(showlegend=True, legend=legend)


CONFIG = {"displayModeBar": False}
"""For `st.plotly_chart`: no tool bar over small charts."""
