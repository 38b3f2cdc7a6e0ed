"""The rules of `core.engine.autodiff.reverse` for operations without a window."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.engine.autodiff.reverse import constant, reshaped, rule, shape_of, single_output
from core.errors import InvalidInputError


def _ops() -> Any:
    from openvino import opset13

    return opset13


def _input(node: Any, position: int) -> Any:
    return single_output(node.input_value(position).get_node())


def _summed_to(slope: Any, node: Any) -> Any:
    """A slope at a broadcast result, as one at what was broadcast."""
    have, want = shape_of(slope), shape_of(node)
    if have == want:
        return slope
    padded = [1] * (len(have) - len(want)) + want
    axes = [i for i, (a, b) in enumerate(zip(have, padded, strict=True)) if a != b]
    if axes:
        slope = _ops().reduce_sum(slope, np.array(axes, np.int64), keep_dims=True)
    return reshaped(slope, want)


@rule("Add")
def _add(node: Any, slope: Any) -> dict[int, Any]:
    return {i: _summed_to(slope, _input(node, i)) for i in (0, 1)}


@rule("Subtract")
def _subtract(node: Any, slope: Any) -> dict[int, Any]:
    left, right = _input(node, 0), _input(node, 1)
    return {0: _summed_to(slope, left), 1: _summed_to(_ops().negative(slope), right)}


@rule("Multiply")
def _multiply(node: Any, slope: Any) -> dict[int, Any]:
    left, right = _input(node, 0), _input(node, 1)
    return {
        0: _summed_to(_ops().multiply(slope, right), left),
        1: _summed_to(_ops().multiply(slope, left), right),
    }


@rule("Divide")
def _divide(node: Any, slope: Any) -> dict[int, Any]:
    left, right = _input(node, 0), _input(node, 1)
    scaled = _ops().divide(slope, right)
    return {
        0: _summed_to(scaled, left),
        1: _summed_to(_ops().negative(_ops().multiply(scaled, node)), right),
    }


@rule("Relu")
def _relu(node: Any, slope: Any) -> dict[int, Any]:
    zero = constant(np.float32(0))
    return {0: _ops().select(_ops().greater(node, zero), slope, zero)}


@rule("Clamp")
def _clamp(node: Any, slope: Any) -> dict[int, Any]:
    bounds, zero = node.get_attributes(), constant(np.float32(0))
    inside = _ops().logical_and(
        _ops().greater(node, constant(np.float32(bounds["min"]))),
        _ops().less(node, constant(np.float32(bounds["max"]))),
    )
    return {0: _ops().select(inside, slope, zero)}


@rule("Sigmoid")
def _sigmoid(node: Any, slope: Any) -> dict[int, Any]:
    one = constant(np.float32(1))
    return {0: _ops().multiply(slope, _ops().multiply(node, _ops().subtract(one, node)))}


@rule("Swish")
def _swish(node: Any, slope: Any) -> dict[int, Any]:
    x, one = _input(node, 0), constant(np.float32(1))
    gate = _ops().sigmoid(x)
    derivative = _ops().add(gate, _ops().multiply(node, _ops().subtract(one, gate)))
    return {0: _ops().multiply(slope, derivative)}


@rule("HSigmoid")
def _hsigmoid(node: Any, slope: Any) -> dict[int, Any]:
    zero, three = constant(np.float32(0)), constant(np.float32(3))
    inside = _ops().less(_ops().absolute(_input(node, 0)), three)
    return {0: _ops().select(inside, _ops().divide(slope, constant(np.float32(6))), zero)}


@rule("HSwish")
def _hswish(node: Any, slope: Any) -> dict[int, Any]:
    x = _input(node, 0)
    gate = _ops().clamp(
        _ops().divide(_ops().add(x, constant(np.float32(3))), constant(np.float32(6))), 0.0, 1.0
    )
    three = constant(np.float32(3))
    inside = _ops().less(_ops().absolute(x), three)
    ramp = _ops().select(inside, _ops().divide(x, constant(np.float32(6))), constant(np.float32(0)))
    return {0: _ops().multiply(slope, _ops().add(gate, ramp))}


@rule("Power")
def _power(node: Any, slope: Any) -> dict[int, Any]:
    x, exponent = _input(node, 0), _input(node, 1)
    one = constant(np.float32(1))
    derivative = _ops().multiply(exponent, _ops().power(x, _ops().subtract(exponent, one)))
    return {0: _summed_to(_ops().multiply(slope, derivative), x)}


@rule("Sqrt")
def _sqrt(node: Any, slope: Any) -> dict[int, Any]:
    return {0: _ops().divide(slope, _ops().multiply(node, constant(np.float32(2))))}


@rule("Abs")
def _absolute(node: Any, slope: Any) -> dict[int, Any]:
    return {0: _ops().multiply(slope, _ops().sign(_input(node, 0)))}


@rule("Erf")
def _erf(node: Any, slope: Any) -> dict[int, Any]:
    x = _input(node, 0)
    bell = _ops().exp(_ops().negative(_ops().multiply(x, x)))
    return {0: _ops().multiply(slope, _ops().multiply(bell, constant(np.float32(2 / np.pi**0.5))))}


@rule("SquaredDifference")
def _squared_difference(node: Any, slope: Any) -> dict[int, Any]:
    left, right = _input(node, 0), _input(node, 1)
    difference = _ops().multiply(_ops().subtract(left, right), constant(np.float32(2)))
    by_left = _ops().multiply(slope, difference)
    return {0: _summed_to(by_left, left), 1: _summed_to(_ops().negative(by_left), right)}


@rule("Convert")
def _same(node: Any, slope: Any) -> dict[int, Any]:
    return {0: slope}


@rule("Reshape", "Squeeze", "Unsqueeze")
def _reshape(node: Any, slope: Any) -> dict[int, Any]:
    return {0: reshaped(slope, shape_of(_input(node, 0)))}


@rule("Transpose")
def _transpose(node: Any, slope: Any) -> dict[int, Any]:
    order = _input(node, 1).get_data()
    return {0: _ops().transpose(slope, np.argsort(order).astype(np.int64))}


@rule("ReverseSequence")
def _reverse(node: Any, slope: Any) -> dict[int, Any]:
    axes = node.get_attributes()
    lengths = np.full(shape_of(node)[axes["batch_axis"]], shape_of(node)[axes["seq_axis"]])
    return {
        0: _ops().reverse_sequence(
            slope, lengths.astype(np.int32), axes["batch_axis"], axes["seq_axis"]
        )
    }


@rule("ReduceSum", "ReduceMean")
def _reduce(node: Any, slope: Any) -> dict[int, Any]:
    shape, kept = shape_of(_input(node, 0)), _kept_axes(node)
    if node.get_type_name() == "ReduceMean":
        count = np.prod(shape) / np.prod(kept)
        slope = _ops().multiply(slope, constant(np.float32(1 / count)))
    return {0: _ops().broadcast(reshaped(slope, kept), np.array(shape, np.int64))}


def _kept_axes(node: Any) -> list[int]:
    """The shape of a reduction's input, with 1 for the axes that it takes away."""
    shape = shape_of(_input(node, 0))
    axes = {int(axis) % len(shape) for axis in np.ravel(_input(node, 1).get_data())}
    return [1 if axis in axes else size for axis, size in enumerate(shape)]


