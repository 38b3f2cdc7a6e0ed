"""From an objective and a network to a function of photos: values, and the gradient.

Both are one compiled graph (`core.engine.autodiff.reverse`), so that an evaluation costs what three
forward passes cost, and TensorFlow is not needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core import engine
from core.engine import Build, OpenGraph
from core.engine.autodiff.reverse import gradient
from core.optvis.objectives import Objective, PixelTerm, Term


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an objective says of photos.

    Attributes
    ----------
    value : float, the weighted sum.
    terms : dict of float, by name: what each kind of term adds to it.
    gradient : (N, H, W, 3) float32
    """

    value: float
    terms: dict[str, float]
    gradient: np.ndarray


class Machine:
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
        self._evaluate = None
        label = "gradient of " + "; ".join(t.key + _shapes(t) for t in terms)
        if terms:
            self._evaluate = engine.evaluator(
                network, shape, _builder(terms), label=label, precision=precision
            )

    def __call__(self, photos: np.ndarray) -> Evaluation:
        """Evaluate (N, H, W, 3) float32 RGB photos of 0..255."""
        names: dict[str, float] = {}
        slope = np.zeros((*self._shape, 3), np.float32)
        if self._evaluate is not None:
            weights = np.array([weight for weight, _ in self._in_graph], np.float32)
            found = self._evaluate({"photo": photos, "weights": weights, **self._arrays})
            slope = found["gradient"]
            for (weight, term), value in zip(self._in_graph, found["values"], strict=True):
                names[term.name] = names.get(term.name, 0.0) + weight * float(value)
        for weight, term in self._of_pixels:
            if weight:
                value, part = term.slope(photos)
                names[term.name] = names.get(term.name, 0.0) + weight * value
                slope = slope + np.float32(weight) * part
        return Evaluation(sum(names.values()), names, slope)


def respond(
    network: str,
    photos: np.ndarray,
    outputs: dict[str, Callable[[OpenGraph], Any]],
    *,
    label: str,
    precision: str | None = None,
) -> dict[str, np.ndarray]:
    """What parts of a network make of (N, H, W, 3) photos, computed as the machine computes it.

    Raises
    ------
    As `Machine`.
    """

    def build(graph: OpenGraph) -> Build:
        return Build({name: part(graph) for name, part in outputs.items()}, {})

    run = engine.evaluator(network, photos.shape[:3], build, label=label, precision=precision)
    return run({"photo": photos})


def _builder(terms: Sequence[Term]) -> Callable[[OpenGraph], Build]:
    def build(graph: OpenGraph) -> Build:
        import openvino as ov
        from openvino import opset13 as ops

        inputs = {"weights": ops.parameter([len(terms)], ov.Type.f32, name="weights")}
        values = []
        for i, term in enumerate(terms):
            own = {
                name: ops.parameter(array.shape, ov.Type.f32, name=_name(i, name))
                for name, array in term.arrays.items()
            }
            inputs |= {_name(i, name): node for name, node in own.items()}
            values.append(ops.reshape(term.build(graph, own), np.array([1]), special_zero=False))
        together = ops.concat(values, 0)
        total = ops.reduce_sum(ops.multiply(together, inputs["weights"]), np.array([0]))
        return Build({"values": together, "gradient": gradient(total, graph.photo)}, inputs)

    return build


def _name(position: int, array: str) -> str:
    return f"{position}:{array}"


def _shapes(term: Term) -> str:
    return "".join(f" {'x'.join(map(str, array.shape))}" for array in term.arrays.values())
