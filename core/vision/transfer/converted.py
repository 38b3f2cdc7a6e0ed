"""A trained classifier as LiteRT or ONNX, made of its Keras file; each is a ZIP file as well.

Labels, card and modules of this project lie in that ZIP file, so that a script finds them in the
file itself, and Python imports from it. To a LiteRT file it is appended, as TensorFlow Lite's own
metadata is (https://ai.google.dev/edge/litert/models/metadata). An ONNX file is a message of
Protocol Buffers, whose readers skip fields that they do not know
(https://protobuf.dev/programming-guides/proto3/#unknowns): there it is such a field, at the end.
"""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from core.vision.transfer.classifiers import embedding_layer
from core.zoo.keras_runtime import keras, tensorflow, with_constants

_OPSET = 17  # of ONNX 1.12, of 2022: what is not quite new reads it
_FIELD = 4_000  # of no message of ONNX, whose fields end at 26
_BYTES = 2  # the wire type of a field with its length in front


def write_converted(model: Any, path: Path) -> None:
    """Write a Keras classifier of RGB photos, as its suffix says: `.tflite` or `.onnx`.

    Its outputs are `scores` (N, classes) and `embedding` (N, D).

    A LiteRT network takes one photo, (1, S, S, 3) float32, since a free first axis keeps phones
    from running it on anything but their processor; an ONNX network takes any number.
    """
    embedding = model.get_layer(embedding_layer(model)).output
    outputs = {"scores": model.output, "embedding": embedding}
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        part = Path(scratch) / path.name
        _WRITERS[path.suffix](keras().Model(model.input, outputs), part)
        os.replace(part, path)


@contextlib.contextmanager
def zip_at_end(path: Path) -> Iterator[zipfile.ZipFile]:
    """A ZIP file to write into, which a file that `write_converted` wrote then ends in."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        yield archive
    content = buffer.getvalue()
    head = _varint(_FIELD << 3 | _BYTES) + _varint(len(content)) if path.suffix == ".onnx" else b""
    with path.open("ab") as file:
        file.write(head + content)


def _varint(number: int) -> bytes:
    """A number as Protocol Buffers writes it: seven bits a byte, the lowest first."""
    *more, last = (number >> shift & 0x7F for shift in range(0, max(1, number.bit_length()), 7))
    return bytes([*(part | 0x80 for part in more), last])


def _write_litert(model: Any, path: Path) -> None:
    photo = tensorflow().TensorSpec((1, *model.input_shape[1:]), "float32", name="photo")
    model.export(path, format="litert", input_signature=[photo], verbose=False)


def _write_onnx(model: Any, path: Path) -> None:
    """As Keras's own export, but of a graph in which all constants are.

    With that, what preprocessing subtracts and divides by would be inputs of the network.
    """
    import tf2onnx

    tf = tensorflow()
    photos = tf.TensorSpec(model.input_shape, "float32", name="photos")
    function = tf.function(lambda photos: model(photos, training=False), input_signature=[photos])
    frozen = with_constants(function.get_concrete_function())
    (inputs,) = frozen.inputs
    names = dict(zip((each.name for each in frozen.outputs), sorted(model.output), strict=True))
    network, _ = tf2onnx.convert.from_graph_def(
        frozen.graph.as_graph_def(),
        input_names=[inputs.name],
        output_names=sorted(names, key=lambda tensor: names[tensor] != "scores"),  # these first
        tensors_to_rename={inputs.name: "photos", **names},
        opset=_OPSET,
    )
    _raise_factors(network.graph)
    for array in (*network.graph.input, *network.graph.output):
        array.type.tensor_type.shape.dim[0].dim_param = "N"
    path.write_bytes(network.SerializeToString())


def _raise_factors(graph: Any) -> None:
    """See to it that maps are resized to whole sizes.

    tf2onnx writes by which factor, and runtimes round down: 9/7 of 7 are less than 9 in float32.
    """
    import onnx

    resized = {node.input[2] for node in graph.node if node.op_type == "Resize"}
    for constant in graph.initializer:
        if constant.name in resized:
            factors = onnx.numpy_helper.to_array(constant)
            larger = np.where(factors == 1, factors, np.nextafter(factors, np.float32(np.inf)))
            constant.CopyFrom(onnx.numpy_helper.from_array(larger, constant.name))


_WRITERS: dict[str, Callable[[Any, Path], None]] = {
    ".tflite": _write_litert,
    ".onnx": _write_onnx,
}
