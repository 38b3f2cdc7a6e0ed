"""Six ways to a classifier of the same photos, shipped: from a plain network to a fine-tuned one.

`python -m core.recipes.ladder` trains them. Each data set has one file: curves, what every rung
predicted for the test photos, and the classifiers. A network from random weights has its graph
there, a frozen one its dense layer, and a fine-tuned one what its kernels differ by from the
backbone's.
"""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from core import engine, zoo
from core.engine.devices import openvino_core
from core.errors import UnknownNameError
from core.learning.logistic_regression import LinearLayer
from core.vision.explanation import ClassMap
from core.vision.preparation import centre_square, fit, opened_for
from core.vision.transfer.epochs import Epoch
from core.vision.transfer.trained_model import TrainedModel
from core.vision.transfer.training_run import Strategy, TrainingSettings

RUNGS: tuple[Strategy, ...] = ("plain", "dropout", "scratch", "features", "augment", "fine_tune")
"""Strategies from the lowest rung to the highest."""
FOLDER = "ladder"
LADDER = "Ladder: "
"""Before the title of the data set, on a card."""
_PREFIX = "ladder_"
_ABOUT, _LABELS, _PROBABILITIES = "ladder.json", "labels.npy", "probabilities.npy"
_STEP, _SCALE = "step/", "scale/"  # before the name of a layer
_MOST = 127  # steps of a scale


@dataclass(frozen=True, slots=True)
class Rung:
    """One of the six classifiers.

    Attributes
    ----------
    settings : TrainingSettings
    epochs : tuple of Epoch, as they were while it trained.
    seconds : float, that its training took.
    learned : int, weights that its training set.
    training, validation : float in [0, 1]
        Accuracy of the shipped classifier on the photos of those parts as they are.
    bytes : int, what it takes in the file; 0 before it is written.
    """

    settings: TrainingSettings
    epochs: tuple[Epoch, ...]
    seconds: float
    learned: int
    training: float
    validation: float
    bytes: int = 0

    @property
    def gap(self) -> float:
        """How much more accurate it is on its training photos than on those for validation."""
        return self.training - self.validation

    @property
    def last_gap(self) -> float:
        """The same in its last epoch, while it trained: with dropout, on random views."""
        return self.epochs[-1].accuracy - self.epochs[-1].validation_accuracy


@dataclass(frozen=True, slots=True)
class Ladder:
    """Six classifiers of one data set, trained on the same split.

    Attributes
    ----------
    name : in `ladders()`.
    title : of the data set.
    classes : tuple of C str
    parts : photos for training, validation and test, by these words.
    rungs : tuple of Rung, as in `RUNGS`.
    labels : (N,) int64, of the test photos.
    probabilities : (rungs, N, C) float32, by the shipped classifiers.
    made : when, on what, and by which versions.
    """

    name: str
    title: str
    classes: tuple[str, ...]
    parts: dict[str, int]
    rungs: tuple[Rung, ...]
    labels: np.ndarray = field(repr=False)
    probabilities: np.ndarray = field(repr=False)
    made: dict[str, str]


def ladders() -> dict[str, str]:
    """Titles of the data sets that have a ladder, by name."""
    return {
        spec.name.removeprefix(_PREFIX): spec.title.removeprefix(LADDER)
        for spec in zoo.networks()
        if isinstance(spec, zoo.ShippedSpec) and spec.name.startswith(_PREFIX)
    }


def card_name(name: str) -> str:
    """What the ladder of a data set is called among the networks."""
    return f"{_PREFIX}{name}"


def ladder(name: str) -> Ladder:
    """Curves and answers of the ladder of a data set; no network is opened.

    Raises
    ------
    UnknownNameError
        If there is none.
    WeightsUnavailableError
        If its file is missing or damaged.
    """
    return _read(_path(name))


def open_rung(name: str, strategy: Strategy) -> TrainedModel:
    """A classifier of a ladder, without TensorFlow. One with a backbone needs that compiled.

    Raises
    ------
    UnknownNameError
        If there is no such ladder or rung.
    WeightsUnavailableError
        If its file, or its backbone, is missing or damaged.
    """
    packed, network, classes = _packed(_path(name), strategy)
    return unpacked(packed, network, classes)


def explain_rung(name: str, strategy: Strategy, image: bytes) -> ClassMap:
    """What a rung predicts for a photo, and the evidence for it: its class activation map.

    The same as `open_rung(name, strategy).explain(image)`. All frozen rungs share one network here,
    of 131 MB, where each classifier would have its own.

    Raises
    ------
    InvalidInputError
        If the photo cannot be used.
    UnknownNameError, WeightsUnavailableError, MemoryBudgetError
        As for `open_rung`.
    """
    opened = _opened(_path(name), strategy)
    if isinstance(opened, TrainedModel):
        return opened.explain(image)
    known, (network_name, head) = ladder(name), opened
    network = engine.predictor(network_name, precision="f32")
    photo = opened_for(image, network.info.input_size)
    (features,) = network(fit(photo, network.info.input_size)[None], network.info.features or "")
    (scores,) = head.predict(features.mean(axis=(1, 2)))
    column = int(scores.argmax())
    return ClassMap(
        values=features[0] @ head.weights[:, column],
        region=centre_square(*photo.size),
        label=known.classes[column],
        wnid="",
        score=float(scores[column]),
        method="cam",
        backbone=network.name,
    )


