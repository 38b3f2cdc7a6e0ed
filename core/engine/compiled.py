"""The compiled form of a network on disk: made once, opened in milliseconds ever after."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import logging
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from core import zoo
from core.engine.child_process import child_environment
from core.engine.devices import openvino_core
from core.engine.layers import LAYERS, LayerInfo, layers_of, read_layers
from core.errors import (
    CacheError,
    GraftError,
    InvalidInputError,
    UnknownNameError,
    WeightsUnavailableError,
    WorkerError,
)
from core.settings import settings
from core.zoo import sources
from core.zoo.spec import Head, NetworkSpec, SavedFile

_log = logging.getLogger(__name__)
_SIDE_BY_SIDE, _JOINED_KEPT = "side_by_side", 8  # compiled forms, of some 100 MB each
_FORMAT = 5  # raise it when conversion writes something else for the same weights
FORM = ("model.xml", "model.bin", "info.json", LAYERS, "head.npy", "hidden.npy")
"""The files of the compiled form of a network for photos."""
EXIT_CODES: dict[type[GraftError], int] = {
    WeightsUnavailableError: 3,
    InvalidInputError: 4,
    CacheError: 5,
}
"""How the process that converts tells its caller what went wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphInfo:
    """What is known of any network once it is compiled.

    Attributes
    ----------
    parameters : int, real numbers among the graph's constants; those that training did not set
        count too, those that are kept as whole numbers do not.
    weights_bytes : int, what the graph's constants take.
    """

    parameters: int
    weights_bytes: int

    def as_json(self) -> dict[str, object]:
        """The same, for `info.json`."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormInfo(GraphInfo):
    """What is known of a network for photos besides.

    Attributes
    ----------
    input_size : int [px]
    classes : int, 0 without a classifier.
    head : see `core.zoo.spec.ImageNetworkSpec`.
    features : name of the last feature map, or None where there is none to be had.
    layers : every layer with a spatial output, in order of computation.
    multiply_adds : int, of one photo.
    activation_bytes : int, the two largest intermediate results of one photo.
    """

    input_size: int
    classes: int
    head: Head
    features: str | None
    layers: tuple[LayerInfo, ...]
    multiply_adds: int
    activation_bytes: int

    def as_json(self) -> dict[str, object]:
        """The same, for `info.json`; the layers have a file of their own."""
        return {name: value for name, value in asdict(self).items() if name != "layers"}

    @property
    def layer_names(self) -> tuple[str, ...]:
        """Names of the layers, in order of computation."""
        return tuple(layer.name for layer in self.layers)

    def layer(self, name: str) -> LayerInfo:
        """What is known of the layer of that name.

        Raises
        ------
        UnknownNameError
            If there is no such layer with a spatial output.
        """
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise UnknownNameError.among("layer", name, self.layer_names)

    def stride(self, name: str) -> int:
        """How many pixels lie between two places of a layer, about."""
        return round(self.input_size / self.layer(name).side)


@dataclass(frozen=True)
class CompiledForm:
    """A folder, or a ZIP file, with a network's graph (`model.xml`, `model.bin`) and `info.json`.

    Of a network for photos there are `layers.json` and, for a linear head, the classifier's kernel
    (`head.npy`) besides; for one with a hidden layer, the kernel of that (`hidden.npy`) too.
    """

    place: Path

    def data(self, name: str) -> bytes:
        """The file of that name."""
        if self.place.is_dir():
            return (self.place / name).read_bytes()
        with zipfile.ZipFile(self.place) as archive:
            return archive.read(name)

    def read(self) -> Any:
        """The graph as an openvino.Model of the caller's own."""
        if self.place.is_dir():
            return openvino_core().read_model(self.graph)
        return openvino_core().read_model(self.data("model.xml"), self.data("model.bin"))

    @cached_property
    def info(self) -> FormInfo:
        """What is known of a network for photos."""
        stored = json.loads(self.data("info.json"))
        if self.place.is_dir():
            stored["layers"] = read_layers(self.place, stored["input_size"])
        else:
            stored["layers"] = layers_of(self.data(LAYERS))
        return FormInfo(**stored)

    @property
    def embedding_width(self) -> int:
        """D, of the output `embedding` (N, D) of a network for photos."""
        return embedding_width(self.read())

    @property
    def graph(self) -> Path:
        """The graph in a folder; its constants lie beside it."""
        return self.place / "model.xml"

    @cached_property
    def head_kernel(self) -> np.ndarray:
        """(D, classes) float32: the last dense layer's weights, mapped from disk if they can be."""
        return self._array("head.npy")

    @cached_property
    def hidden_kernel(self) -> np.ndarray:
        """(channels, D) float32: those of the hidden layer before it, of a head that has one."""
        return self._array("hidden.npy")

    def _array(self, name: str) -> np.ndarray:
        if self.place.is_dir():
            return np.load(self.place / name, mmap_mode="r")
        return np.load(io.BytesIO(self.data(name)))


