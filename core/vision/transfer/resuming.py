"""Networks in training as plain arrays, for the points that a training can go on from.

Variables stand one behind another in one array each for floating and for whole numbers: a point
goes to another process, and few large arrays are quicker than hundreds of small ones.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from core import engine, zoo
from core.vision.transfer.checkpoint import Checkpoint
from core.vision.transfer.classifiers import HIDDEN, assembly
from core.zoo.spec import ImageNetworkSpec

if TYPE_CHECKING:
    from core.vision.transfer.training_run import TrainingSettings

Part = tuple[dict[str, Any], dict[str, np.ndarray]]
"""What JSON can hold, and arrays by name."""


def feature_width(spec: ImageNetworkSpec) -> int:
    """D, of the features of a backbone: the channels of its last feature map, if it has one."""
    return sum(feature_widths(spec))


def feature_widths(spec: ImageNetworkSpec) -> list[int]:
    """The same of each network side by side in it."""
    form = engine.compiled_form(spec)
    info = form.info
    if info.features is None:
        return [form.embedding_width]
    maps = spec.maps if isinstance(spec, zoo.JoinedNetworkSpec) else (info.features,)
    return [info.layer(name).channels for name in maps]


def pack_checkpoint(checkpoint: Checkpoint) -> Part:
    """A checkpoint; what assembles its network is known from the settings of its training."""
    layers = [[name, [list(w.shape) for w in ws]] for name, ws in checkpoint.weights.items()]
    values = [w.reshape(-1) for ws in checkpoint.weights.values() for w in ws]
    about = {"is_frozen": checkpoint.backbone is not None, "layers": layers}
    return about, {"best": np.concatenate(values)}


def unpack_checkpoint(
    about: dict[str, Any],
    values: np.ndarray,
    classes: tuple[str, ...],
    settings: TrainingSettings,
) -> Checkpoint:
    """What `pack_checkpoint` has packed of a classifier that was trained with these settings.

    Raises
    ------
    KeyError, TypeError, ValueError
        If it is damaged. Whether the layers are those of the network is not looked at, but for
        those on a frozen one.
    """
    spec = None if settings.network is None else zoo.image_network(settings.network)
    shapes = [shape for _, layer in about["layers"] for shape in layer]
    _check(values, shapes)
    arrays = iter(_divided(values, shapes))
    weights = {str(name): [next(arrays) for _ in layer] for name, layer in about["layers"]}
    is_frozen = about["is_frozen"]
    if "predictions" not in weights or type(is_frozen) is not bool:
        raise ValueError
    if is_frozen:
        if spec is None:
            raise ValueError
        units = settings.hidden_units
        expected = ["predictions"] if units is None else [HIDDEN, "predictions"]
        widths = [feature_width(spec), *([] if units is None else [units]), len(classes)]
        if [*weights] != expected:
            raise ValueError
        if shapes != [shape for low, high in pairwise(widths) for shape in ([low, high], [high])]:
            raise ValueError
    assemble = assembly(spec, len(classes), settings.dropout, settings.hidden_units)
    return Checkpoint(classes, assemble, weights, spec if is_frozen else None)


def pack_network(part: Any) -> Part:
    """A compiled Keras network: weights, statistics, seeds, and what its optimizer remembers."""
    values = [np.asarray(variable) for variable in _variables(part)]
    floats = [value.reshape(-1) for value in values if value.dtype == np.float32]
    whole = [value.reshape(-1).astype(np.int64) for value in values if value.dtype != np.float32]
    about = {"layout": _layout(part)}
    return about, {"variables": np.concatenate(floats), "counters": np.concatenate(whole)}


def restore_network(part: Any, about: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Make a compiled network of the same kind what `pack_network` has packed.

    Raises
    ------
    KeyError, TypeError, ValueError
        If it was another network, or is damaged.
    """
    if about["layout"] != _layout(part):
        raise ValueError
    variables = _variables(part)
    if (arrays["counters"] < 0).any():
        raise ValueError
    for name, kind in (("variables", np.float32), ("counters", np.int64)):
        chosen = [v for v in variables if (v.dtype == "float32") == (kind == np.float32)]
        shapes = [list(variable.shape) for variable in chosen]
        _check(arrays[name], shapes, kind)
        for variable, value in zip(chosen, _divided(arrays[name], shapes), strict=True):
            variable.assign(value.astype(variable.dtype))


def check_layers(part: Any, checkpoint: Checkpoint) -> None:
    """Whether weights of a checkpoint fit the layers of a network in training.

    Raises
    ------
    ValueError
        If they do not.
    """
    for name, weights in checkpoint.weights.items():
        shapes = [tuple(own.shape) for own in part.get_layer(name).weights]
        if [w.shape for w in weights] != shapes:
            raise ValueError


def _variables(part: Any) -> list[Any]:
    part.optimizer.build(part.trainable_variables)  # which does nothing the second time
    return [*part.variables, *part.optimizer.variables]


def _layout(part: Any) -> str:
    """Of networks with the same variables it is the same."""
    described = [[list(variable.shape), str(variable.dtype)] for variable in _variables(part)]
    return hashlib.blake2b(json.dumps(described).encode(), digest_size=16).hexdigest()


def _check(values: np.ndarray, shapes: Sequence[list[int]], kind: Any = np.float32) -> None:
    if not all(type(n) is int and n > 0 for shape in shapes for n in shape):
        raise ValueError
    sizes = sum(int(np.prod(shape, dtype=object)) for shape in shapes)
    if values.dtype != kind or values.shape != (sizes,) or not np.isfinite(values).all():
        raise ValueError


def _divided(values: np.ndarray, shapes: Sequence[list[int]]) -> list[np.ndarray]:
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
    return [
        part.reshape(shape) for part, shape in zip(np.split(values, ends[:-1]), shapes, strict=True)
    ]
