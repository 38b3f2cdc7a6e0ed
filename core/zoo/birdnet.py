"""BirdNET 2.4 in Keras, read from the TensorFlow Lite file that its makers give out.

A window of three seconds becomes two spectrograms, one of low and one of high frequencies, and
these go through a network of inverted residual blocks. What the file does by a Fourier transform,
keeping the real part, and a mel filter bank is linear, so that it is one convolution here, whose
kernels are the filters seen from the time domain.

References
----------
Kahl et al., "BirdNET: A deep learning solution for avian diversity monitoring" (2021),
https://doi.org/10.1016/j.ecoinf.2021.101236
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from core.errors import InvalidInputError
from core.zoo.keras_runtime import keras, tflite_schema
from core.zoo.spec import SoundEncoderSpec

_SPECTROGRAM = "BNORM_SPEC_NOQUANT"  # what follows the two spectrograms
_CHANNELS = 16  # processors take so many at once
_LEAST_POWER = 1e-30  # silence in a mel band
_EPSILON = 1e-6  # of the division by a window's range


class _Operation(NamedTuple):
    kind: str
    inputs: tuple[int, ...]
    output: int
    options: Any


class _File:
    """The one graph of a TensorFlow Lite file: operations, and tensors by number."""

    def __init__(self, path: Path) -> None:
        self._schema = schema = tflite_schema()
        self._model = schema.Model.GetRootAsModel(path.read_bytes(), 0)
        self._graph = self._model.Subgraphs(0)
        kinds = {code: name for name, code in vars(schema.BuiltinOperator).items()}
        self.operations = []
        for i in range(self._graph.OperatorsLength()):
            operator = self._graph.Operators(i)
            code = self._model.OperatorCodes(operator.OpcodeIndex())
            kind = kinds[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
            inputs = tuple(int(j) for j in operator.InputsAsNumpy() if j >= 0)
            self.operations.append(
                _Operation(
                    kind, inputs, int(operator.OutputsAsNumpy()[0]), operator.BuiltinOptions()
                )
            )

    def name(self, tensor: int) -> str:
        """The last of the names of what was merged into one."""
        return self._graph.Tensors(tensor).Name().decode().split(";")[-1].removeprefix("model/")

    def constant(self, tensor: int) -> np.ndarray | None:
        """Its values, None for what is computed."""
        about = self._graph.Tensors(tensor)
        data = self._model.Buffers(about.Buffer()).DataAsNumpy()
        if isinstance(data, int):
            return None
        kinds = {self._schema.TensorType.FLOAT32: "<f4", self._schema.TensorType.INT32: "<i4"}
        shape = about.ShapeAsNumpy() if about.ShapeLength() else ()
        return data.view(kinds[about.Type()]).reshape(shape)

    def tensor(self, name: str) -> np.ndarray:
        """The values of the constant of that name."""
        (position,) = (i for i in range(self._graph.TensorsLength()) if self.name(i) == name)
        values = self.constant(position)
        if values is None:
            raise InvalidInputError(f"Expected values of {name} in BirdNET's file. Received: none.")
        return values

    def constants(self, operation: _Operation) -> list[np.ndarray]:
        """The values of its inputs that are not computed."""
        constants = (self.constant(tensor) for tensor in operation.inputs)
        return [values for values in constants if values is not None]

    def options(self, operation: _Operation, kind: str) -> Any:
        """Its options, read as `kind`."""
        options = getattr(self._schema, kind)()
        options.Init(operation.options.Bytes, operation.options.Pos)
        return options


def build(spec: SoundEncoderSpec, weights: Path) -> Any:
    """The Keras model of `spec`, with the weights at `weights`.

    The input is `sound` (N, 144000) float32: three seconds at 48 kHz of any level. Outputs are
    `embedding` (N, 1024), the mean over `map` (N, 1, 6, 1024), whose places follow each
    other in time; and `logits` (N, 6522), one for each species, of independent scores.
    """
    file = _File(weights)
    sound = keras().Input((spec.window,), name="sound")
    spectrograms = [_spectrogram(file, sound, number) for number in (1, 2)]
    begin = next(
        i for i, op in enumerate(file.operations) if file.name(op.output).startswith(_SPECTROGRAM)
    )
    computed = {file.operations[begin].inputs[0]: keras().ops.concatenate(spectrograms, axis=-1)}
    for operation in file.operations[begin:]:
        _apply(file, operation, computed)
    *_, last, mean, scores = (computed[o.output] for o in file.operations if o.output in computed)
    outputs = {"map": last, "embedding": mean, "logits": scores}
    return keras().Model([sound], outputs, name=spec.name)


def _spectrogram(file: _File, sound: Any, number: int) -> Any:
    """(N, 96, 511, 1): mel bands from high to low, then time."""
    k = keras()
    part = f"MEL_SPEC{number}/"
    operations = [o for o in file.operations if file.name(o.output).startswith(part)]
    window = _only(file, operations, "MUL", lambda values: values.ndim == 1 and values.size > 1)
    bands = _only(file, operations, "FULLY_CONNECTED", lambda values: values.ndim == 2)
    exponent = float(_only(file, operations, "POW", lambda values: values.size == 1))
    step = int(file.tensor(f"{part}stft/frame_step"))
    lengths = np.arange(len(window))
    cosines = np.cos(2 * np.pi * np.outer(np.arange(bands.shape[1]), lengths) / len(window))
    filters = (bands[::-1] @ cosines) * window  # (96, length): the real part, then the bands

    low = k.ops.min(sound, axis=1, keepdims=True)
    range_ = k.ops.max(sound, axis=1, keepdims=True) - low
    level = ((sound - low) / (range_ + _EPSILON) - 0.5) * 2
    # steps as rows: a convolution over many channels is twice as fast as over one
    taps = -(-len(window) // step)
    frames = 1 + (sound.shape[1] - len(window)) // step
    needed = (frames + taps - 1) * step
    level = k.ops.pad(level, ((0, 0), (0, max(0, needed - sound.shape[1]))))[:, :needed]
    convolution = k.layers.Conv1D(
        len(filters), taps, use_bias=False, name=f"mel_spectrogram{number}"
    )
    margin = ((0, 0), (0, 0), (0, -step % _CHANNELS))
    x = convolution(k.ops.pad(k.layers.Reshape((-1, step))(level), margin))  # (N, 511, 96)
    kernel = np.zeros((taps * step, len(filters)), np.float32)
    kernel[: len(window)] = filters.T
    blocks = kernel.reshape(taps, step, -1)
    convolution.set_weights([np.pad(blocks, ((0, 0), margin[2], (0, 0)))])
    # a power, in two steps that processors have vector instructions for
    x = k.ops.exp(exponent * k.ops.log(k.ops.maximum(k.ops.square(x), _LEAST_POWER)))
    return k.ops.expand_dims(k.ops.transpose(x, (0, 2, 1)), -1)


def _only(file: _File, operations: list[_Operation], kind: str, fits: Any) -> np.ndarray:
    (values,) = (
        values
        for operation in operations
        if operation.kind == kind
        for values in file.constants(operation)
        if fits(values)
    )
    return values


def _apply(file: _File, operation: _Operation, computed: dict[int, Any]) -> None:
    """Add what an operation makes of the tensors `computed`; sizes of shapes are passed over."""
    layers, ops = keras().layers, keras().ops
    name = file.name(operation.output).split("/")[0]
    inputs = [computed[tensor] for tensor in operation.inputs if tensor in computed]
    constants = file.constants(operation)
    match operation.kind:
        case "CONV_2D":
            kernel, bias = constants
            options = file.options(operation, "Conv2DOptions")
            layer = layers.Conv2D(
                len(kernel), kernel.shape[1:3], name=name, **_convolution(options)
            )
            y = layer(*inputs)
            layer.set_weights([kernel.transpose(1, 2, 3, 0), bias])
        case "DEPTHWISE_CONV_2D":
            kernel, bias = constants
            options = file.options(operation, "DepthwiseConv2DOptions")
            layer = layers.DepthwiseConv2D(kernel.shape[1:3], name=name, **_convolution(options))
            y = layer(*inputs)
            layer.set_weights([kernel.transpose(1, 2, 3, 0), bias])
        case "FULLY_CONNECTED":
            kernel, bias = constants
            layer = layers.Dense(len(kernel), name=name)
            y = layer(*inputs)
            layer.set_weights([kernel.T, bias])
        case "AVERAGE_POOL_2D" | "MAX_POOL_2D":
            options = file.options(operation, "Pool2DOptions")
            kind = layers.AveragePooling2D if "AVERAGE" in operation.kind else layers.MaxPooling2D
            size = (options.FilterHeight(), options.FilterWidth())
            y = kind(size, **_steps(options))(*inputs)
        case "PAD":
            (margins,) = constants
            y = layers.ZeroPadding2D(tuple(tuple(int(m) for m in pair) for pair in margins[1:3]))(
                *inputs
            )
        case "CONCATENATION":
            y = ops.concatenate(inputs, axis=-1)
        case "LOGISTIC":
            y = ops.sigmoid(*inputs)
        case "MEAN":
            y = ops.mean(*inputs, axis=(1, 2))
        case "RESHAPE" if inputs:  # channels alone, on a map of one place
            y = layers.Reshape((1, 1, inputs[0].shape[-1]))(*inputs)
        case "ADD" | "MUL":
            left, right = inputs + constants
            y = left + right if operation.kind == "ADD" else left * right
            if _activation(file.options(operation, f"{operation.kind.title()}Options")):
                y = ops.relu(y)
        case _:
            return
    computed[operation.output] = y


def _convolution(options: Any) -> dict[str, Any]:
    return {**_steps(options), "activation": _activation(options)}


def _steps(options: Any) -> dict[str, Any]:
    return {
        "strides": (options.StrideH(), options.StrideW()),
        "padding": ("same", "valid")[options.Padding()],
    }


def _activation(options: Any) -> str | None:
    return (None, "relu")[options.FusedActivationFunction()]
