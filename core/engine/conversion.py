"""From a pretrained network to its compiled form on disk. Runs in a process of its own.

The compiled form is an OpenVINO graph. That of a network for photos takes them as uint8 and has
an output for every layer with a spatial shape. Whoever opens a graph drops the outputs it does
not need before compiling, so that the unused ones cost nothing.
"""

from __future__ import annotations

import errno
import importlib
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from core import zoo
from core.engine.compiled import FormInfo, GraphInfo
from core.engine.layers import write_layers
from core.errors import InvalidInputError, WeightsUnavailableError
from core.zoo import sources
from core.zoo.keras_runtime import keras, tensorflow
from core.zoo.spec import (
    Head,
    ImageNetworkSpec,
    NetworkSpec,
    Preprocessing,
    SoundEncoderSpec,
    TextEncoderSpec,
)

_BYTES_PER_VALUE = 4


def convert(spec: NetworkSpec, folder: Path) -> None:
    """Write the compiled form of `spec` into `folder`.

    Raises
    ------
    WeightsUnavailableError
        If the weights are not on disk or are damaged.
    InvalidInputError
        If they are not a network that can be compiled.
    OSError
        If `folder` cannot be written.
    """
    weights = zoo.weights_path(spec)
    if isinstance(spec, TextEncoderSpec | SoundEncoderSpec) and spec.builder:
        model = _opened(spec, lambda: builder_of(spec)(spec, weights))
        path = folder / "model.xml"
        parameters = write_graph(function_of(model), path)
        info = GraphInfo(
            parameters=parameters, weights_bytes=path.with_suffix(".bin").stat().st_size
        )
        (folder / "info.json").write_text(json.dumps(info.as_json(), indent=1), "utf-8")
    elif not isinstance(spec, ImageNetworkSpec):
        raise InvalidInputError(f"Expected a network that can be compiled. Received: {spec.title}.")
    elif spec.builder:
        write_form(spec, _opened(spec, lambda: build(spec, weights)), folder)
    else:
        from core.engine.hub.images import read_module

        graph, signature = read_module(spec, weights)
        write_photo_graph(graph, folder, features=None, **signature)


def write_form(spec: ImageNetworkSpec, model: Any, folder: Path) -> None:
    """Write the compiled form of a Keras model into `folder`.

    Parameters
    ----------
    spec : what `model` is; its name, weights and licence do not matter.
    model : photos already preprocessed in, softmax or feature map out.
    """
    import openvino as ov

    if spec.head in ("linear", "hidden"):
        np.save(folder / "head.npy", _dense_kernel(model))
    if spec.head == "hidden":
        np.save(folder / "hidden.npy", model.get_layer(spec.embedding_layer).get_weights()[0])
    write_photo_graph(
        ov.convert_model(serving_function(spec, model)),
        folder,
        features=spec.feature_layers[-1],
        classes=spec.classes,
        head=spec.head,
        input_size=spec.input_size,
    )


def function_of(model: Any) -> Any:
    """A Keras model as a TensorFlow function of named arrays, with a free first axis."""
    tf = tensorflow()
    signature = [tf.TensorSpec(i.shape, i.dtype, name=i.name) for i in model.inputs]

    @tf.function(input_signature=signature)
    def serve(*arrays: Any) -> Any:
        return model(list(arrays), training=False)

    return serve


def write_graph(function: Any, path: Path) -> int:
    """Write a TensorFlow function as a graph for `core.engine.graph`, constants in float16.

    Parameters
    ----------
    function : with an input signature of named arrays; returns a dict of named arrays.
    path : ends in `.xml`; the constants go beside it, into `.bin`.

    Returns
    -------
    Number of its parameters.
    """
    import openvino as ov

    graph = ov.convert_model(function)
    for parameter in graph.get_parameters():
        # an input keeps its own name alone, not those of what is done to it first
        parameter.output(0).get_tensor().set_names({parameter.get_friendly_name()})
    names = set(function.get_concrete_function().structured_outputs)
    for output in graph.outputs:
        output.get_tensor().set_names(output.get_names() & names)
    _save(graph, path, compress_to_fp16=True)
    return sum(
        math.prod(node.get_output_shape(0))
        for node in graph.get_ordered_ops()
        if node.get_type_name() == "Constant" and node.get_element_type().is_real()
    )


def write_photo_graph(
    graph: Any, folder: Path, *, features: str | None, classes: int, head: Head, input_size: int
) -> None:
    """Write an openvino.Model of photos as the compiled form in `folder`; see `FormInfo`."""
    parameters, multiply_adds, activation_bytes = _cost(graph, input_size)
    _save(graph, folder / "model.xml", compress_to_fp16=False)
    form = FormInfo(
        input_size=input_size,
        classes=classes,
        head=head,
        features=features,
        layers=write_layers(graph, folder, input_size),
        parameters=parameters,
        multiply_adds=multiply_adds,
        weights_bytes=(folder / "model.bin").stat().st_size,
        activation_bytes=activation_bytes,
    )
    (folder / "info.json").write_text(json.dumps(form.as_json(), indent=1), "utf-8")


def _save(graph: Any, path: Path, *, compress_to_fp16: bool) -> None:
    import openvino as ov

    try:
        ov.save_model(graph, path, compress_to_fp16=compress_to_fp16)
    except RuntimeError as err:
        if "iostream" not in str(err):
            raise
        reason = "no space, or no right to write"  # the stream does not say which
        raise OSError(errno.EIO, reason) from err


