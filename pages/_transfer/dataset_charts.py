"""What is in a data set of photos, in charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from core.wording import counted
from pages._ui import axes
from pages._ui.charts import GREEN, GREY, plain


def class_counts(counts: Mapping[str, int], colours: Sequence[str]) -> go.Figure:
    """Photos of each class as bars, in the order given."""
    few = len(counts) <= 12
    figure = go.Figure()
    figure.add_bar(
        x=list(counts.values()),
        y=axes.categories(figure, "y", list(counts)),
        orientation="h",
        marker_color=list(colours),
        text=[f"{count:,}" for count in counts.values()],
        textposition="outside",
        cliponaxis=False,
        hovertext=[
            f"{axes.label(name)}: {counted(count, 'photo')}" for name, count in counts.items()
        ],
        hovertemplate="%{hovertext}<extra></extra>",
    )
    axes.counts(figure, "x", counts.values(), room=0.15, hidden=True)
    return plain(figure, height=30 + (30 if few else 18) * len(counts))


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
            hovertext=[counted(count, "photo") for count in counts.tolist()],
            hovertemplate="%{x} x %{y} px: %{hovertext}<extra></extra>",
        )
    )
    sides = [*widths.tolist(), *heights.tolist()]
    most = 1.05 * max(sides, default=1)
    diagonal = {"type": "line", "x0": 0, "y0": 0, "x1": most, "y1": most}
    figure.add_shape(**diagonal, line={"color": GREY, "dash": "dot", "width": 1}, layer="below")
    axes.counts(figure, "x", sides, "width, px")
    axes.counts(figure, "y", sides, "height, px")
    return plain(figure, height=260, margin={"l": 60, "b": 50})
