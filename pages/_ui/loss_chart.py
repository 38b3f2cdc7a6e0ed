"""What an optimisation has gained so far, as curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from pages._ui.charts import colours, plain


def loss_curves(history: Sequence[Mapping[str, float]], *, title: str = "loss") -> go.Figure:
    """A curve for each number but `iteration`, on a logarithmic axis."""
    names = [name for name in history[-1] if name != "iteration"] if history else []
    figure = go.Figure()
    for name, colour in zip(names, colours(len(names)), strict=True):
        figure.add_scatter(
            x=[row["iteration"] for row in history if row.get(name, 0) > 0],
            y=[row[name] for row in history if row.get(name, 0) > 0],
            mode="lines",
            name=name,
            line={"color": colour, "width": 2.5},
            hovertemplate=f"{name}: %{{y:.3g}} after %{{x}} steps<extra></extra>",
        )
    figure.update_xaxes(title="steps", rangemode="tozero", showgrid=True)
    figure.update_yaxes(title=title, type="log", dtick="D2", exponentformat="power")
    above = len(names) > 1
    legend = {"orientation": "h", "y": 1, "yanchor": "bottom"}
    figure.update_layout(showlegend=above, legend=legend)
    # two rows of names in a narrow window
    return plain(figure, height=290, margin={"t": 48} if above else None)
