"""Charts of how good captions are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from pages._ui import axes
from pages._ui.charts import GREEN, grouped_bars, plain, write_in_cells


def bleu_bars(scores: Mapping[str, Sequence[float]]) -> go.Figure:
    """BLEU-1 to 4 of a few captioners side by side, the first in green."""
    orders = [f"BLEU-{i}" for i in range(1, 5)]
    figure = grouped_bars(orders, scores, written="{:.3g}".format, hover="%{y:.4g}")
    figure.update_layout(legend_y=1.08)
    return plain(figure, height=300, margin={"t": 60, "b": 30})


def score_map(beams: Sequence[str], penalties: Sequence[str], scores: np.ndarray) -> go.Figure:
    """Scores by width of the beam (rows) and length penalty (columns), the best framed by bold.

    Parameters
    ----------
    scores : (beams, penalties) float
    """
    figure = go.Figure()
    figure.add_heatmap(
        z=scores,
        x=axes.categories(figure, "x", penalties, "length penalty", side="top"),
        y=axes.categories(figure, "y", beams, "beam"),
        colorscale=[[0, "#f3f4ef"], [1, GREEN]],
        showscale=False,
        xgap=2,
        ygap=2,
        hovertemplate="beam %{y}, penalty %{x}: %{z:.4f}<extra></extra>",
    )
    low, high = (scores.min(), scores.max()) if scores.size else (0.0, 1.0)
    bold = np.where(scores == high, "<b>{:.3f}</b>", "{:.3f}")
    texts = np.vectorize(str.format, otypes=[object])(bold, scores)
    dark = (scores - low) > 0.55 * max(high - low, 1e-9)
    write_in_cells(figure, texts, dark, size_px=13)
    return plain(figure, height=90 + 30 * len(beams), margin={"t": 60, "l": 60})
