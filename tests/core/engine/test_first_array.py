"""The very first arrays that reach OpenVINO, from several threads at once."""

from __future__ import annotations

_FIRST = """
import os, sys, threading
import numpy as np
from core.engine.devices import openvino_core
import openvino as ov
from openvino import opset13 as ops

sys.setswitchinterval(1e-6)
source = ops.parameter([1, 4], ov.Type.f32, name="x")
graph = ov.Model([ops.relu(source).output(0)], [source], "graph")
compiled = openvino_core().compile_model(graph, "CPU")
requests = [compiled.create_infer_request() for _ in range(4)]
together = threading.Barrier(4, timeout=30)

def run(request):
    array = np.zeros((1, 4), np.float32)
    together.wait()
    request.infer({"x": array}, share_inputs=True)

threads = [threading.Thread(target=run, args=(one,), daemon=True) for one in requests]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(30)
    assert not thread.is_alive()
print("done")
"""


def test_the_first_arrays_may_come_from_several_threads(python):
    for _ in range(3):
        assert python(_FIRST).strip() == "done"
