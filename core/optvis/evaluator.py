"""From an objective and a network to a function of photos: values, and the gradient.

Both are one compiled graph (`core.engine.autodiff.reverse`), so that an evaluation costs what three
forward passes cost, and TensorFlow is not needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from core import engine
from core.engine import Build, Evaluator, OpenGraph
from core.engine.autodiff.reverse import gradient
from core.optvis.objectives import Objective, PixelTerm, Term

Part = Callable[[OpenGraph], Any]
"""From an open graph to one of its nodes, or to one that is built on it."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """An objective's value and gradient at some photos.

    Attributes
    ----------
    value : float, the weighted sum.
    terms : dict of float, by name: what each kind of term adds to it.
    gradient : (N, H, W, 3) float32
    """

    value: float
    terms: dict[str, float]
    gradient: np.ndarray


class ObjectiveEvaluator:
    """An objective on a network, for photos of one size.

    Parameters
    ----------
    network : a name of the zoo.
    shape : (N, H, W)

    Raises
    ------
    MemoryBudgetError
        If that size would not fit, with the largest that does.
    InvalidInputError
        If the network has no gradient path.
    UnknownNameError, WeightsUnavailableError
    """

    def __init__(
        self,
        objective: Objective,
        network: str,
        shape: tuple[int, int, int],
        *,
        precision: str | None = None,
    ) -> None:
        self._in_graph = [(w, t) for w, t in objective.terms if isinstance(t, Term)]
        self._of_pixels = [(w, t) for w, t in objective.terms if isinstance(t, PixelTerm)]
        terms = [term for _, term in self._in_graph]
        self._shape = shape
        self._arrays = {
            _name(i, name): array
            for i, term in enumerate(terms)
            for name, array in term.arrays.items()
        }
        self._graph: Evaluator | None = None
        label = "gradient of " + "; ".join(t.key + _shapes(t) for t in terms)
        if terms:
            self._graph = engine.evaluator(
                network, shape, _builder(terms), label=label, precision=precision
            )

    def __call__(self, photos: np.ndarray) -> Evaluation:
        """Evaluate (N, H, W, 3) float32 RGB photos of 0..255."""
        sums: dict[str, float] = {}
        total: np.ndarray = np.zeros((*self._shape, 3), np.float32)
        if self._graph is not None:
            weights = np.array([weight for weight, _ in self._in_graph], np.float32)
            outputs = self._graph({"photo": photos, "weights": weights, **self._arrays})
            total = outputs["gradient"]
            for (weight, term), value in zip(self._in_graph, outputs["values"], strict=True):
                sums[term.name] = sums.get(term.name, 0.0) + weight * float(value)
        for weight, pixel_term in self._of_pixels:
            if weight:
                value, part = pixel_term.value_and_gradient(photos)
                sums[pixel_term.name] = sums.get(pixel_term.name, 0.0) + weight * value
                total = total + np.float32(weight) * part
        return Evaluation(sum(sums.values()), sums, total)


def forward(
    network: str,
    photos: np.ndarray,
    parts: Mapping[str, Part],
    *,
    label: str,
    precision: str | None = None,
) -> dict[str, np.ndarray]:
    """Parts of a network for (N, H, W, 3) photos, computed as `ObjectiveEvaluator` computes them.

    Raises
    ------
    As `ObjectiveEvaluator`.
    """

    def build(graph: OpenGraph) -> Build:
        return Build({name: part(graph) for name, part in parts.items()}, {})

    batch, height, width = photos.shape[:3]
    shape = (batch, height, width)
    run = engine.evaluator(network, shape, build, label=label, precision=precision)
    return run({"photo": photos})


def feature_maps(network: str, photos: np.ndarray, layers: Iterable[str]) -> dict[str, np.ndarray]:
    """(N, channels, h, w) of each layer; see `forward`."""
    parts = {name: layer_part(name) for name in layers}
    return forward(network, photos, parts, label=f"layers {', '.join(parts)}")


def layer_part(name: str) -> Part:
    """A layer's output."""
    return partial(OpenGraph.layer, name=name)


def _builder(terms: Sequence[Term]) -> Callable[[OpenGraph], Build]:
    def build(graph: OpenGraph) -> Build:
        import openvino as ov
        from openvino import opset13 as ops

        inputs = {"weights": ops.parameter([len(terms)], ov.Type.f32, name="weights")}
        values = []
        for i, term in enumerate(terms):
            arrays = {
                name: ops.parameter(array.shape, ov.Type.f32, name=_name(i, name))
                for name, array in term.arrays.items()
            }
            inputs |= {_name(i, name): node for name, node in arrays.items()}
            value = term.build(graph, arrays)
            values.append(ops.reshape(value, np.array([1]), special_zero=False))
        joined = ops.concat(values, 0)
        total = ops.reduce_sum(ops.multiply(joined, inputs["weights"]), np.array([0]))
        return Build({"values": joined, "gradient": gradient(total, graph.photo)}, inputs)

    return build


def _name(position: int, array: str) -> str:
    return f"{position}:{array}"


def _shapes(term: Term) -> str:
    return "".join(f" {'x'.join(map(str, array.shape))}" for array in term.arrays.values())
