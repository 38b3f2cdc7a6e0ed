"""Charts, all by Plotly and in the app's colours."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from pages._ui import axes
from pages._ui.numbers import percent

GREEN = "#2f7d4f"
GREY = "#8a948e"
# Okabe and Ito's colours for all kinds of colour vision, without black and yellow, which are lost
# on a dark and a light page, and with grey; https://jfly.uni-koeln.de/color/
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#999999")


def colours(count: int) -> list[str]:
    """A colour for each of so many things; they come again after seven."""
    return [COLOURS[i % len(COLOURS)] for i in range(count)]


def score_bars(
    labels: Sequence[str], scores: np.ndarray, *, highlight: str = "", room: float = 0.12
) -> go.Figure:
    """Probabilities as bars, in the order given; `room` is for the number behind a full bar."""
    best = list(labels).index(highlight) if highlight in labels else -1 if highlight else 0
    figure = go.Figure()
    figure.add_bar(
        x=scores,
        y=axes.categories(figure, "y", labels),
        orientation="h",
        marker_color=[GREEN if place == best else GREY for place in range(len(labels))],
        text=[percent(float(score)) for score in scores],
        textposition="outside",
        cliponaxis=False,
        customdata=[axes.label(label) for label in labels],
        hovertemplate="%{customdata}: %{text}<extra></extra>",
    )
    axes.shares(figure, "x", room=room, hidden=True)
    # room for a number behind a full bar, however narrow the chart
    return plain(figure, height=46 + 34 * len(labels), margin={"r": 28})


def write_in_cells(
    figure: go.Figure, texts: np.ndarray, is_dark: np.ndarray, *, size_px: int
) -> None:
    """Write (rows, columns) texts into the cells of a map, light where those are dark.

    All at once: Plotly's `add_annotation` copies those before it, which takes seconds for 144.
    """
    annotations = [
        {
            "x": column,  # by place: names of numbers would be read as numbers
            "y": row,
            "text": text,
            "font": {"color": "white" if is_dark[row, column] else "#1f2a24", "size": size_px},
            "showarrow": False,
        }
        for (row, column), text in np.ndenumerate(texts)
    ]
    figure.update_layout(annotations=annotations)


def grouped_bars(
    names: Sequence[str],
    series: Mapping[str, Sequence[float]],
    *,
    written: Callable[[float], str],
    hover: str,
) -> go.Figure:
    """Shares of some things by several ways, side by side; the first is green, others grey.

    Parameters
    ----------
    written : from a share to what stands above its bar.
    hover : template of Plotly's, after the names of the way and the thing.
    """
    figure = go.Figure()
    keys = axes.categories(figure, "x", names)
    for (title, values), colour in zip(series.items(), (GREEN, GREY, "#c3c8c4"), strict=False):
        figure.add_bar(
            x=keys,
            y=list(values),
            name=axes.label(title),
            marker_color=colour,
            text=[written(value) for value in values],
            textposition="outside",
            cliponaxis=False,
            customdata=[axes.label(name) for name in names],
            hovertemplate=f"{axes.label(title)}<br>%{{customdata}}: {hover}<extra></extra>",
        )
    axes.shares(figure, "y", room=0.1, hidden=True)
    legend_above(figure)
    figure.update_layout(barmode="group")
    return figure


def labelled_bars(labels: Sequence[str], scores: np.ndarray) -> go.Figure:
    """A few shares as broad bars with their names inside, for small places; the best is green."""
    figure = go.Figure()
    figure.add_bar(
        x=scores,
        y=axes.categories(figure, "y", labels, visible=False),
        orientation="h",
        marker_color=[GREEN if score == max(scores) else GREY for score in scores],
        text=[
            f"{axes.label(label)} {percent(float(score))}"
            for label, score in zip(labels, scores, strict=True)
        ],
        textposition="inside",
        insidetextanchor="start",
        textfont={"color": "white", "size": 13},
        hoverinfo="skip",
    )
    axes.shares(figure, "x", room=0.0, hidden=True)
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
