"""A compiled graph with named arrays in and out: what networks that see no photos run as."""

from __future__ import annotations

import queue
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from core.engine.devices import machine, openvino_core
from core.errors import InvalidInputError, UnknownNameError

# The Universal Sentence Encoder, 72 MB of constants, made the process grow by some 300 MB.
_COPIES = 4
_WORKSPACE_BYTES = 16 << 20

Hint = Literal["throughput", "latency"]
THROUGHPUT: Hint = "throughput"


class Graph:
    """A pooled network, on the CPU. Nothing about it changes.

    For throughput a call runs on one core, and as many threads as there are cores may call at
    once: many small pieces of work on a core each are done sooner than one after another on all of
    them. For latency a call runs on all cores, and others wait for it.

    Parameters
    ----------
    name : str
    path : the graph's `.xml`, as `core.engine.conversion.write_graph` makes it.
    outputs : names of what calls return; none stands for all, in alphabetical order.
    precision : `"f32"` or `"native"`.
    hint : `"throughput"` or `"latency"`.

    Attributes
    ----------
    name : str
    inputs, outputs : tuple of str
    precision : str
        Type the products are computed in, such as `"f32"` or `"bf16"`.
    bytes : int
        What it takes in memory, about.

    Raises
    ------
    UnknownNameError
        If the graph has no such output.
    """

    def __init__(
        self, name: str, path: Path, outputs: Sequence[str], precision: str, hint: Hint = THROUGHPUT
    ) -> None:
        import openvino as ov

        whole = openvino_core().read_model(path)
        names = sorted(o.any_name for o in whole.outputs)
        for output in outputs:
            if output not in names:
                raise UnknownNameError.among("output", output, names)
        self.name = name
        self.outputs = tuple(outputs or names)
        graph = ov.Model([whole.output(o) for o in self.outputs], whole.get_parameters(), name)
        cores = machine().cores
        streams = cores if hint == THROUGHPUT else 1
        options: dict[str, int | str] = {"NUM_STREAMS": streams, "INFERENCE_NUM_THREADS": cores}
        if precision == "f32":
            options["INFERENCE_PRECISION_HINT"] = "f32"
        compiled = openvino_core().compile_model(graph, "CPU", options)
        self.inputs = tuple(i.any_name for i in compiled.inputs)
        self.precision = compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name()
        self.bytes = graph_cost(path)
        self._idle: queue.SimpleQueue = queue.SimpleQueue()
        for _ in range(streams):
            self._idle.put(compiled.create_infer_request())

    def __call__(self, **arrays: np.ndarray) -> tuple[np.ndarray, ...]:
        """Run it on the named `arrays`; the results, in the order of `outputs`.

        Raises
        ------
        InvalidInputError
            If an array is missing or one too many.
        """
        if set(arrays) != set(self.inputs):
            raise InvalidInputError(f"Expected {sorted(self.inputs)}. Received: {sorted(arrays)}.")
        request = self._idle.get()
        try:
            request.infer(arrays, share_inputs=True, share_outputs=True)
            return tuple(
                request.get_output_tensor(i).data.astype(np.float32)
                for i in range(len(self.outputs))
            )
        finally:
            self._idle.put(request)


def write_extract(path: Path, output: str, to: Path) -> None:
    """Write the part of the graph at `path` that one output needs, to another `.xml`."""
    import openvino as ov

    whole = openvino_core().read_model(path)
    names = sorted(o.any_name for o in whole.outputs)
    if output not in names:
        raise UnknownNameError.among("output", output, names)
    part = ov.Model([whole.output(output)], whole.get_parameters(), whole.get_friendly_name())
    ov.save_model(part, to, compress_to_fp16=True)


def graph_cost(path: Path) -> int:
    """Bytes that a graph takes, about: constants as stored and as laid out, and room to work."""
    return _COPIES * path.with_suffix(".bin").stat().st_size + _WORKSPACE_BYTES
