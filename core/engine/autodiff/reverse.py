"""Reverse-mode differentiation of OpenVINO graphs: the gradient is one more part of the graph.

OpenVINO has no gradients. For networks that see photos a few rules suffice, each of which writes
the product of an operation's transposed Jacobian and a vector with operations that OpenVINO has:
a convolution's is a convolution with the kernel turned round, a ReLU's is a mask. A picture can
then be optimised at the speed of compiled inference, in bf16 where the processor has it, and
without TensorFlow.

References
----------
Griewank and Walther, "Evaluating Derivatives" (2008), chapter 3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from core.errors import InvalidInputError

Rule = Callable[[Any, Any], dict[int, Any]]
_RULES: dict[str, Rule] = {}


def gradient(loss: Any, source: Any, *, rules: Mapping[str, Rule] | None = None) -> Any:
    """The gradient of a number with respect to an array of the same graph.

    Parameters
    ----------
    loss : openvino.Node, of one value.
    source : openvino.Node with a static shape, as all have on the way to the loss.
    rules : rules that stand in for the usual ones, by kind of operation.

    Returns
    -------
    openvino.Node, of the shape of `source`.

    Raises
    ------
    InvalidInputError
        If the loss does not depend on the source, or by an operation without a rule.
    """
    rules = {**_RULES, **(rules or {})}
    path = _between(source, loss)
    if not path:
        raise InvalidInputError("Expected a loss that depends on the picture. Received: another.")
    slopes: dict[str, Any] = {loss.get_name(): constant(np.ones(shape_of(loss), np.float32))}
    on_path = {node.get_name() for node in path}
    for node in reversed(path):
        slope = slopes.get(node.get_name())
        if slope is None or node.get_name() == source.get_name():
            continue
        rule = rules.get(node.get_type_name())
        if rule is None:
            raise InvalidInputError(
                f"Expected a network with a gradient path. Received: one with the operation "
                f"{node.get_type_name()}, whose gradient is not to be had here."
            )
        inputs = [node.input_value(i).get_node() for i in range(node.get_input_size())]
        wanted = {i for i, x in enumerate(inputs) if x.get_name() in on_path}
        for position, part in rule(node, slope).items():
            if position in wanted:
                name = inputs[position].get_name()
                slopes[name] = _ops().add(slopes[name], part) if name in slopes else part
    return slopes[source.get_name()]


def shape_of(node: Any, output: int = 0) -> list[int]:
    """The static shape of a node's output."""
    return list(node.get_output_shape(output))


def single_output(node: Any) -> Any:
    """The node itself; of max pooling, whose second output is where the maxima were, the first."""
    return node if node.get_output_size() == 1 else reshaped(node.output(0), shape_of(node))


def constant(values: np.ndarray | np.generic) -> Any:
    """A constant of the graph."""
    return _ops().constant(np.asarray(values, order="C"))


def reshaped(node: Any, shape: Sequence[int]) -> Any:
    """The same values in another shape."""
    return _ops().reshape(node, np.array(shape, np.int64), special_zero=False)


def _ops() -> Any:
    from openvino import opset13

    return opset13


def _between(source: Any, loss: Any) -> list[Any]:
    """The nodes on the way from the source to the loss, both included, in order of computation."""
    order: list[Any] = []
    depends = {source.get_name(): True}
    stack = [(loss, False)]
    while stack:
        node, done = stack.pop()
        name = node.get_name()
        if done:
            depends[name] = any(
                depends[node.input_value(i).get_node().get_name()]
                for i in range(node.get_input_size())
            )
            if depends[name]:
                order.append(node)
        elif name not in depends:
            depends[name] = False
            stack.append((node, True))
            stack += [(node.input_value(i).get_node(), False) for i in range(node.get_input_size())]
    if not depends.get(loss.get_name()):
        return []
    return [source, *order]


def rule(*kinds: str) -> Callable[[Rule], Rule]:
    """Say that a function is the rule of operations of these kinds.

    It takes the node and the slope at its output, and returns slopes by input position.
    """

    def keep(function: Rule) -> Rule:
        _RULES.update(dict.fromkeys(kinds, function))
        return function

    return keep


def has_rule(node: Any) -> bool:
    """Whether a gradient passes through a node."""
    return node.get_type_name() in _RULES
