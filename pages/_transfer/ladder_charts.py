"""Charts of the ladder, by Plotly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import plotly.graph_objects as go

from core.vision.transfer import Epoch
from pages._ui import axes
from pages._ui.charts import plain
from pages._ui.numbers import percent

_HEIGHT = 190
_FILL = 0.18  # opacity of the gap


def gap_curves(
    epochs: Sequence[Epoch], measure: Literal["accuracy", "loss"], colour: str, highest: float
) -> go.Figure:
    """Training and validation against epochs, with what lies between them shaded.

    Parameters
    ----------
    highest : the largest loss on the axis, the same for all that are compared.
    """
    numbers = [epoch.number for epoch in epochs]
    parts = {
        "training": [getattr(epoch, measure) for epoch in epochs],
        "validation": [getattr(epoch, f"validation_{measure}") for epoch in epochs],
    }
    figure = go.Figure()
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    for name, values in parts.items():
        written = [percent(v) if measure == "accuracy" else f"{v:.3f} nats" for v in values]
        figure.add_scatter(
            x=numbers,
            y=values,
            mode="lines" if len(numbers) > 2 else "lines+markers",
            name=name,
            line={"color": colour, "width": 2.5, "dash": "dot" if name == "training" else "solid"},
            fill=None if name == "training" else "tonexty",
            fillcolor=f"rgba({red}, {green}, {blue}, {_FILL})",
            customdata=written,
            hovertemplate=f"{name}: %{{customdata}} after epoch %{{x}}<extra></extra>",
        )
    axes.counts(figure, "x", numbers, room=0.02)
    if measure == "accuracy":
        axes.shares(figure, "y")
    else:
        axes.numbers(figure, "y", [highest])
    figure.update_layout(showlegend=False)
    return plain(figure, height=_HEIGHT, margin={"l": 44, "r": 8, "b": 28})