def embedding_width(graph: Any) -> int:
    """D, of the output `embedding` (N, D) of an openvino.Model for photos."""
    width: int = graph.output("embedding").partial_shape[1].get_length()
    return width


def is_compiled(spec: NetworkSpec) -> bool:
    """Whether opening the network needs no conversion."""
    if isinstance(spec.weights, SavedFile):
        return True
    path = sources.locate(spec.weights)
    return path is not None and _is_whole(_folder(spec, path))


def compiled_form(spec: NetworkSpec) -> CompiledForm:
    """The compiled form of `spec`, converted now if it was not yet (tens of seconds).

    Conversion needs TensorFlow and runs in another process, so that this one stays small and
    quick. Two callers at once may convert twice; the first to finish stays.

    Raises
    ------
    WeightsUnavailableError
        If the weights are not on disk.
    InvalidInputError
        If they are not a network that can be compiled.
    CacheError
        If the folder of caches cannot be written, or is full.
    WorkerError
        If the process that converts is killed.
    """
    if isinstance(spec.weights, SavedFile):
        return CompiledForm(spec.weights.path)
    path = sources.locate(spec.weights)
    # without weights this says what fetches them; those that are there are checked at conversion
    folder = _folder(spec, path or zoo.weights_path(spec))
    if not _is_whole(folder):
        with sources.cache_errors(f"keep {spec.title} compiled"):
            _convert(spec, folder)
    return CompiledForm(folder)


def disk_usage() -> dict[str, int]:
    """Bytes on disk of each part of the cache: compiled forms and what was downloaded."""
    parts = ("compiled", "packages", "downloads", "hub")
    return {part: sources.bytes_in(settings().cache / part) for part in parts}


def remove_compiled_forms() -> None:
    """Empty the cache of compiled forms; they are made again when next asked for."""
    shutil.rmtree(settings().cache / "compiled", ignore_errors=True)


def _folder(spec: NetworkSpec, path: Path) -> Path:
    """Where its compiled form is, or is to be."""
    version = metadata.version("openvino")
    key = repr((_FORMAT, version, spec, sources.fingerprint(spec.weights, path)))
    digest = hashlib.sha256(key.encode()).hexdigest()[:16]
    is_joined = isinstance(spec, zoo.JoinedNetworkSpec)
    name = _SIDE_BY_SIDE if is_joined else spec.name
    readable = "".join(c if c.isalnum() else "_" for c in name)[-40:]
    places = [each / "compiled" / f"{readable}-{digest}" for each in sources.folders()]
    return next(filter(_is_whole, places), places[0])


def _is_whole(folder: Path) -> bool:
    """Whether a compiled form is there, with all of its constants."""
    try:
        info = json.loads((folder / "info.json").read_bytes())
        is_there = (folder / "model.xml").stat().st_size > 0
        return is_there and (folder / "model.bin").stat().st_size == info["weights_bytes"]
    except (OSError, ValueError, KeyError):
        return False


def _convert(spec: NetworkSpec, folder: Path) -> None:
    _log.info("converting %s", spec.name)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".") as scratch:
        form = Path(scratch) / "form"
        form.mkdir()
        command = [sys.executable, "-m", "core.engine", spec.name, str(form)]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            env={**child_environment(), "CUDA_VISIBLE_DEVICES": "-1"},
        )
        if done.returncode != 0:
            _log.warning("converting %s: %s", spec.name, done.stderr[-2000:])
            message = (done.stderr.strip().splitlines() or ["no message"])[-1]
            for error, code in EXIT_CODES.items():
                if code == done.returncode:
                    raise error(message)
            if done.returncode < 0:
                raise WorkerError.ended(done.returncode)
            raise RuntimeError(f"converting {spec.name} failed")
        try:
            form.rename(folder)
        except OSError:
            if _is_whole(folder):  # somebody else was first
                return
            shutil.rmtree(folder)  # damaged, or the remains of one that was being removed
            form.rename(folder)
    with contextlib.suppress(OSError):  # another process removes them too
        _remove_older(folder.parent)


def _remove_older(folder: Path) -> None:
    """Keep the latest few networks side by side: there are many ways to choose some of all."""
    forms = sorted(folder.glob(f"{_SIDE_BY_SIDE}-*"), key=lambda form: form.stat().st_mtime)
    for form in forms[:-_JOINED_KEPT]:
        shutil.rmtree(form, ignore_errors=True)