def _opened(spec: ImageNetworkSpec | SoundEncoderSpec | TextEncoderSpec, read: Callable) -> Any:
    """What is built from weights; those that could not be checked before may be damaged."""
    try:
        return read()
    except (OSError, ValueError, KeyError) as err:
        if sources.is_checked(spec.weights):
            raise
        raise WeightsUnavailableError(
            f"Expected {sources.describe(spec.weights)} as its publisher gives it. Received: a "
            "file that cannot be read as such. It is damaged; remove the downloaded weights in the "
            f"Engine room, and fetch it again: graft fetch {spec.name}"
        ) from err


def build(spec: ImageNetworkSpec, weights: Path | None, *, from_pixels: bool = False) -> Any:
    """The Keras model of `spec`: softmax or feature map out.

    Parameters
    ----------
    weights : the file to load; None leaves the network untrained.
    from_pixels : the preprocessing is part of the model, which then takes RGB of 0..255;
        otherwise photos go in already preprocessed.
    """
    inputs = keras().Input((spec.input_size, spec.input_size, 3), name="photo")
    return build_on(
        spec, weights, preprocess(spec.preprocessing, inputs) if from_pixels else inputs
    )


def build_on(spec: ImageNetworkSpec, weights: Path | None, x: Any) -> Any:
    """As `build`, on a symbolic tensor (None, S, S, 3) of photos already preprocessed."""
    keras().utils.clear_session()  # automatic layer names start again, as in the table
    module, _, name = spec.builder.partition(":")
    if module == "keras.applications":
        network = getattr(keras().applications, name)
        return network(weights=weights and str(weights), input_tensor=x)
    return builder_of(spec)(spec, weights, x)


def builder_of(spec: ImageNetworkSpec | SoundEncoderSpec | TextEncoderSpec) -> Callable[..., Any]:
    """What builds the Keras model of a network that `keras.applications` does not have."""
    module, _, name = spec.builder.partition(":")
    return getattr(importlib.import_module(module), name)


def preprocess(steps: Preprocessing, pixels: Any, name: str = "preprocess") -> Any:
    """(None, S, S, 3) pixels, prepared for a network.

    By layers that Keras can save, and load in its safe mode.
    """
    x = keras().ops.flip(pixels, axis=-1) if steps.channels == "BGR" else pixels
    variance = [scale**2 for scale in steps.scale]
    return keras().layers.Normalization(mean=steps.mean, variance=variance, name=name)(x)


def serving_function(spec: ImageNetworkSpec, model: Any) -> Any:
    """`model` as a TensorFlow function from uint8 RGB photos to all its outputs by name.

    The names are `scores` (N, classes), `embedding` (N, D), and every layer with a spatial
    output (N, h, w, channels).
    """
    tf = tensorflow()
    outputs = {
        layer.name: layer.output
        for layer in model.layers[1:]
        if len(getattr(layer.output, "shape", ())) == 4
    }
    layers = keras().layers
    if spec.embedding_layer:
        embedding = model.get_layer(spec.embedding_layer).output
        outputs["embedding"] = layers.Flatten(name="embedding")(embedding)
    else:
        features = outputs[spec.feature_layers[-1]]
        outputs["embedding"] = layers.GlobalAveragePooling2D(name="embedding")(features)
    if spec.classes:
        outputs["scores"] = layers.Flatten(name="scores")(model.output)
    network = keras().Model(model.inputs[0], outputs)
    steps = spec.preprocessing
    shape = (None, spec.input_size, spec.input_size, 3)

    @tf.function(input_signature=[tf.TensorSpec(shape, tf.uint8, name="image")])
    def serve(image: Any) -> dict[str, Any]:
        x = tf.cast(image, tf.float32)
        if steps.channels == "BGR":
            x = tf.reverse(x, axis=[-1])
        return network((x - tf.constant(steps.mean)) / tf.constant(steps.scale), training=False)

    return serve


def _dense_kernel(model: Any) -> np.ndarray:
    """(D, classes) float32: what the classifier adds up the pooled features with."""
    head = [layer for layer in model.layers if layer.weights][-1]
    kernel = np.asarray(head.get_weights()[0], np.float32)
    return kernel.reshape(kernel.shape[-2:])  # a 1x1 convolution is a dense layer


def _cost(graph: Any, input_size: int) -> tuple[int, int, int]:
    """Parameters, multiply-adds and activation bytes of one photo, counted on the graph."""
    clone = graph.clone()
    clone.reshape([1, input_size, input_size, 3])
    parameters = multiply_adds = 0
    largest = [0, 0]
    for node in clone.get_ordered_ops():
        kind = node.get_type_name()
        if kind == "Constant":
            if node.get_element_type().is_real():
                parameters += math.prod(node.get_output_shape(0))
            continue
        if kind in ("Result", "Parameter") or not node.get_output_partial_shape(0).is_static:
            continue
        out = math.prod(node.get_output_shape(0))
        largest = sorted([*largest, out])[1:]
        if kind in ("Convolution", "GroupConvolution"):
            # a kernel of (out, in, h, w), or (groups, out, in, h, w): every output value sums
            # over in x h x w products
            multiply_adds += out * math.prod(node.input_value(1).get_shape()[-3:])
        elif kind == "MatMul":
            multiply_adds += out * node.input_value(0).get_shape()[-1]
    return parameters, multiply_adds, sum(largest) * _BYTES_PER_VALUE
