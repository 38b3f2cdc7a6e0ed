"""What pages call the layers of a network: what they respond to first, their own name beside."""

from __future__ import annotations

from functools import cache

from core import zoo
from core.optvis import filters

_STAGES = (
    "First layer: edges and colours",
    "Early layer: corners and fine textures",
    "Middle layer: textures and patterns",
    "Late layer: parts of objects",
    "Last layer: objects as a whole",
)


@cache
def layer_title(network: str, layer: str) -> str:
    """Such as "Middle layer: textures and patterns (block4a_expand_activation)".

    Raises
    ------
    InvalidInputError
        If the network's layers have no names.
    """
    stages = zoo.image_network(network).feature_layers
    order = filters.layers(network)
    if layer not in order or len(stages) != len(_STAGES):
        return layer
    reached = sum(order.index(stage) < order.index(layer) for stage in stages)
    return f"{_STAGES[min(reached, len(_STAGES) - 1)]} ({layer})"


def layer_phrase(network: str, layer: str) -> str:
    """The `layer_title` inside a sentence.

    Raises
    ------
    As `layer_title`.
    """
    title = layer_title(network, layer)
    return title if title == layer else title[0].lower() + title[1:]
