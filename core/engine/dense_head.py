"""A frozen network with a new dense layer on top, as one compiled graph, without TensorFlow."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.engine.compiled import CompiledForm
from core.engine.conversion import write_photo_graph
from core.errors import InvalidInputError


def write_with_dense_head(
    backbone: CompiledForm, kernel: np.ndarray, bias: np.ndarray, folder: Path
) -> None:
    """Write the compiled form of `softmax(mean(features) @ kernel + bias)` into `folder`.

    Parameters
    ----------
    backbone : a network for photos with a feature map; what comes after that is left out.
    kernel : (D, classes) float32, D being the channels of the feature map.
    bias : (classes,) float32
    folder : exists and is empty.

    Raises
    ------
    InvalidInputError
        If the network has no feature map, or one of another number of channels.
    """
    import openvino as ov
    from openvino import opset13 as ops

    info = backbone.info
    if info.features is None or info.layer(info.features).channels != len(kernel):
        raise InvalidInputError(
            f"Expected a network with a feature map of {len(kernel):,} channels. "
            f"Received: {info.features!r}."
        )
    graph = backbone.read()
    names = info.layer_names
    kept = set(names[: names.index(info.features) + 1])
    layers = [output for output in graph.outputs if output.get_names() & kept]
    if info.head == "linear":  # its embedding is the mean of the feature map
        pooled = graph.output("embedding").node.input_value(0)
    else:
        features = graph.output(info.features).node.input_value(0)
        pooled = ops.reduce_mean(features, np.array([1, 2])).output(0)
        pooled.get_tensor().set_names({"embedding"})
    logits = ops.add(
        ops.matmul(pooled, np.asarray(kernel, np.float32), False, False),
        np.asarray(bias, np.float32)[None],
    )
    scores = ops.softmax(logits, 1).output(0)
    scores.get_tensor().set_names({"scores"})
    outputs = [*(layer.node.input_value(0) for layer in layers), pooled, scores]
    np.save(folder / "head.npy", np.asarray(kernel, np.float32))
    write_photo_graph(
        ov.Model(outputs, graph.get_parameters(), "classifier"),
        folder,
        features=info.features,
        classes=len(bias),
        head="linear",
        input_size=info.input_size,
    )
