"""Classifiers of photos that were saved: networks like those of the zoo.

The file of one is what `TrainedModel.write_archive` writes, or comes from somebody else and was
looked at by `check`.
"""

from __future__ import annotations

import io
import json
import math
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from core import zoo
from core.engine import CompiledForm, FormInfo
from core.engine.compiled import embedding_width
from core.errors import InvalidInputError
from core.learning.card import CARD, ModelCard
from core.learning.novelty import novelty_in
from core.vision.transfer.exported import HEAD, HIDDEN_ARRAYS
from core.vision.transfer.keras_file import LABELS
from core.vision.transfer.trained_model import TrainedModel

_SIDES_PX = range(16, 1025)
_DAMAGED = (KeyError, TypeError, ValueError, AttributeError, RuntimeError, RecursionError, OSError)


def network_of(
    name: str, title: str, path: Path, *, backbone: str = "", tested: zoo.Tested | None = None
) -> zoo.SavedImageNetwork:
    """What `core.zoo` is to know of a classifier.

    Parameters
    ----------
    path : its file.
    backbone : the network that it was trained on, if any.

    Raises
    ------
    InvalidInputError
        If the file is damaged.
    """
    try:
        labels, info = _read(path)
    except (*_DAMAGED, zipfile.BadZipFile) as err:
        raise _refusal() from err
    base = zoo.image_network(backbone) if zoo.is_listed(backbone) else None
    return zoo.SavedImageNetwork(
        name=name,
        title=title,
        family="Trained here" if base is None else f"Trained here, on {base.title}",
        parameters=info.parameters,
        licence="yours" if base is None else f"yours; that of the backbone: {base.licence}",
        weights=zoo.SavedFile(path=path),
        download_bytes=0,
        reference="" if base is None else base.reference,
        builder="",
        input_size=info.input_size,
        preprocessing=zoo.Preprocessing() if base is None else base.preprocessing,
        feature_layers=_stages(info, base),
        embedding_layer=None,
        head=info.head,
        classes=info.classes,
        published=None,
        labels=zoo.ClassLabels(("",) * len(labels), labels),
        tested=tested,
    )


def model_of(name: str) -> TrainedModel:
    """A saved classifier as training has made it, to be tried and exported.

    Raises
    ------
    UnknownNameError, InvalidInputError
        If there is none of that name, or if it is another network.
    """
    spec = zoo.image_network(name)
    if not isinstance(spec, zoo.SavedImageNetwork):
        raise InvalidInputError(f"Expected a saved classifier. Received: {spec.title}.")
    return TrainedModel.from_archive(spec.weights.path)


def check(path: Path) -> None:
    """Look at a file of somebody else: whether its parts are a classifier, and fit together.

    Raises
    ------
    InvalidInputError
        If they do not.
    """
    try:
        labels, info = _read(path)
        form = CompiledForm(path)
        graph = form.read()
        width = embedding_width(graph)
        kernel = form.head_kernel
        if kernel.dtype != np.float32 or kernel.shape != (width, len(labels)):
            raise ValueError
        pooled = width
        if info.head == "hidden":
            hidden = form.hidden_kernel
            if hidden.dtype != np.float32 or hidden.ndim != 2 or hidden.shape[1] != width:
                raise ValueError
            if not np.isfinite(hidden).all():
                raise ValueError
            pooled = len(hidden)
        _check_graph(graph, info, width, pooled)
        with zipfile.ZipFile(path) as archive:
            if HEAD in archive.namelist():
                first = None if info.features is None else pooled
                _check_head(archive.read(HEAD), kernel.shape, first)
            if CARD in archive.namelist():
                ModelCard.from_json(archive.read(CARD))
            novelty = novelty_in(archive)
            if novelty is not None and novelty.kernel.shape != kernel.shape:
                raise ValueError
    except (*_DAMAGED, zipfile.BadZipFile) as err:
        raise _refusal() from err


def _refusal() -> InvalidInputError:
    return InvalidInputError(
        "Expected a classifier of photos that was saved here. This one is damaged, or made by "
        "something else."
    )


def _read(path: Path) -> tuple[tuple[str, ...], FormInfo]:
    form = CompiledForm(path)
    labels, info = json.loads(form.data(LABELS)), form.info
    numbers = (info.parameters, info.multiply_adds, info.weights_bytes, info.activation_bytes)
    if not all(type(number) is int and 0 <= number < 1 << 48 for number in numbers):
        raise ValueError
    if not (isinstance(labels, list) and all(isinstance(label, str) for label in labels)):
        raise ValueError
    if len({*labels}) != len(labels) or info.classes != len(labels):
        raise ValueError
    if info.input_size not in _SIDES_PX:
        raise ValueError
    if info.features is None:
        fits = info.head == "other"
    else:
        fits = info.head in ("linear", "hidden") and info.features in info.layer_names
    if not fits:
        raise ValueError
    return tuple(labels), info


def _check_graph(graph: Any, info: FormInfo, width: int, pooled: int) -> None:
    size = info.input_size
    (photo,) = graph.inputs
    shapes = {"scores": [info.classes], "embedding": [width]}
    if info.features is not None:
        features = info.layer(info.features)
        if features.channels != pooled:
            raise ValueError
        shapes[features.name] = [features.side, features.side, features.channels]
    if photo.element_type.get_type_name() != "u8":
        raise ValueError
    graph.reshape([1, size, size, 3])
    if any(list(graph.output(name).shape) != [1, *shape] for name, shape in shapes.items()):
        raise ValueError


def _check_head(data: bytes, shape: tuple[int, ...], pooled: int | None) -> None:
    """Whether dense layers fit a kernel of this shape, and `pooled` features; None of a module."""
    with np.load(io.BytesIO(data)) as head:
        backbone = str(head["backbone"])
        layers = [[head["kernel"], head["bias"]]]
        if any(name in head for name in HIDDEN_ARRAYS):
            layers.insert(0, [head[name] for name in HIDDEN_ARRAYS])
    if not (zoo.is_handle(backbone) if pooled is None else zoo.is_listed(backbone)):
        raise ValueError
    if layers[-1][0].shape != shape or pooled not in (None, len(layers[0][0])):
        raise ValueError
    for kernel, bias in layers:
        if kernel.ndim != 2 or bias.shape != kernel.shape[1:]:
            raise ValueError
        if not math.isfinite(float(np.abs(kernel).sum())):
            raise ValueError
    if any(low[0].shape[1] != len(high[0]) for low, high in pairwise(layers)):
        raise ValueError


def _stages(info: FormInfo, base: zoo.ImageNetworkSpec | None) -> tuple[str, ...]:
    """The layers that stand for the stages of its backbone; at least the last one."""
    stages = () if base is None else base.feature_layers
    kept = tuple(name for name in stages if name in info.layer_names)
    return kept or tuple(filter(None, (info.features,)))
