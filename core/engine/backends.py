"""The two ways to run a network forward: OpenVINO on the CPU, TensorFlow on a GPU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from core.engine.compiled import CompiledForm
from core.engine.devices import openvino_core
from core.zoo.spec import ImageNetworkSpec


class Backend(Protocol):
    """Runs one batch at a time; the caller sees to that.

    `precision` is the type products are computed in, such as `f32` or `bf16`.
    """

    precision: str

    def infer(self, images: np.ndarray, outputs: Sequence[str]) -> list[np.ndarray]:
        """Outputs of (N, S, S, 3) uint8 `images`; the next call may overwrite them."""


class OpenVINOBackend:
    """The compiled form on the CPU, cut down to the outputs that are wanted."""

    def __init__(self, form: CompiledForm, outputs: Sequence[str], precision: str) -> None:
        import openvino as ov

        whole = form.read()
        graph = ov.Model([whole.output(name) for name in outputs], whole.get_parameters(), "cut")
        options = {"PERFORMANCE_HINT": "LATENCY"}
        if precision == "f32":
            options["INFERENCE_PRECISION_HINT"] = "f32"
        compiled = openvino_core().compile_model(graph, "CPU", options)
        self.precision = compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name()
        self._request = compiled.create_infer_request()
        self._position = {name: position for position, name in enumerate(outputs)}

    def infer(self, images: np.ndarray, outputs: Sequence[str]) -> list[np.ndarray]:
        self._request.infer({0: images}, share_inputs=True, share_outputs=True)
        return [self._request.get_output_tensor(self._position[name]).data for name in outputs]


class TensorFlowBackend:
    """The Keras model as one TensorFlow function, on a GPU if TensorFlow finds one."""

    precision = "f32"

    def __init__(self, spec: ImageNetworkSpec, outputs: Sequence[str]) -> None:
        from core.engine import conversion
        from core.zoo import weights_path
        from core.zoo.keras_runtime import tensorflow

        serve = conversion.serving_function(spec, conversion.build(spec, weights_path(spec)))
        tf = tensorflow()

        @tf.function(input_signature=serve.input_signature)
        def cut(image: Any) -> list[Any]:
            results = serve(image)
            return [results[name] for name in outputs]

        self._function = cut
        self._position = {name: position for position, name in enumerate(outputs)}

    def infer(self, images: np.ndarray, outputs: Sequence[str]) -> list[np.ndarray]:
        results = self._function(images)
        return [results[self._position[name]].numpy() for name in outputs]
