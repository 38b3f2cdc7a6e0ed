"""Charts of what models make of texts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from core.wording import counted
from pages._ui import axes
from pages._ui.charts import GREEN, GREY, plain
from pages._ui.numbers import percent


def deletion_curves(by_saliency: np.ndarray, at_random: np.ndarray) -> go.Figure:
    """Probability of a verdict against deleted sentences, in both orders; between them the area.

    Parameters
    ----------
    by_saliency, at_random : (S + 1,) float in [0, 1]
    """
    deleted = list(range(len(by_saliency)))
    figure = go.Figure()
    for values, name, colour, dash in (
        (at_random, "in random order", GREY, "dash"),
        (by_saliency, "the most influential first", GREEN, "solid"),
    ):
        figure.add_scatter(
            x=deleted,
            y=values.tolist(),
            mode="lines+markers" if len(deleted) <= 30 else "lines",
            name=name,
            line={"color": colour, "width": 2.5, "dash": dash},
            fill="tonexty" if name.startswith("the") else None,
            fillcolor="rgba(47, 125, 79, 0.15)",
            hovertext=[
                f"{percent(value)} after {counted(place, 'sentence')}"
                for place, value in enumerate(values)
            ],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    line = {"color": GREY, "dash": "dot", "width": 1}
    figure.add_hline(0.5, line=line)
    axes.counts(figure, "x", deleted, "sentences deleted")
    axes.shares(figure, "y", "probability of the verdict")
    legend = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
    figure.update_layout(legend=legend)
    return plain(figure, height=320, margin={"l": 60, "b": 50, "t": 30})


def area_bars(names: Sequence[str], areas: Sequence[float], *, highlight: str) -> go.Figure:
    """Areas, above and below 0, each with its name above its bar."""
    figure = go.Figure()
    figure.add_bar(
        x=list(areas),
        y=axes.categories(figure, "y", names),
        orientation="h",
        marker_color=[GREEN if name == highlight else GREY for name in names],
        text=[f"{area:+.3f}" for area in areas],
        textposition="outside",
        cliponaxis=False,
        customdata=[axes.label(name) for name in names],
        hovertemplate="%{customdata}: %{x:+.4f}<extra></extra>",
    )
    axes.numbers(figure, "x", [0.01, *areas], room=0.3, hidden=True, zeroline=True)
    return plain(figure, height=40 + 40 * len(names))
