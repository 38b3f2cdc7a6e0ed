"""What is known of each layer of a network for photos: kept on disk beside its graph."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.engine.devices import openvino_core

LAYERS = "layers.json"


@dataclass(frozen=True, slots=True)
class LayerInfo:
    """A layer with a spatial output; `side` [places] is of its map at the network's input size."""

    name: str
    channels: int
    side: int


def write_layers(graph: Any, folder: Path, input_size: int) -> tuple[LayerInfo, ...]:
    """Learn the layers of a graph, in order of computation, and write them into its folder.

    Parameters
    ----------
    graph : openvino.Model of photos (N, S, S, 3); it is given the shape of one photo.
    """
    graph.reshape([1, input_size, input_size, 3])
    depths: dict[str, int] = {}
    for node in graph.get_ordered_ops():
        before = (node.input_value(i).get_node() for i in range(node.get_input_size()))
        depths[node.get_name()] = 1 + max((depths[n.get_name()] for n in before), default=0)
    placed = {}
    for output in graph.outputs:
        if output.get_names() & {"scores", "embedding"}:
            continue
        node = output.node.input_value(0).get_node()
        if node.get_type_name() == "Transpose":  # to the order of Keras, anywhere later
            node = node.input_value(0).get_node()
        _, side, _, channels = output.get_shape()
        for name in output.get_names():  # layers that do nothing here share the one before
            if ":" not in name:  # not TensorFlow's name of a tensor
                placed[LayerInfo(name, channels, side)] = depths[node.get_name()]
    layers = tuple(sorted(placed, key=lambda layer: (placed[layer], layer.name)))
    with contextlib.suppress(OSError):  # a cache that cannot be written: it is learned each time
        part = folder / f"{secrets.token_hex(8)}.part"  # for all, as the rest of the form
        with part.open("x", encoding="utf-8") as file:
            json.dump([asdict(layer) for layer in layers], file)
        os.replace(part, folder / LAYERS)
    return layers


def read_layers(folder: Path, input_size: int) -> tuple[LayerInfo, ...]:
    """The layers of the graph in a folder; the graph is opened only where nobody has yet."""
    path = folder / LAYERS
    if path.exists():
        return layers_of(path.read_bytes())
    return write_layers(openvino_core().read_model(folder / "model.xml"), folder, input_size)


def layers_of(data: bytes) -> tuple[LayerInfo, ...]:
    """What `write_layers` has written."""
    return tuple(LayerInfo(**layer) for layer in json.loads(data))
