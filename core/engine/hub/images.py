"""TF-Hub image modules: a SavedModel folder read straight into an OpenVINO graph."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from core.errors import InvalidInputError
from core.zoo.spec import ImageNetworkSpec

_CLASSIFIER_WIDTHS = (1000, 1001)  # ImageNet-1k, without and with a background class


def read_module(spec: ImageNetworkSpec, folder: Path) -> tuple[Any, dict[str, Any]]:
    """The graph of a TF-Hub module from uint8 RGB photos, and what its signature says.

    Parameters
    ----------
    spec : as `core.zoo.network` makes it of a handle.
    folder : a SavedModel.

    Returns
    -------
    graph : openvino.Model
        With the output `scores` (N, 1000) if the module is an ImageNet classifier, and
        `embedding` (N, D) always.
    info : dict, the fields of `FormInfo` that the signature decides.

    Raises
    ------
    InvalidInputError
        If it is not a SavedModel of one image input and a (N, D) output.
    """
    import openvino as ov

    if not (folder / "saved_model.pb").exists():
        raise InvalidInputError(
            f"Expected a SavedModel folder, with a file saved_model.pb. Received: {spec.name}"
        )
    try:
        graph = ov.convert_model(folder)
    except Exception as err:
        raise InvalidInputError(
            f"{spec.name} is no SavedModel that OpenVINO can convert; choose another."
        ) from err
    if len(graph.inputs) != 1 or not _takes_photos(graph.input()):
        raise InvalidInputError(
            "Expected a module with one input of photos (N, height, width, 3) as float32. "
            f"Received: {[f'{i.partial_shape} {i.element_type}' for i in graph.inputs]}."
        )
    side = graph.input().partial_shape[1]
    size = side.get_length() if side.is_static else spec.input_size
    graph.reshape([-1, size, size, 3])
    flat = [o for o in graph.outputs if _width(o) is not None]
    if not flat:
        raise InvalidInputError(
            "Expected a module with an output (N, D). "
            f"Received: {[str(o.partial_shape) for o in graph.outputs]}."
        )
    output = min(flat, key=lambda o: _width(o) not in _CLASSIFIER_WIDTHS)
    return _with_preprocessing(graph, output, spec), {
        "classes": 1000 if _width(output) in _CLASSIFIER_WIDTHS else 0,
        "head": "other" if _width(output) in _CLASSIFIER_WIDTHS else "none",
        "input_size": size,
    }


def _takes_photos(source: Any) -> bool:
    shape = source.partial_shape
    if source.element_type.get_type_name() != "f32" or shape.rank.is_dynamic:
        return False
    return shape.rank.get_length() == 4 and (shape[3].is_dynamic or shape[3] == 3)


def _width(output: Any) -> int | None:
    """D of an output (N, D) or (N, 1, 1, D), None of any other."""
    shape = output.partial_shape
    if shape.rank.is_dynamic or shape.rank.get_length() < 2 or shape[-1].is_dynamic:
        return None
    inner = [shape[axis] for axis in range(1, shape.rank.get_length() - 1)]
    return shape[-1].get_length() if all(d.is_static and d == 1 for d in inner) else None


def _with_preprocessing(graph: Any, output: Any, spec: ImageNetworkSpec) -> Any:
    import openvino as ov
    from openvino import opset13 as ops
    from openvino.preprocess import PrePostProcessor

    width = _width(output)
    vector = ops.reshape(output.node.input_value(0), np.array([-1, width]), special_zero=False)
    vector.output(0).set_names({"embedding"})
    results = [vector]
    if width in _CLASSIFIER_WIDTHS:
        scores = ops.slice(vector, [width - 1000], [width], [1], [1])
        if not _are_probabilities(graph, output):
            scores = ops.softmax(scores, 1)
        scores = ops.divide(scores, ops.reduce_sum(scores, [1], keep_dims=True))
        scores.output(0).set_names({"scores"})
        results.append(scores)
    network = ov.Model([r.output(0) for r in results], graph.get_parameters(), spec.name)
    steps = PrePostProcessor(network)
    steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    steps.input().preprocess().convert_element_type(ov.Type.f32)
    steps.input().preprocess().mean(list(spec.preprocessing.mean))
    steps.input().preprocess().scale(list(spec.preprocessing.scale))
    return steps.build()


def _are_probabilities(graph: Any, output: Any) -> bool:
    """Whether the classifier ends in a softmax: tried on noise, since no signature says."""
    import openvino as ov

    size = graph.input().partial_shape[1].get_length()
    noise = np.random.default_rng(0).random((1, size, size, 3), np.float32)
    request = ov.compile_model(graph, "CPU").create_infer_request()
    request.infer({0: noise})
    index = [o.get_index() for o in graph.outputs].index(output.get_index())
    values = request.get_output_tensor(index).data
    return bool(values.min() >= 0 and abs(values.sum() - 1) < 1e-2)