def unpacked(packed: bytes, network: str | None, classes: tuple[str, ...]) -> TrainedModel:
    """The classifier that `pack_graph` or `pack_layer` has packed.

    Parameters
    ----------
    network : the backbone; None for `pack_graph`.
    """
    if network is None:
        return TrainedModel.from_archive(io.BytesIO(packed))
    head, changes = _unpacked_layer(packed)
    backbone = zoo.image_network(network)
    return TrainedModel.on_backbone(backbone, head.weights, head.bias, classes, changes)


def pack_layer(kernel: np.ndarray, bias: np.ndarray, changes: dict[str, np.ndarray]) -> bytes:
    """A rung that stands on a backbone, as a file.

    Parameters
    ----------
    kernel, bias, changes : as for `core.engine.write_with_dense_head`. Changes are kept as 255
        steps of a scale for each output channel.
    """
    arrays: dict[str, np.ndarray] = {"kernel": kernel.astype(np.float16), "bias": bias}
    for layer, change in changes.items():
        steps, scale = _narrowed(change)
        arrays |= {f"{_STEP}{layer}": steps, f"{_SCALE}{layer}": scale}
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **arrays)
    return file.getvalue()


def pack_graph(model: TrainedModel) -> bytes:
    """A rung from random weights, as a file: its graph, with weights in float16."""
    import openvino as ov

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        model.write_archive(folder / "whole.zip")
        with zipfile.ZipFile(folder / "whole.zip") as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        graph = openvino_core().read_model(parts["model.xml"], parts["model.bin"])
        ov.save_model(graph, folder / "model.xml", compress_to_fp16=True)
        parts |= {name: (folder / name).read_bytes() for name in ("model.xml", "model.bin")}
    info = json.loads(parts["info.json"]) | {"weights_bytes": len(parts["model.bin"])}
    parts["info.json"] = json.dumps(info).encode()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name), data)  # without the time of day
    return file.getvalue()


def write(path: Path, known: Ladder, packed: Mapping[Strategy, bytes]) -> None:
    """Write the file of a ladder.

    Parameters
    ----------
    packed : each rung, by `pack_layer` or `pack_graph`.
    """
    about = asdict(known)
    arrays = {_LABELS: about.pop("labels"), _PROBABILITIES: about.pop("probabilities")}
    with zipfile.ZipFile(path, "w") as archive:

        def add(name: str, data: bytes) -> int:
            member = zipfile.ZipInfo(name)
            archive.writestr(member, data, zipfile.ZIP_DEFLATED)  # LZMA takes 0.2 s to open
            return member.compress_size

        for rung, stored in zip(known.rungs, about["rungs"], strict=True):
            stored["bytes"] = add(rung.settings.strategy, packed[rung.settings.strategy])
        for name, array in arrays.items():
            file = io.BytesIO()
            np.save(file, array, allow_pickle=False)
            add(name, file.getvalue())
        add(_ABOUT, json.dumps(about).encode())
    _read.cache_clear()
    _opened.cache_clear()


def _path(name: str) -> Path:
    known = ladders()
    if name not in known:
        raise UnknownNameError.among("ladder", name, known)
    spec = zoo.shipped(card_name(name))
    return zoo.asset_path(spec, ".zip")


@cache
def _read(path: Path) -> Ladder:
    with zipfile.ZipFile(path) as archive:
        about: dict[str, Any] = json.loads(archive.read(_ABOUT))
        labels, probabilities = (
            np.load(io.BytesIO(archive.read(name))) for name in (_LABELS, _PROBABILITIES)
        )
    rungs = tuple(
        Rung(
            **{
                **rung,
                "settings": TrainingSettings(**rung["settings"]),
                "epochs": tuple(Epoch(**epoch) for epoch in rung["epochs"]),
            }
        )
        for rung in about["rungs"]
    )
    return Ladder(
        **{**about, "classes": tuple(about["classes"]), "rungs": rungs},
        labels=labels,
        probabilities=probabilities,
    )


def _packed(path: Path, strategy: Strategy) -> tuple[bytes, str | None, tuple[str, ...]]:
    """A rung as it ships, its backbone and its classes."""
    if strategy not in RUNGS:
        raise UnknownNameError.among("rung", strategy, RUNGS)
    known = _read(path)
    with zipfile.ZipFile(path) as archive:
        packed = archive.read(strategy)
    return packed, known.rungs[RUNGS.index(strategy)].settings.network, known.classes


@cache
def _opened(path: Path, strategy: Strategy) -> TrainedModel | tuple[str, LinearLayer]:
    """A classifier; of one that is frozen, its backbone and the dense layer alone."""
    packed, network, classes = _packed(path, strategy)
    if network is not None:
        head, changes = _unpacked_layer(packed)
        if not changes:
            return network, head
    return unpacked(packed, network, classes)


def _unpacked_layer(packed: bytes) -> tuple[LinearLayer, dict[str, np.ndarray]]:
    """The dense layer and the changes of kernels that `pack_layer` has packed."""
    with np.load(io.BytesIO(packed)) as stored:
        arrays = dict(stored)
    changes = {
        key.removeprefix(_STEP): arrays[key] * arrays[key.replace(_STEP, _SCALE, 1)]
        for key in arrays
        if key.startswith(_STEP)
    }
    return LinearLayer(*(arrays[part].astype(np.float32) for part in ("kernel", "bias"))), changes


def _narrowed(change: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A change of a kernel (h, w, in, out) as int8 steps, and the scale of each channel."""
    axes = (0, 1, 3) if change.shape[3] == 1 else (0, 1, 2)  # depthwise kernels are (h, w, out, 1)
    scale = np.abs(change).max(axis=axes, keepdims=True) / _MOST
    steps = np.rint(change / np.where(scale > 0, scale, 1)).astype(np.int8)
    return steps, scale.astype(np.float32)
