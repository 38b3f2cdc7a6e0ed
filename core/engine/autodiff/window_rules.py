"""The rules of `core.engine.autodiff.reverse` for convolutions and pooling."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.engine.autodiff.reverse import constant, rule, shape_of, single_output
from core.engine.autodiff.rules import _input, _ops, padded


@rule("Convolution")
def _convolution(node: Any, slope: Any) -> dict[int, Any]:
    kernel = _kernel(node)  # (out, in, h, w)
    turned = np.flip(kernel, (2, 3)).swapaxes(0, 1)
    shape = shape_of(_input(node, 0))
    return {0: _turned_back(_ops().convolution, slope, turned, node.get_attributes(), shape)}


@rule("GroupConvolution")
def _group_convolution(node: Any, slope: Any) -> dict[int, Any]:
    kernel = _kernel(node)  # (groups, out, in, h, w)
    turned = np.flip(kernel, (3, 4)).swapaxes(1, 2)
    shape = shape_of(_input(node, 0))
    return {0: _turned_back(_ops().group_convolution, slope, turned, node.get_attributes(), shape)}


@rule("MaxPool")
def _max_pool(node: Any, slope: Any) -> dict[int, Any]:
    """Where a place holds its window's maximum it gets the window's slope.

    Several places that hold the same maximum all get it. After a ReLU those are zeros, at which
    the slope ends.
    """
    how = node.get_attributes()
    x, shape = _input(node, 0), shape_of(_input(node, 0))
    strides = how["strides"]
    rows, columns = shape_of(node)[2:]
    if how["kernel"] == strides and not any(how["pads_begin"]) and rows * strides[0] <= shape[2]:
        covered = [rows * strides[0], columns * strides[1]]
        inner = _cut(x, [0, 0], covered, [1, 1]) if covered != shape[2:] else x
        mask = _ops().equal(inner, _spread(single_output(node), strides))
        back = _ops().select(mask, _spread(slope, strides), constant(np.float32(0)))
        return {0: padded(back, np.zeros(4), np.array(shape) - [*shape[:2], *covered])}
    return _max_pool_by_place(node, slope, first_only=False)


def first_maximum(node: Any, slope: Any) -> dict[int, Any]:
    """The rule of max pooling as TensorFlow has it: of equal maxima the first gets the slope.

    For gradients at what is pooled, where several zeros of a window would all count.
    """
    return _max_pool_by_place(node, slope, first_only=True)


def _max_pool_by_place(node: Any, slope: Any, *, first_only: bool) -> dict[int, Any]:
    """One place of all windows after the other."""
    how = node.get_attributes()
    x, shape = _input(node, 0), shape_of(_input(node, 0))
    kernel, strides = how["kernel"], how["strides"]
    before, after = how["pads_begin"], how["pads_end"]
    rows, columns = shape_of(node)[2:]
    top, zero = single_output(node), constant(np.float32(0))
    tall = max(shape[2] + before[0] + after[0], (rows - 1) * strides[0] + kernel[0])
    wide = max(shape[3] + before[1] + after[1], (columns - 1) * strides[1] + kernel[1])
    margin = np.array([0, 0, *before]), np.array([0, 0, tall - shape[2], wide - shape[3]])
    margin[1][2:] -= before
    lowest = constant(np.float32(-3e38))
    room = _ops().pad(x, *(m.astype(np.int64) for m in margin), "constant", lowest)
    total, taken = None, constant(np.zeros(shape_of(node), bool))
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            ends = [i + (rows - 1) * strides[0] + 1, j + (columns - 1) * strides[1] + 1]
            mask = _ops().equal(_cut(room, [i, j], ends, strides), top)
            if first_only:
                rest = _ops().logical_not(taken)
                mask, taken = _ops().logical_and(mask, rest), _ops().logical_or(mask, taken)
            part = _dilated(_ops().select(mask, slope, zero), strides)
            end = [tall - i - rows * strides[0], wide - j - columns * strides[1]]
            part = _placed(part, [i, j], end)
            total = part if total is None else _ops().add(total, part)
    ends = [before[0] + shape[2], before[1] + shape[3]]
    return {0: _cut(total, list(before), ends, [1, 1])}


@rule("AvgPool")
def _average_pool(node: Any, slope: Any) -> dict[int, Any]:
    how = node.get_attributes()
    shape, kernel = shape_of(_input(node, 0)), how["kernel"]
    ones = np.ones((shape[1], 1, 1, *kernel), np.float32)
    counts = np.full(shape_of(node)[2:], np.prod(kernel), np.float32)
    if how["exclude-pad"]:
        counts = _real_places(how, shape[2:], counts.shape)
    shared = _ops().divide(slope, constant(counts[None, None]))
    how = {**how, "dilations": [1, 1]}
    return {0: _turned_back(_ops().group_convolution, shared, ones, how, shape)}


def _turned_back(convolve: Any, slope: Any, turned: np.ndarray, how: dict, shape: list) -> Any:
    """A convolution with the kernel turned round, over slopes with zeros between them.

    A transposed convolution would be the same; OpenVINO has no fast one for few channels or for
    groups.
    """
    reaches = [
        dilation * (size - 1)
        for dilation, size in zip(how["dilations"], turned.shape[-2:], strict=True)
    ]
    spread = _dilated(slope, how["strides"])
    before = [reach - p for reach, p in zip(reaches, how["pads_begin"], strict=True)]
    after = [
        side + reach - b - width
        for side, reach, b, width in zip(
            shape[2:], reaches, before, shape_of(spread)[2:], strict=True
        )
    ]
    if min(after) < 0:  # zeros behind the last slope that no window reaches
        height, width = (s + min(0, a) for s, a in zip(shape_of(spread)[2:], after, strict=True))
        spread = _cut(spread, [0, 0], [height, width], [1, 1])
        after = [max(0, a) for a in after]
    return convolve(spread, constant(turned), [1, 1], before, after, how["dilations"])


def _kernel(node: Any) -> np.ndarray:
    values = _input(node, 1)
    if values.get_type_name() == "Convert":  # constants may be stored in f16
        values = _input(values, 0)
    return values.get_data().astype(np.float32)


def _real_places(how: dict, sizes: list[int], windows: tuple[int, ...]) -> np.ndarray:
    """How many places of each window lie on the picture."""
    axes = []
    for axis in (0, 1):
        starts = np.arange(windows[axis]) * how["strides"][axis] - how["pads_begin"][axis]
        stops = np.minimum(starts + how["kernel"][axis], sizes[axis])
        axes.append(stops - np.maximum(starts, 0))
    return np.outer(*axes).astype(np.float32)


def _spread(node: Any, factors: list[int]) -> Any:
    """(N, C, h, w): every value over a block of `factors`."""
    scales = np.array(factors, np.float32)
    return _ops().interpolate(
        node,
        scales,
        mode="nearest",
        shape_calculation_mode="scales",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
        axes=np.array([2, 3], np.int64),
    )


def _dilated(node: Any, strides: list[int]) -> Any:
    """(N, C, h, w): zeros after every value, so that a stride lies between them."""
    if list(strides) == [1, 1]:
        return node
    height, width = (
        side * stride for side, stride in zip(shape_of(node)[2:], strides, strict=True)
    )
    mask = np.zeros((1, 1, height, width), np.float32)
    mask[..., :: strides[0], :: strides[1]] = 1  # faster than to pad every value with zeros
    return _ops().multiply(_spread(node, strides), constant(mask))


def _placed(node: Any, before: list[int], after: list[int]) -> Any:
    """Zeros around it; a negative number cuts off."""
    if min(after) < 0:
        h, w = shape_of(node)[2:]
        node = _cut(node, [0, 0], [h + min(0, after[0]), w + min(0, after[1])], [1, 1])
        after = [max(0, value) for value in after]
    return padded(node, np.array([0, 0, *before]), np.array([0, 0, *after]))


def _cut(node: Any, starts: list[int], stops: list[int], steps: list[int]) -> Any:
    bounds = (np.array(v, np.int64) for v in (starts, stops, steps, [2, 3]))
    return _ops().slice(node, *bounds)
