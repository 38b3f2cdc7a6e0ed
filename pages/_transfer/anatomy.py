"""Any network layer by layer: shapes, parameters, what a layer sees, and what learns."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core import zoo
from core.vision.transfer import STRATEGIES, Strategy
from core.wording import counted
from core.zoo.anatomy import Anatomy, anatomy, networks
from core.zoo.spec import ImageNetworkSpec
from pages._transfer import network_drawing
from pages._transfer.lanes import STRATEGY_TITLES, takes_backbone
from pages._ui import charts, downloads, layout, widgets

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
                {name: title for name, title in STRATEGY_TITLES.items() if takes_backbone(name)},
                default=strategy,
                key="anatomy_strategy",
            )
            st.caption(STRATEGIES[strategy])
    with result:
        states = (
            network_drawing.states(seen, strategy) if isinstance(spec, ImageNetworkSpec) else None
        )
        _totals(seen, spec, states)
        if isinstance(spec, ImageNetworkSpec) and states is not None:
            st.plotly_chart(
                network_drawing.drawing(seen, states, spec.input_size),
                config=charts.CONFIG,
                alt=f"{spec.title}: size of the output of each layer with weights, and which learn",
            )
            st.caption("A bar for each layer with weights, in the order in which they compute.")
        table = _table(seen, states)
        st.dataframe(
            table, hide_index=True, column_config=_COLUMNS, alt=f"The layers of {spec.title}"
        )
        downloads.table("Layers (CSV)", table, f"{name}-layers.csv")


def _totals(seen: Anatomy, spec: zoo.NetworkSpec, states: list[str] | None) -> None:
    def total(state: str) -> int:
        named = zip(seen.layers, states or (), strict=True)
        return sum(
            layer.weights if state == network_drawing.LEARNS else layer.parameters
            for layer, its_state in named
            if its_state == state
        )

    with st.grid(4, min_column_width=130):
        st.metric("Parameters", f"{seen.parameters:,}", border=True)
        st.metric("Layers", f"{len(seen.layers):,}", border=True)
        if states is not None:
            st.metric("Backbone learns", f"{total(network_drawing.LEARNS):,}", border=True)
            st.metric(
                "Head, replaced",
                f"{total(network_drawing.REPLACED):,}",
                border=True,
                help="One dense layer for your classes takes its place, and learns in any case.",
            )
    apart = (spec.parameters or seen.parameters) - seen.parameters
    if apart > _FEW:
        st.caption(
            f"The card counts {counted(apart, 'parameter')} more: the published file has parts "
            "that nothing here is computed with."
        )


def _table(seen: Anatomy, states: list[str] | None) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "Layer": [layer.name for layer in seen.layers],
            "Kind": [layer.kind for layer in seen.layers],
            "Output": [network_drawing.shape_of(layer) for layer in seen.layers],
            "Parameters": [layer.parameters for layer in seen.layers],
        }
    )
    if states is not None:
        fields = [layer.field for layer in seen.layers]
        table["Receptive field, px"] = pd.array(fields, dtype="Int64")
        table["Learns"] = states
    return table
