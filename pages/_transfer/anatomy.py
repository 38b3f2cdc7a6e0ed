"""Any network layer by layer: shapes, parameters, what a layer sees, and what learns."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core import zoo
from core.vision.transfer import STRATEGIES, Strategy
from core.wording import counted
from core.zoo.anatomy import Anatomy, Layer, anatomy, networks
from core.zoo.spec import ImageNetworkSpec
from pages._transfer.lanes import STRATEGY_TITLES
from pages._ui import axes, charts, downloads, layout, widgets

_LEARNS, _FROZEN, _REPLACED, _NOTHING = "learns", "frozen", "replaced", ""
_COLOURS = {_LEARNS: charts.GREEN, _FROZEN: charts.GREY, _REPLACED: "#c3c8c4"}
_FEW = 100  # parameters more than are computed with that need no words
_COLUMNS = {
    "Layer": st.column_config.TextColumn(pinned=True),
    "Parameters": st.column_config.NumberColumn(format="localized"),
    "Receptive field, px": st.column_config.NumberColumn(
        help=(
            "Side of the square of the photo on which one place of the output depends. "
            "Empty where that is the whole photo."
        ),
        format="localized",
    ),
    "Learns": st.column_config.TextColumn(
        help="By the chosen strategy. Means and variances of batches never learn."
    ),
}


def room() -> None:
    """A network and a strategy at the left, the drawing and the table beside them."""
    controls, result = layout.two_parts()
    with controls:
        name = widgets.network_choice(networks(), key="anatomy_network")
        spec, seen = zoo.network(name), anatomy(name)
        strategy: Strategy = "fine_tune"
        if isinstance(spec, ImageNetworkSpec):
            strategy = widgets.choice(
                "Strategy",
                {name: title for name, title in STRATEGY_TITLES.items() if name != "scratch"},
                default=strategy,
                key="anatomy_strategy",
            )
            st.caption(STRATEGIES[strategy])
    with result:
        states = _states(seen, strategy) if isinstance(spec, ImageNetworkSpec) else None
        _totals(seen, spec, states)
        if isinstance(spec, ImageNetworkSpec) and states is not None:
            st.plotly_chart(
                _drawing(seen, states, spec.input_size),
                config=charts.CONFIG,
                alt=f"{spec.title}: size of the output of each layer with weights, and which learn",
            )
            st.caption("A bar for each layer with weights, in the order in which they compute.")
        table = _table(seen, states)
        st.dataframe(
            table, hide_index=True, column_config=_COLUMNS, alt=f"The layers of {spec.title}"
        )
        downloads.table("Layers (CSV)", table, f"{name}-layers.csv")


def _states(seen: Anatomy, strategy: str) -> list[str]:
    """What becomes of each layer when the network is the backbone of a new task."""
    learning = seen.learning(strategy)
    end = len(seen.layers) if seen.backbone is None else seen.backbone
    states = []
    for number, layer in enumerate(seen.layers):
        if number >= end:
            states.append(_REPLACED)
        elif not layer.parameters:
            states.append(_NOTHING)
        else:
            states.append(_LEARNS if layer.weights and number in learning else _FROZEN)
    return states


def _totals(seen: Anatomy, spec: zoo.NetworkSpec, states: list[str] | None) -> None:
    def total(state: str) -> int:
        named = zip(seen.layers, states or (), strict=True)
        return sum(
            layer.weights if state == _LEARNS else layer.parameters
            for layer, its_state in named
            if its_state == state
        )

    with st.grid(4, min_column_width=130):
        st.metric("Parameters", f"{seen.parameters:,}", border=True)
        st.metric("Layers", f"{len(seen.layers):,}", border=True)
        if states is not None:
            st.metric("Backbone learns", f"{total(_LEARNS):,}", border=True)
            st.metric(
                "Head, replaced",
                f"{total(_REPLACED):,}",
                border=True,
                help="One dense layer for your classes takes its place, and learns in any case.",
            )
    apart = (spec.parameters or seen.parameters) - seen.parameters
    if apart > _FEW:
        st.caption(
            f"The card counts {counted(apart, 'parameter')} more: the published file has parts "
            "that nothing here is computed with."
        )


def _drawing(seen: Anatomy, states: list[str], side: int) -> go.Figure:
    """A bar for each layer with weights, as high as its output; the head's are flat."""
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
    charts.legend_above(figure)
    axes.logarithmic(figure, "y", [1, side], "side of the output, px")
    axes.hidden(figure, "x")
    return charts.plain(figure, height=260)


def _is_normalisation(layer: Layer) -> bool:
    return layer.kind.endswith("Normalization")


def _side(layer: Layer) -> int:
    return int(layer.shape[0] or 0) if len(layer.shape) == 3 else 1


def _words(layer: Layer) -> str:
    return f"{layer.name}<br>{_shape(layer)}<br>{counted(layer.parameters, 'parameter')}"


def _shape(layer: Layer) -> str:
    return " x ".join("any" if axis is None else str(axis) for axis in layer.shape)


def _table(seen: Anatomy, states: list[str] | None) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "Layer": [layer.name for layer in seen.layers],
            "Kind": [layer.kind for layer in seen.layers],
            "Output": [_shape(layer) for layer in seen.layers],
            "Parameters": [layer.parameters for layer in seen.layers],
        }
    )
    if states is not None:
        fields = [layer.field for layer in seen.layers]
        table["Receptive field, px"] = pd.array(fields, dtype="Int64")
        table["Learns"] = states
    return table
