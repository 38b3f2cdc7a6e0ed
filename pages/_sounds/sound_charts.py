"""Charts of sounds and of the classifiers that hear them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from core.wording import counted
from pages._ui import axes
from pages._ui.charts import GREEN, GREY, colours, grouped_bars, plain
from pages._ui.numbers import percent

_QUIET = "rgba(138, 148, 142, 0.12)"


def scores_over_time(
    times: np.ndarray, duration: float, names: Sequence[str], scores: np.ndarray
) -> go.Figure:
    """What was heard when: a row for each class, the more probable, the greener.

    Parameters
    ----------
    times : (W,) float, where windows begin in seconds.
    duration : of each window in seconds.
    names : of C classes, from the top.
    scores : (W, C) float in 0..1.
    """
    middles = np.asarray(times) + duration / 2
    end = float(times[-1]) + duration
    figure = go.Figure()
    figure.add_heatmap(
        x=[float(times[0]), *((middles[1:] + middles[:-1]) / 2).tolist(), end],
        y=axes.categories(figure, "y", names),
        z=scores.T,
        zmin=0,
        zmax=1,
        colorscale=[[0, _QUIET], [1, GREEN]],
        showscale=False,
        ygap=2,
        customdata=[[percent(score) for score in of_class] for of_class in scores.T.tolist()],
        hovertemplate="%{y} %{customdata}<br>around %{x:.1f} s<extra></extra>",
    )
    axes.numbers(figure, "x", [float(times[0]), end], "seconds", room=0.0, showgrid=False)
    return plain(figure, height=70 + 28 * len(names), margin={"b": 45})


def waveform(
    times: np.ndarray, low: np.ndarray, high: np.ndarray, beats: Sequence[float]
) -> go.Figure:
    """The outline of a sound, with dotted lines at its beats.

    Parameters
    ----------
    times : (n,) float [seconds]
    low, high : (n,) float, lowest and highest sample around each.
    beats : [seconds]
    """
    figure = go.Figure()
    line = {"color": GREEN, "width": 0.5}
    figure.add_scatter(x=times, y=low, mode="lines", line=line, hoverinfo="skip")
    figure.add_scatter(
        x=times,
        y=high,
        mode="lines",
        line=line,
        fill="tonexty",
        fillcolor=GREEN,
        hovertemplate="up to %{y:.2f} at %{x:.2f} s<extra></extra>",
    )
    stroke = {"color": GREY, "dash": "dot", "width": 1}
    upright = {"type": "line", "xref": "x", "yref": "y domain", "y0": 0, "y1": 1, "line": stroke}
    # at once: `add_vline` copies those before it, which takes seconds for a minute of music
    figure.update_layout(shapes=[{**upright, "x0": beat, "x1": beat} for beat in map(float, beats)])
    axes.numbers(figure, "x", times, "seconds", room=0.0, showgrid=False)
    axes.numbers(figure, "y", [*low, *high], "sample", zeroline=False)
    figure.update_layout(showlegend=False)
    return plain(figure, height=240, margin={"l": 50, "b": 45})


def split_bars(names: Sequence[str], parts: Mapping[str, Sequence[float]]) -> go.Figure:
    """Accuracies by several ways of splitting, side by side; the first is green, others grey."""
    figure = grouped_bars(names, parts, written=percent, hover="%{text}")
    figure.update_traces(textangle=0)
    figure.update_layout(bargap=0.22)
    return plain(figure, height=330, margin={"t": 40})


def clip_curves(curves: Mapping[str, Sequence[tuple[int | None, float]]], most: int) -> go.Figure:
    """Accuracy against clips of each class that were learned from.

    Parameters
    ----------
    curves : by title, clips and accuracy; None clips stand for all.
    most : how many all are, about.
    """
    figure = go.Figure()
    for (title, points), colour in zip(curves.items(), colours(len(curves)), strict=True):
        figure.add_scatter(
            x=[most if clips is None else clips for clips, _ in points],
            y=[accuracy for _, accuracy in points],
            customdata=[
                "all clips" if clips is None else counted(clips, "clip") for clips, _ in points
            ],
            hovertext=[percent(accuracy) for _, accuracy in points],
            mode="lines+markers",
            name=axes.label(title),
            line={"color": colour, "width": 2.5},
            hovertemplate=f"{axes.label(title)}<br>%{{hovertext}} after %{{customdata}} of "
            "each class<extra></extra>",
        )
    counts = sorted({most if c is None else c for points in curves.values() for c, _ in points})
    written = [(count, f"{count:,}" if count < most else "all") for count in counts]
    axes.logarithmic(figure, "x", counts, "clips per class", written=written)
    axes.shares(figure, "y", "accuracy by fold")
    legend = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}
    figure.update_layout(legend=legend)
    return plain(figure, height=340, margin={"l": 60, "b": 50, "t": 40})
