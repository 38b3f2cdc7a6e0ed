"""The room Layer by layer: a photo on its way through a network, from edges to parts."""

from __future__ import annotations

import numpy as np
import streamlit as st
from PIL import Image

from core import zoo
from pages._ui import cached_photos, errors, inputs, layout, optimising, pictures, widgets
from pages._ui.layer_names import layer_phrase, layer_title


def room() -> None:
    """The photo and the network; what its stages respond with beside them."""
    choice, result, _ = layout.three_parts()
    with choice, errors.shown():
        photo = inputs.photo_input(prefix="layers_")
        network = widgets.network_choice(
            [spec.name for spec in widgets.image_networks_on_disk()], key="layers_network"
        )
    with result, errors.shown():
        if photo is None:
            st.info("Choose a photo.", icon=":material/image:")
            return
        names = zoo.image_network(network).feature_layers
        if not names:
            st.info("The layers of this module have no names, so none can be chosen.")
            return
        st.caption("Edges and colours at the top, then textures, then parts of objects.")
        grids = []
        for name in names:
            activations = cached_photos.activations(photo.data, backbone=network, layer=name)
            height, width, channels = activations.values.shape
            grids.append(pictures.activation_grid(activations.values, columns=12, rows=2))
            st.image(
                grids[-1],
                width="stretch",
                caption=f"{layer_title(network, name)}: the strongest {min(24, channels)} of "
                f"{channels:,} filters, {height} x {width} places each",
                alt=f"Activations of the {layer_phrase(network, name)}",
            )
        about = {"photo": photo.name, "settings": {"network": network, "layers": list(names)}}
        optimising.run_downloads(_below(grids), about, "layers", [])


def _below(grids: list[np.ndarray]) -> np.ndarray:
    """Pictures below each other, as wide as the widest."""
    width = max(grid.shape[1] for grid in grids)
    return np.vstack(
        [
            np.asarray(
                Image.fromarray(grid).resize((width, round(grid.shape[0] * width / grid.shape[1])))
            )
            for grid in grids
        ]
    )
