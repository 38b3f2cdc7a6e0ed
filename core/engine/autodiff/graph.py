"""A network's graph laid open: layers to build losses on, and their gradients at the photo."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from core import zoo
from core.engine.autodiff import reverse
from core.engine.compiled import CompiledForm, compiled_form
from core.engine.devices import machine, openvino_core
from core.errors import InvalidInputError, MemoryBudgetError
from core.settings import settings

_BYTES_PER_VALUE = {"f32": 4}
"""Bytes of memory for each value of the layers on the way; 2 in 16 bits, where VGG16 took 1.6."""
_WEIGHT_COPIES = 4  # as read, turned round for the way back, and both as the processor wants them


class Build(NamedTuple):
    """What is built on an open graph.

    Attributes
    ----------
    outputs : dict from names to nodes; `gradient` may be among them.
    inputs : further parameters of the graph, by name.
    """

    outputs: dict[str, Any]
    inputs: dict[str, Any]


class OpenGraph:
    """The graph of a network for photos of one size, to build on.

    Parameters
    ----------
    form : the network's compiled form.
    shape : (N, H, W), the photos.

    Attributes
    ----------
    photo : node (N, H, W, 3), float32, RGB of 0..255.

    Raises
    ------
    InvalidInputError
        If the network takes no photos of that size.
    """

    def __init__(self, form: CompiledForm, shape: tuple[int, int, int]) -> None:
        import openvino as ov

        self._graph = form.read()
        (photo,) = self._graph.get_parameters()
        photo.set_element_type(ov.Type.f32)
        try:
            self._graph.reshape([*shape, 3])
        except RuntimeError as err:
            raise InvalidInputError(
                f"Expected photos of {form.info.input_size} x {form.info.input_size} px, the only "
                f"size this network takes. Received: {shape[2]} x {shape[1]} px."
            ) from err
        self.photo = self._graph.get_parameters()[0]
        self._info = form.info

    def layer(self, name: str, *, before_relu: bool = False) -> Any:
        """What a layer responds with: node (N, channels, h, w).

        Parameters
        ----------
        before_relu : where the layer ends in a ReLU, take what goes into it, which has a slope
            where the layer is silent too.

        Raises
        ------
        UnknownNameError
            If there is no such layer with a spatial output.
        """
        node, channel_axis = self.activation(name)
        if channel_axis != 1:
            return _ops().transpose(node, np.array([0, 3, 1, 2]))
        if before_relu and node.get_type_name() in ("Relu", "Clamp"):
            return node.input_value(0).get_node()
        return reverse.single_output(node)

    def activation(self, name: str) -> tuple[Any, int]:
        """What a layer responds with, as what follows it takes it, and the axis of its channels.

        Raises
        ------
        UnknownNameError
            As `layer`.
        """
        node = self._graph.output(self._info.layer(name).name).node.input_value(0).get_node()
        if node.get_type_name() != "Transpose":
            return node, 3
        return node.input_value(0).get_node(), 1  # before it was turned to the order of Keras

    def logits(self) -> Any:
        """Scores of the classes before the softmax: node (N, classes).

        Raises
        ------
        InvalidInputError
            If the network has no classes, or no softmax.
        """
        node = None
        if self._info.classes:
            node = self._graph.output("scores").node.input_value(0).get_node()
            while node.get_type_name() in ("Reshape", "Squeeze"):
                node = node.input_value(0).get_node()
        if node is None or node.get_type_name() != "Softmax":
            raise InvalidInputError("Expected a network with classes. Received: one without.")
        source = node.input_value(0).get_node()
        shape = reverse.shape_of(source)
        return reverse.reshaped(source, [shape[0], math.prod(shape[1:])])

    def values_on_the_way(self, outputs: Sequence[Any]) -> int:
        """How many values the layers hold that the outputs are computed from."""
        visited: set[str] = set()
        stack, total = list(outputs), 0
        while stack:
            node = stack.pop()
            if node.get_name() in visited:
                continue
            visited.add(node.get_name())
            if node.get_type_name() in ("Convolution", "GroupConvolution", "MaxPool", "AvgPool"):
                total += math.prod(node.get_output_shape(0))
            stack += [node.input_value(i).get_node() for i in range(node.get_input_size())]
        return total


class Evaluator:
    """A compiled graph of named arrays in and out; one call at a time.

    Parameters
    ----------
    graph : where `build` was made.
    precision : `"f32"` or `"native"`.

    Attributes
    ----------
    precision : str, type the products are computed in, such as `bf16`.
    """

    def __init__(self, graph: OpenGraph, build: Build, precision: str) -> None:
        import openvino as ov

        inputs = {"photo": graph.photo, **build.inputs}
        model = ov.Model(
            [node.output(0) for node in build.outputs.values()], list(inputs.values()), "open"
        )
        options = {"PERFORMANCE_HINT": "LATENCY"}
        if precision == "f32":
            options["INFERENCE_PRECISION_HINT"] = "f32"
        compiled = openvino_core().compile_model(model, "CPU", options)
        self.precision = compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name()
        self._inputs, self._outputs = tuple(inputs), tuple(build.outputs)
        self._request = compiled.create_infer_request()
        self._lock = threading.Lock()

    def __call__(self, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """What comes out for the named `arrays`, float32; the photo's name is `photo`."""
        values = [np.ascontiguousarray(arrays[name], np.float32) for name in self._inputs]
        with self._lock:
            self._request.infer(values, share_inputs=True, share_outputs=True)
            return {
                name: self._request.get_output_tensor(i).data.astype(np.float32)
                for i, name in enumerate(self._outputs)
            }


def evaluator(
    network: str,
    shape: tuple[int, int, int] | None,
    build: Callable[[OpenGraph], Build],
    *,
    precision: str,
) -> Callable[[Callable[[int], None]], Evaluator]:
    """How the pool is to load what `build` makes on a network; see `core.engine.evaluator`.

    Raises
    ------
    UnknownNameError, InvalidInputError, WeightsUnavailableError
    """
    spec = zoo.image_network(network)

    def load(reserve: Callable[[int], None]) -> Evaluator:
        form = compiled_form(spec)
        side = form.info.input_size
        graph = OpenGraph(form, shape or (1, side, side))
        built = build(graph)
        values = graph.values_on_the_way(list(built.outputs.values()))
        weights = _WEIGHT_COPIES * form.info.weights_bytes
        computed_in = "f32" if precision == "f32" else machine().native
        values_bytes = _BYTES_PER_VALUE.get(computed_in, 2) * values
        if shape is not None and weights + values_bytes > settings().memory_budget:
            # optimising needs the way back as well, which holds at most as many values
            ways = 1 if "gradient" in built.outputs else 2
            raise _too_large(shape, weights, ways * values_bytes)
        reserve(weights + values_bytes)
        return Evaluator(graph, built, precision)

    return load


def _too_large(shape: tuple[int, int, int], weights: int, values: int) -> MemoryBudgetError:
    """What optimising a picture takes, and up to which size it fits; all in bytes."""
    room = settings().memory_budget - weights
    longest = max(shape[1:])
    fits = int(longest * math.sqrt(max(0, room) / values)) // 16 * 16
    needed = (weights + values) / 2**20
    what_fits = (
        f"At most {fits} px a side fit" if fits >= 64 else "Not even a small picture would fit"
    )
    return MemoryBudgetError(
        f"A picture of {shape[2]} x {shape[1]} px needs about {needed:,.0f} MiB to be optimised "
        f"with this network. {what_fits}; raise GRAFT_MEMORY_BUDGET_MIB or choose a smaller size."
    )


def _ops() -> Any:
    from openvino import opset13

    return opset13
