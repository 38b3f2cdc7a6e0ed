"""A network drawn layer by layer: how large, and what of it learns."""

from __future__ import annotations

import plotly.graph_objects as go

from core.vision.transfer import Strategy
from core.wording import counted
from core.zoo.anatomy import Anatomy, Layer
from pages._ui import axes, charts

LEARNS, FROZEN, REPLACED, _NOTHING = "learns", "frozen", "replaced", ""
_COLOURS = {LEARNS: charts.GREEN, FROZEN: charts.GREY, REPLACED: "#c3c8c4"}


def states(seen: Anatomy, strategy: Strategy, depth: str | None = None) -> list[str]:
    """What becomes of each layer when the network is the backbone of a new task.

    Parameters
    ----------
    depth : as for `Anatomy.learning`.
    """
    learning = seen.learning(strategy, depth)
    end = len(seen.layers) if seen.backbone is None else seen.backbone
    become = []
    for number, layer in enumerate(seen.layers):
        if number >= end:
            become.append(REPLACED)
        elif not layer.parameters:
            become.append(_NOTHING)
        else:
            become.append(LEARNS if layer.weights and number in learning else FROZEN)
    return become


def drawing(seen: Anatomy, states: list[str], side: int, *, is_small: bool = False) -> go.Figure:
    """A bar for each layer with weights, as high as its output; the head's are flat.

    Parameters
    ----------
    states : what becomes of each layer.
    side : int [px], of the photo.
    is_small : whether it stands in a narrow column, where what the colours and heights mean is
        said in words.
    """
    figure = go.Figure()
    drawn = [
        (layer, state)
        for layer, state in zip(seen.layers, states, strict=True)
        if layer.weights and state and not _is_normalisation(layer)
    ]
    for state, colour in _COLOURS.items():
        part = [(place, layer) for place, (layer, its) in enumerate(drawn) if its == state]
        if part:
            figure.add_bar(
                x=[place for place, _ in part],
                y=[_side(layer) for _, layer in part],
                name=state,
                marker_color=colour,
                customdata=[_words(layer) for _, layer in part],
                hovertemplate="%{customdata}<extra></extra>",
            )
    figure.update_layout(bargap=0.15, barmode="overlay")
    axes.hidden(figure, "x")
    if is_small:
        figure.update_layout(showlegend=False)
        axes.logarithmic(figure, "y", [1, side], "")
        return charts.plain(figure, height=150)
    charts.legend_above(figure)
    axes.logarithmic(figure, "y", [1, side], "side of the output, px")
    return charts.plain(figure, height=260)


def _is_normalisation(layer: Layer) -> bool:
    return layer.kind.endswith("Normalization")


def _side(layer: Layer) -> int:
    return int(layer.shape[0] or 0) if len(layer.shape) == 3 else 1


def _words(layer: Layer) -> str:
    return f"{layer.name}<br>{shape_of(layer)}<br>{counted(layer.parameters, 'parameter')}"


def shape_of(layer: Layer) -> str:
    """The shape of a layer's output, in words."""
    return " x ".join("any" if axis is None else str(axis) for axis in layer.shape)
