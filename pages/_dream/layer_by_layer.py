"""The room Layer by layer: a photo on its way through a network, from edges to parts."""

from __future__ import annotations

import streamlit as st

from core import zoo
from pages._ui import cached, errors, inputs, pictures


def room() -> None:
    """The photo and the network at the left; what its stages respond with beside them."""
    controls, result = st.columns([1, 2.2], gap="large")
    with controls, errors.shown():
        photo = inputs.photo_input(prefix="layers_")
        network = st.selectbox(
            "Network",
            [spec.name for spec in inputs.image_networks_on_disk()],
            format_func=inputs.title_of,
            key="layers_network",
            bind="query-params",
        )
    with result, errors.shown():
        if photo is None:
            st.info("Choose a photo.", icon=":material/image:")
            return
        names = zoo.image_network(network).feature_layers
        if not names:
            st.info("The layers of this module have no names to choose from.")
        for name in names:
            seen = cached.activations(photo.data, network, name)
            height, width, channels = seen.values.shape
            st.image(
                pictures.activation_grid(seen.values, columns=12, rows=2),
                width="stretch",
                caption=f"{name}: the strongest {min(24, channels)} of {channels} filters, "
                f"{height} x {width} places each",
                alt=f"Activations of {name}",
            )
