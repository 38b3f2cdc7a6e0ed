"""A frozen network with a new dense layer on top, as one compiled graph, without TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.engine.compiled import CompiledForm
from core.engine.conversion import write_photo_graph
from core.errors import InvalidInputError
from core.wording import counted
from core.zoo.spec import Head

_KERNEL_AXES = {"Convolution": (3, 2, 0, 1), "GroupConvolution": (2, 3, 0, 1)}  # of Keras's arrays


def write_with_dense_head(
    backbone: CompiledForm,
    kernel: np.ndarray,
    bias: np.ndarray,
    folder: Path,
    changes: Mapping[str, np.ndarray] | None = None,
    hidden: Sequence[np.ndarray] | None = None,
) -> None:
    """Write the compiled form of `softmax(mean(features) @ kernel + bias)` into `folder`; of a
    network without a feature map, its embedding is in the place of their mean.

    With a hidden layer `relu(mean(features) @ hidden[0] + hidden[1])` is in that place, and is the
    embedding of what is written.

    Parameters
    ----------
    backbone : a network for photos; what comes after its last feature map is left out.
    kernel : (D, classes) float32, D being the channels of that, or the width of the embedding; or
        the units of the hidden layer.
    bias : (classes,) float32
    folder : exists and is empty.
    changes : by the name of a convolution, float32 in the shape of its Keras kernel: what is added
        to that of the backbone, where such layers were fine-tuned.
    hidden : (D, units) and (units,) float32, kernel and bias of a hidden layer; None for none.

    Raises
    ------
    InvalidInputError
        If the first kernel has another height; if a layer that changes is no convolution of the
        network, or one of another shape.
    """
    import openvino as ov
    from openvino import opset13 as ops

    info = backbone.info
    width = (
        backbone.embedding_width if info.features is None else info.layer(info.features).channels
    )
    first = kernel if hidden is None else hidden[0]
    if width != len(first):
        raise InvalidInputError(
            f"Expected a network with features of {len(first):,} numbers. Received: {width:,}."
        )
    graph = backbone.read()
    for name, change in (changes or {}).items():
        _add_to_kernel(graph, name, change)
    layers = []
    if info.features is not None:
        names = info.layer_names
        kept = set(names[: names.index(info.features) + 1])
        layers = [output for output in graph.outputs if output.get_names() & kept]
    if info.head == "linear" or info.features is None:  # then its embedding is what is meant
        pooled = graph.output("embedding").node.input_value(0)
    else:
        features = graph.output(info.features).node.input_value(0)
        pooled = ops.reduce_mean(features, np.array([1, 2])).output(0)
    embedding = pooled if hidden is None else ops.relu(_dense(pooled, *hidden)).output(0)
    pooled.get_tensor().set_names(pooled.get_names() - {"embedding"})
    embedding.get_tensor().set_names(embedding.get_names() | {"embedding"})
    scores = ops.softmax(_dense(embedding, kernel, bias), 1).output(0)
    scores.get_tensor().set_names({"scores"})
    outputs = [*(layer.node.input_value(0) for layer in layers), embedding, scores]
    np.save(folder / "head.npy", np.asarray(kernel, np.float32))
    head: Head = "other" if info.features is None else "linear"
    if hidden is not None and info.features is not None:
        np.save(folder / "hidden.npy", np.asarray(hidden[0], np.float32))
        head = "hidden"
    write_photo_graph(
        ov.Model(outputs, graph.get_parameters(), "classifier"),
        folder,
        features=info.features,
        classes=len(bias),
        head=head,
        input_size=info.input_size,
    )


def _dense(x: Any, kernel: np.ndarray, bias: np.ndarray) -> Any:
    """A node (N, units): `x @ kernel + bias`."""
    from openvino import opset13 as ops

    product = ops.matmul(x, np.asarray(kernel, np.float32), False, False)
    return ops.add(product, np.asarray(bias, np.float32)[None])


def _add_to_kernel(graph: Any, layer: str, change: np.ndarray) -> None:
    """Add to the kernel of a convolution of an openvino.Model."""
    from openvino import opset13 as ops

    # every layer with a map is an output, so that nothing is fused into its convolution
    named = [output for output in graph.outputs if layer in output.get_names()]
    node = named[0].node.input_value(0).node if named else None
    while node is not None and node.get_type_name() == "Transpose":
        node = node.input_value(0).node
    kind = "" if node is None else node.get_type_name()
    if node is None or kind not in _KERNEL_AXES or change.ndim != 4:
        raise InvalidInputError(
            f"Expected a convolution of the network and a kernel. Received: {layer!r} and an array "
            f"of shape {change.shape}."
        )
    kernel = node.input_value(1).node.get_data()
    turned = change.transpose(_KERNEL_AXES[kind])
    if turned.size != kernel.size or turned.shape[0] != kernel.shape[0]:
        raise InvalidInputError(
            f"Expected a change of the kernel of {layer}, which has "
            f"{counted(kernel.size, 'weight')}. Received: an array of shape {change.shape}."
        )
    changed = kernel + turned.reshape(kernel.shape).astype(np.float32)
    node.input(1).replace_source_output(ops.constant(changed).output(0))