@rule("ReduceMax")
def _maximum(node: Any, slope: Any) -> dict[int, Any]:
    """Every place that holds the maximum gets its slope."""
    x = _input(node, 0)
    kept = _kept_axes(node)
    mask = _ops().equal(x, reshaped(node, kept))
    return {0: _ops().select(mask, reshaped(slope, kept), constant(np.float32(0)))}


@rule("Concat")
def _concat(node: Any, slope: Any) -> dict[int, Any]:
    axis = node.get_attributes()["axis"]
    sizes = [shape_of(_input(node, i))[axis] for i in range(node.get_input_size())]
    ends = np.cumsum(sizes)
    return {
        i: _slice(slope, axis, end - size, end)
        for i, (size, end) in enumerate(zip(sizes, ends, strict=True))
    }


@rule("MatMul")
def _matmul(node: Any, slope: Any) -> dict[int, Any]:
    """For matrices, and a batch of them on both sides."""
    turned = node.get_attributes()
    a, b = _input(node, 0), _input(node, 1)
    ta, tb = turned["transpose_a"], turned["transpose_b"]
    by_a = (b, slope, tb, True) if ta else (slope, b, False, not tb)
    by_b = (slope, a, True, ta) if tb else (a, slope, not ta, False)
    return {
        0: _summed_to(_ops().matmul(*by_a), a),
        1: _summed_to(_ops().matmul(*by_b), b),
    }


