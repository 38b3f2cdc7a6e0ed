"""The four quadrants of a data set, as a chart."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import plotly.graph_objects as go

from core.vision.transfer.advice import LITTLE, Advice
from core.vision.transfer.advice_record import Quadrant, Rule, Trial
from pages._transfer import lanes
from pages._ui import axes
from pages._ui.charts import GREEN, GREY, legend_above, plain
from pages._ui.numbers import percent

_LEAST, _MOST = 2.0, 3000.0  # photos of a class
_LINE = 14  # letters of a strategy's name
_WORSE = "#D55E00"
QUADRANTS: dict[Quadrant, str] = {
    "few, similar": "Few photos, similar to ImageNet",
    "many, similar": "Many photos, similar to ImageNet",
    "few, different": "Few photos, different from ImageNet",
    "many, different": "Many photos, different from ImageNet",
}


def quadrants(rule: Rule, trials: Sequence[Trial], advice: Advice, name: str) -> go.Figure:
    """Trials as points by photos of each class and similarity, and where a data set is."""
    figure = go.Figure()
    sizes = [_LEAST, _MOST, advice.photos_per_class]
    _areas(figure, rule, advice.quadrant, max(sizes))
    held = [trial for trial in trials if trial.regret <= LITTLE]
    worse = [trial for trial in trials if trial.regret > LITTLE]
    for title, some, colour, symbol in (
        ("Recorded race, advice within 1 point of the best", held, GREY, "circle"),
        ("Recorded race, advice further from the best", worse, _WORSE, "x"),
    ):
        if some:
            _points(figure, title, some, colour, symbol)
    _names(figure, trials)
    figure.add_scatter(
        x=[advice.photos_per_class],
        y=[advice.similarity.value],
        mode="markers+text",
        name=axes.label(name),
        text=[axes.label(name)],
        textposition="top center",
        textfont={"size": 14, "color": GREEN},
        marker={"size": 16, "color": GREEN, "symbol": "diamond"},
        cliponaxis=False,
        hovertemplate=(
            f"{axes.label(name)}<br>%{{x:,.0f}} photos a class<br>"
            f"similarity {percent(advice.similarity.value, 0)}<extra></extra>"
        ),
    )
    axes.logarithmic(figure, "x", sizes, "photos of each class")
    axes.shares(figure, "y", "similarity to ImageNet")
    legend_above(figure)
    return plain(figure, height=430, margin={"l": 60, "r": 16, "b": 50, "t": 30})


def _areas(figure: go.Figure, rule: Rule, chosen: Quadrant, most: float) -> None:
    """The quadrant of the data set, shaded, and what each recommends."""
    ends = {"few": (_LEAST, rule.many_from), "many": (rule.many_from, most)}
    sides = {"different": (0.0, rule.similar_from), "similar": (rule.similar_from, 1.0)}
    for quadrant, strategy in rule.strategies.items():
        amount, likeness = quadrant.split(", ")
        (left, right), (low, high) = ends[amount], sides[likeness]
        figure.add_shape(
            type="rect", x0=left, x1=right, y0=low, y1=high, layer="below",
            line={"color": GREY, "width": 1},
            fillcolor="rgba(47, 125, 79, 0.12)" if quadrant == chosen else "rgba(0, 0, 0, 0)",
        )  # fmt: skip
        figure.add_scatter(
            x=[(left * right) ** 0.5],
            y=[low if likeness == "different" else high],
            mode="text",
            textposition="top center" if likeness == "different" else "bottom center",
            text=["<br>".join(textwrap.wrap(lanes.STRATEGY_TITLES[strategy], _LINE))],
            textfont={"size": 12},
            showlegend=False,
            hoverinfo="skip",
        )


def _names(figure: go.Figure, trials: Sequence[Trial]) -> None:
    """The name of each data set beside the point of its largest size."""
    largest: dict[str, Trial] = {}
    for trial in sorted(trials, key=lambda trial: trial.photos_per_class):
        largest[trial.data] = trial
    figure.add_scatter(
        x=[trial.photos_per_class for trial in largest.values()],
        y=[trial.similarity for trial in largest.values()],
        mode="markers+text",
        marker={"size": 14, "opacity": 0},  # which the text keeps clear of
        text=[axes.label(name) for name in largest],
        textposition="bottom center",
        textfont={"size": 11, "color": GREY},
        showlegend=False,
        hoverinfo="skip",
    )


def _points(
    figure: go.Figure, title: str, trials: Sequence[Trial], colour: str, symbol: str
) -> None:
    figure.add_scatter(
        x=[trial.photos_per_class for trial in trials],
        y=[trial.similarity for trial in trials],
        mode="markers",
        name=title,
        marker={"size": 8, "color": colour, "symbol": symbol},
        hovertext=[
            f"{axes.label(trial.data)}, {trial.photos_per_class:,} of each class<br>"
            f"best: {lanes.STRATEGY_TITLES[trial.best]} {percent(trial.accuracy[trial.best])}<br>"
            f"advised: {lanes.STRATEGY_TITLES[trial.advised]} "
            f"{percent(trial.accuracy[trial.advised])}"
            for trial in trials
        ],
        hovertemplate="%{hovertext}<extra></extra>",
    )
