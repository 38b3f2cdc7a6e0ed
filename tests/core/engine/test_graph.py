"""Compiled graphs with named arrays in and out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from core import engine
from core.engine.graph import Graph
from core.errors import InvalidInputError, UnknownNameError


@pytest.fixture(scope="module")
def doubling(tmp_path_factory):
    import openvino as ov
    from openvino import opset13 as ops

    x = ops.parameter([-1, 3], np.float32, name="x")
    twice = ops.multiply(x, np.float32(2))
    x.output(0).set_names({"x"})
    twice.output(0).set_names({"twice"})
    path = tmp_path_factory.mktemp("graph") / "doubling.xml"
    ov.save_model(ov.Model([twice], [x], "doubling"), path)
    return path


@pytest.mark.parametrize("hint", ["throughput", "latency"])
def test_what_comes_back_is_the_same_whatever_it_is_compiled_for(doubling, hint):
    graph = Graph("doubling", doubling, (), "f32", hint)
    rows = [np.full((1 + i % 3, 3), i, np.float32) for i in range(40)]
    with ThreadPoolExecutor(4) as pool:  # more threads than requests
        results = list(pool.map(lambda x: graph(x=x)[0], rows))
    for row, twice in zip(rows, results, strict=True):
        np.testing.assert_array_equal(twice, 2 * row)


def test_a_graph_refuses_other_arrays_and_unknown_outputs(doubling):
    with pytest.raises(InvalidInputError, match=r"Expected \['x'\]"):
        Graph("doubling", doubling, (), "f32")(y=np.zeros((1, 3), np.float32))
    with pytest.raises(UnknownNameError):
        Graph("doubling", doubling, ("thrice",), "f32")


def test_the_same_graph_for_throughput_and_for_latency_are_two_in_the_pool():
    from core.vision.captioning import CAPTIONER

    first, second, again = (
        engine.graph(CAPTIONER, part="sight", hint=hint)
        for hint in ("throughput", "latency", "throughput")
    )
    assert first is again
    assert first is not second
