"""Charts of how good painted photos are."""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from pages._ui import axes
from pages._ui.charts import GREEN, GREY, plain
from pages._ui.numbers import percent


def top1_bars(shares: Mapping[str, float]) -> go.Figure:
    """How often a classifier is right, by the kind of photo; the painted one in green."""
    names = list(shares)
    figure = go.Figure()
    figure.add_bar(
        x=list(shares.values()),
        y=axes.categories(figure, "y", names),
        orientation="h",
        marker_color=[GREEN if name.startswith("Coloured") else GREY for name in names],
        text=[percent(share) for share in shares.values()],
        textposition="inside",
        insidetextanchor="end",
        textfont={"color": "white", "size": 14},
        hoverinfo="skip",
    )
    axes.shares(figure, "x", room=0.0, hidden=True)
    figure.update_layout(bargap=0.25)
    return plain(figure, height=44 * len(names) + 16)
