"""What a picture is optimised for: terms that add and scale.

`0.3 * channel("block5_conv1", [7]) + total_variation(weight)` is an objective. Its terms are
parts of a network's graph, or of the pixels alone; `core.optvis.evaluator` makes one graph of them.

References
----------
The algebra is that of lucid, https://github.com/tensorflow/lucid
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from core.engine import OpenGraph
from core.engine.autodiff.reverse import constant, reshaped, shape_of

Inputs = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Term:
    """One number that a network's graph computes of the photos.

    Attributes
    ----------
    name : what curves call it.
    key : what is built, in words; terms of one key are built alike, whatever their arrays hold.
    build : from the open graph and the nodes of `arrays` to a node of one value.
    arrays : what is compared with, such as a target; they can change without a new graph.
    """

    name: str
    key: str
    build: Callable[[OpenGraph, Inputs], Any] = field(repr=False, compare=False)
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class PixelTerm:
    """One number of the pixels alone, computed beside the graph and in float32.

    `value_and_gradient` takes photos (N, H, W, 3) float32, the shape of the gradient.
    """

    name: str
    value_and_gradient: Callable[[np.ndarray], tuple[float, np.ndarray]] = field(
        repr=False, compare=False
    )


@dataclass(frozen=True, slots=True)
class Objective:
    """A weighted sum of terms."""

    terms: tuple[tuple[float, Term | PixelTerm], ...]

    def __add__(self, other: Objective) -> Objective:
        return Objective((*self.terms, *other.terms))

    def __mul__(self, factor: float) -> Objective:
        return Objective(tuple((factor * weight, term) for weight, term in self.terms))

    __rmul__ = __mul__

    def __neg__(self) -> Objective:
        return -1.0 * self

    def named(self, name: str) -> Objective:
        """The same with all terms called `name`."""
        return Objective(tuple((weight, replace(term, name=name)) for weight, term in self.terms))


def mean_square(layer: str, *, border: int = 0) -> Objective:
    """How strongly a layer responds: the mean of its squares, without a border of so many places.

    Mordvintsev et al. (2015), https://research.google/blog/inceptionism-going-deeper-into-neural-networks/
    """

    def build(graph: OpenGraph, _: Inputs) -> Any:
        return _mean(_squared(_inner(graph.layer(layer), border)))

    return _objective(Term(layer, f"mean square of {layer} within {border}", build))


def mean_response(layer: str) -> Objective:
    """The mean of a layer's values, as the DeepDream tutorial of TensorFlow has it."""
    return _objective(Term(layer, f"mean of {layer}", lambda graph, _: _mean(graph.layer(layer))))


def channel(layer: str, channels: Sequence[int], count: int) -> Objective:
    """The mean of one channel of `count`: photo n is to excite `channels[n]`. Summed over photos.

    Taken before a ReLU, whose gradient is zero where a channel is silent.

    Olah et al. (2017), https://distill.pub/2017/feature-visualization/
    """
    pick = np.eye(count, dtype=np.float32)[list(channels)]

    def build(graph: OpenGraph, arrays: Inputs) -> Any:
        means = _ops().reduce_mean(graph.layer(layer, before_relu=True), np.array([2, 3]))
        return _sum(_ops().multiply(means, arrays["pick"]))

    return _objective(Term(layer, f"channel of {layer}", build, {"pick": pick}))


def class_score(index: int, count: int) -> Objective:
    """The logit of a class of `count`; Simonyan et al. (2013), https://arxiv.org/abs/1312.6034"""
    pick = np.eye(count, dtype=np.float32)[[index]]

    def build(graph: OpenGraph, arrays: Inputs) -> Any:
        return _sum(_ops().multiply(graph.logits(), arrays["pick"]))

    return _objective(Term("class", "class score", build, {"pick": pick}))


