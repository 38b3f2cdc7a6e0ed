"""Charts of documents and of the models that sort them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from core.text.documents import DocumentMap
from pages._ui import axes
from pages._ui.charts import colours, grouped_bars, plain


def document_map(
    drawn: DocumentMap,
    categories: Sequence[str],
    place: tuple[float, float],
    near: Sequence[int],
    *,
    dark: bool = False,
) -> go.Figure:
    """Documents as points in the colour of their category, and where a new text lies among them.

    Parameters
    ----------
    categories : what to call each label.
    place : of the new text.
    near : positions of the documents to ring.
    dark : whether it is drawn on a dark page.
    """
    ink, paper = ("#ffffff", "#141a17") if dark else ("#1f2a24", "#fbfbf8")
    figure = go.Figure()
    for label, (name, colour) in enumerate(zip(categories, colours(len(categories)), strict=True)):
        rows = np.flatnonzero(drawn.labels == label)
        figure.add_scattergl(
            x=drawn.places[rows, 0],
            y=drawn.places[rows, 1],
            mode="markers",
            marker={"color": colour, "size": 4, "opacity": 0.55},
            name=axes.label(name),
            text=[axes.label(drawn.descriptions[row], 80) for row in rows],
            hovertemplate=f"<b>{axes.label(name)}</b><br>%{{text}}<extra></extra>",
        )
    near = list(near)
    figure.add_scattergl(
        x=drawn.places[near, 0],
        y=drawn.places[near, 1],
        mode="markers",
        marker={"symbol": "circle-open", "color": ink, "size": 10, "line": {"width": 1.5}},
        name="nearest in meaning",
        hoverinfo="skip",
    )
    figure.add_scattergl(
        x=[place[0]],
        y=[place[1]],
        mode="markers",
        marker={
            "symbol": "diamond",
            "color": ink,
            "size": 18,
            "line": {"color": paper, "width": 2.5},
        },
        name="your text",
        hovertemplate="your text<extra></extra>",
    )
    axes.hidden(figure, "x")
    axes.hidden(figure, "y", scaleanchor="x", constrain="domain")
    legend = {"itemsizing": "constant", "orientation": "h", "x": 0, "y": 1.01, "yanchor": "bottom"}
    figure.update_layout(legend=legend, hovermode="closest")
    return plain(figure, height=480, margin={"t": 60})


def paired_bars(names: Sequence[str], shares: Mapping[str, Sequence[float]]) -> go.Figure:
    """Shares of some things by two models, side by side; the first is green."""
    figure = grouped_bars(names, shares, written="{:.2f}".format, hover="%{y:.3f}")
    figure.update_traces(textfont_size=10, textangle=0)  # beside each other in a narrow window
    figure.update_layout(bargap=0.25)
    return plain(figure, height=320, margin={"t": 40})