@rule("Gather")
def _gather(node: Any, slope: Any) -> dict[int, Any]:
    """For constant indices: a product with the matrix of ones that picks them."""
    source = shape_of(_input(node, 0))
    axis = int(_input(node, 2).get_data()) % len(source)
    indices = np.ravel(_input(node, 1).get_data())
    pick = np.zeros((len(indices), source[axis]), np.float32)
    pick[np.arange(len(indices)), indices] = 1
    outer, inner = int(np.prod(source[:axis])), int(np.prod(source[axis + 1 :]))
    flat = reshaped(slope, [outer, len(indices), inner])
    return {0: reshaped(_ops().matmul(constant(pick), flat, True, False), source)}


@rule("Pad")
def _pad(node: Any, slope: Any) -> dict[int, Any]:
    """For any mode that pads with constants."""
    before = _input(node, 1).get_data()
    sizes = shape_of(_input(node, 0))
    starts = np.array(before, np.int64)
    axes = np.arange(len(sizes), dtype=np.int64)
    return {0: _ops().slice(slope, starts, starts + sizes, np.ones_like(axes), axes)}


@rule("StridedSlice", "Slice")
def _crop(node: Any, slope: Any) -> dict[int, Any]:
    """For cuts of step 1, by position in the picture."""
    source, result = shape_of(_input(node, 0)), shape_of(node)
    if len(source) != len(result):
        raise InvalidInputError("Expected cuts that keep the axes. Received: another.")
    starts = _starts(node, len(source))
    before = np.array([s % n if s < 0 else s for s, n in zip(starts, source, strict=True)])
    after = np.array(source) - before - np.array(result)
    return {0: padded(slope, before, after)}


def _starts(node: Any, rank: int) -> list[int]:
    begin = [int(v) for v in np.ravel(_input(node, 1).get_data())]
    if node.get_type_name() == "Slice":
        axes = list(range(len(begin)))
        if node.get_input_size() > 4:
            axes = [int(a) % rank for a in np.ravel(_input(node, 4).get_data())]
        starts = [0] * rank
        for axis, start in zip(axes, begin, strict=True):
            starts[axis] = start
        return starts
    masked = node.get_attributes()["begin_mask"]
    begin += [0] * (rank - len(begin))
    return [0 if i < len(masked) and masked[i] else start for i, start in enumerate(begin)]


def padded(slope: Any, before: np.ndarray, after: np.ndarray) -> Any:
    """A slope with zeros around it."""
    if not before.any() and not after.any():
        return slope
    return _ops().pad(
        slope, before.astype(np.int64), after.astype(np.int64), "constant", np.float32(0)
    )


def _slice(slope: Any, axis: int, start: int, stop: int) -> Any:
    bounds = (np.array([v], np.int64) for v in (start, stop, 1, axis))
    return _ops().slice(slope, *bounds)