def features(layer: str, target: np.ndarray) -> Objective:
    """How far a layer is from `target` (N, channels, h, w): the mean of squared differences."""

    def build(graph: OpenGraph, arrays: Inputs) -> Any:
        return _mean(_squared(_ops().subtract(graph.layer(layer), arrays["target"])))

    return _objective(Term(layer, f"features of {layer}", build, {"target": target}))


def gram(layer: str, target: np.ndarray) -> Objective:
    """How far a layer's Gram matrix is from `target` (C, C): the mean of squared differences.

    Gatys et al. (2015), https://arxiv.org/abs/1508.06576
    """

    def build(graph: OpenGraph, arrays: Inputs) -> Any:
        return _mean(_squared(_ops().subtract(gram_matrix(graph.layer(layer)), arrays["target"])))

    return _objective(Term(layer, f"Gram matrix of {layer}", build, {"target": target}))


def guide(layer: str, features: np.ndarray) -> Objective:
    """How well each place matches the one of the guide's places that it is most like.

    Parameters
    ----------
    features : (places, channels), the layer's output for the guide. Each place of the
        picture looks for the one with the largest scalar product; the mean of these counts.

    References
    ----------
    "Controlling dreams" of https://github.com/google/deepdream
    """

    def build(graph: OpenGraph, arrays: Inputs) -> Any:
        node = graph.layer(layer)
        _, channels, height, width = shape_of(node)
        flat = reshaped(node, [channels, height * width])
        products = _ops().matmul(arrays["guide"], flat, False, False)
        return _mean(_ops().reduce_max(products, np.array([0])))

    return _objective(Term(layer, f"guide at {layer}", build, {"guide": features}))


def total_variation(power: float = 1.25, *, absolute: bool = False) -> Objective:
    """How much neighbouring pixels differ.

    Parameters
    ----------
    power : of the squared differences, summed: 1.25 in Keras's example and in the book.
    absolute : sum the differences themselves instead, as `tf.image.total_variation` does.
    """

    def value_and_gradient(photo: np.ndarray) -> tuple[float, np.ndarray]:
        down = np.diff(photo, axis=1, append=photo[:, -1:])
        right = np.diff(photo, axis=2, append=photo[:, :, -1:])
        if absolute:
            value = float((np.abs(down) + np.abs(right)).sum(dtype=np.float64))
            by_down, by_right = np.sign(down), np.sign(right)
        else:
            square = down * down + right * right
            factor = np.power(square, power - 1, where=square > 0, out=np.zeros_like(square))
            value = float((square * factor).sum(dtype=np.float64))
            by_down, by_right = 2 * power * factor * down, 2 * power * factor * right
        gradient = -by_down - by_right
        gradient[:, 1:] += by_down[:, :-1]
        gradient[:, :, 1:] += by_right[:, :, :-1]
        return value, gradient

    return Objective(((1.0, PixelTerm("smoothness", value_and_gradient)),))


def gram_matrix(node: Any) -> Any:
    """Of a layer (1, C, h, w): the products of its channels (C, C), a place's mean."""
    batch, channels, height, width = shape_of(node)
    flat = reshaped(node, [channels, batch * height * width])
    products = _ops().matmul(flat, flat, False, True)
    return _ops().multiply(products, constant(np.array(1 / (batch * height * width), np.float32)))


def _objective(term: Term) -> Objective:
    return Objective(((1.0, term),))


def _inner(node: Any, border: int) -> Any:
    height, width = shape_of(node)[2:]
    if not border or min(height, width) <= 2 * border:
        return node
    starts, stops = [border] * 2, [height - border, width - border]
    bounds = (np.array(v, np.int64) for v in (starts, stops, [1, 1], [2, 3]))
    return _ops().slice(node, *bounds)


def _squared(node: Any) -> Any:
    return _ops().multiply(node, node)


def _mean(node: Any) -> Any:
    return _ops().reduce_mean(node, np.arange(len(shape_of(node))))


def _sum(node: Any) -> Any:
    return _ops().reduce_sum(node, np.arange(len(shape_of(node))))


def _ops() -> Any:
    from openvino import opset13

    return opset13
