"""Running networks: compiled predictors in a pool that all sessions share, jobs, processes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

from core import zoo
from core.engine.autodiff.graph import Build, Evaluator, OpenGraph
from core.engine.autodiff.graph import evaluator as _evaluator
from core.engine.cancellation import LOOK_EVERY_S
from core.engine.cancellation import check as check_wanted
from core.engine.child_process import run_in_process
from core.engine.combining import batch_sizes
from core.engine.compiled import FORM, CompiledForm, FormInfo, compiled_form, is_compiled
from core.engine.dense_head import write_with_dense_head
from core.engine.devices import Machine, device, machine, use_cores
from core.engine.graph import THROUGHPUT, Graph, Hint, graph_cost, write_extract
from core.engine.hub.saved_module import module_cost
from core.engine.hub.sounds import SoundModule
from core.engine.hub.styles import StyleModule
from core.engine.hub.texts import TextModule
from core.engine.job import Job, JobState, owner_of_work
from core.engine.jobs import JobQueue
from core.engine.layers import LayerInfo
from core.engine.pool import Pool, PoolEntry, PoolStatistics
from core.engine.predictor import Predictor, memory_cost
from core.engine.threads import on_all_cores, with_heartbeat
from core.engine.time_left import TimeLeft
from core.errors import InvalidInputError
from core.settings import settings

__all__ = [
    "FORM",
    "LONG_JOBS",
    "LOOK_EVERY_S",
    "Build",
    "CompiledForm",
    "Evaluator",
    "FormInfo",
    "Graph",
    "Job",
    "JobQueue",
    "JobState",
    "LayerInfo",
    "Machine",
    "NetworkKey",
    "OpenGraph",
    "Pool",
    "PoolEntry",
    "PoolStatistics",
    "Predictor",
    "TimeLeft",
    "batch_sizes",
    "check_wanted",
    "compiled_form",
    "device",
    "downloads",
    "evaluator",
    "extract",
    "graph",
    "is_compiled",
    "jobs",
    "machine",
    "on_all_cores",
    "owner_of_work",
    "pool",
    "pooled",
    "predictor",
    "run_in_process",
    "saves",
    "sound_module",
    "style_module",
    "text_module",
    "use_cores",
    "with_heartbeat",
    "write_with_dense_head",
]

Pooled = TypeVar("Pooled")
Saved = TypeVar("Saved", TextModule, SoundModule, StyleModule)


class NetworkKey(NamedTuple):
    """What tells pooled networks apart; written as the network's name.

    `layer` is None for a network's usual outputs; for a graph, the names of its outputs, and what
    it is compiled for.
    """

    name: str
    layer: str | None
    precision: str

    def __str__(self) -> str:
        return self.name


pool: Pool[object] = Pool(lambda: settings().memory_budget)
"""The networks in memory, shared by all sessions."""

LONG_JOBS = 1
jobs = JobQueue(workers=LONG_JOBS, name="job", short_s=10.0)
"""Computations: one long one at a time, since two would only take each other's cores, beside
those that take seconds."""

downloads = JobQueue(workers=2, name="download")
"""Long waits for the network, which must not hold up computations."""

saves = JobQueue(workers=2, name="save")
"""What is written to disks and object stores; it must not wait for a training either."""

folders = JobQueue(workers=1, name="folder")
"""Work on any number of files, which may take a day; nobody's training waits for that."""


def predictor(
    backbone: str, *, layer: str | None = None, precision: str | None = None
) -> Predictor:
    """The pooled predictor of an image network, converted and loaded now if need be.

    Parameters
    ----------
    backbone : a name of the zoo, a TF-Hub URL, the path of a SavedModel folder, or the name of a
        saved classifier.
    layer : a layer to look at, one of `Predictor.info.layer_names`; None gives a predictor with the
        outputs `scores` (if there is a classifier), `embedding` and the last feature map.
    precision : `"f32"` or `"native"`; None as in the settings, and f32 for a saved classifier, so
        that it predicts what it did when it was trained.

    Raises
    ------
    UnknownNameError, InvalidInputError, WeightsUnavailableError, MemoryBudgetError
    """
    spec = zoo.image_network(backbone)
    if precision is None and isinstance(spec, zoo.SavedImageNetwork):
        precision = "f32"
    precision = _checked_precision(precision)

    def load(reserve: Callable[[int], None]) -> Predictor:
        form = compiled_form(spec)
        reserve(memory_cost(form.info))
        return Predictor(
            spec.name,
            form,
            labels=zoo.class_labels(spec),
            layer=layer,
            precision=precision,
            spec=spec,
        )

    return pooled(Predictor, NetworkKey(spec.name, layer, precision), load)


def graph(
    name: str,
    *outputs: str,
    part: str = "",
    precision: str | None = None,
    hint: Hint = THROUGHPUT,
) -> Graph:
    """The pooled graph of a network that sees no photos, converted and loaded now if need be.

    Parameters
    ----------
    name : a name of the zoo.
    outputs : what calls return; none stands for all.
    part : which of its graphs, for networks of our own that have several.
    precision, errors : as for `predictor`.
    hint : `"throughput"`, for those who call from several threads, or `"latency"`.
    """
    spec = zoo.network(name)
    precision = _checked_precision(precision)

    def load(reserve: Callable[[int], None]) -> Graph:
        if isinstance(spec, zoo.ShippedSpec):
            ending = f".{part}" if part else ""
            zoo.asset_path(spec, f"{ending}.bin")
            path = zoo.asset_path(spec, f"{ending}.xml")
        else:
            path = compiled_form(spec).graph
        reserve(graph_cost(path))
        return Graph(spec.name, path, outputs, precision, hint)

    layer = ", ".join(filter(None, (part, *outputs, hint)))
    return pooled(Graph, NetworkKey(spec.name, layer, precision), load)


def extract(name: str, output: str, to: Path) -> None:
    """Write the part of a network's graph that one output needs, as an `.xml` and a `.bin`.

    Raises
    ------
    UnknownNameError, InvalidInputError, WeightsUnavailableError
    """
    write_extract(compiled_form(zoo.network(name)).graph, output, to)


def evaluator(
    backbone: str,
    shape: tuple[int, int, int] | None,
    build: Callable[[OpenGraph], Build],
    *,
    label: str,
    precision: str | None = None,
) -> Evaluator:
    """The pooled graph that `build` makes on a network laid open; no TensorFlow is loaded.

    Parameters
    ----------
    shape : (N, H, W), the photos; None is one photo of the size that the network was made for.
    label : tells what is built apart from all else that is built on this network.

    Raises
    ------
    MemoryBudgetError
        If that size would not fit, with the largest that does.
    UnknownNameError, InvalidInputError, WeightsUnavailableError
    """
    precision = _checked_precision(precision)
    part = label if shape is None else f"{label}, {'x'.join(map(str, shape))}"
    key = NetworkKey(zoo.image_network(backbone).name, part, precision)
    return pooled(Evaluator, key, _evaluator(backbone, shape, build, precision=precision))


def text_module(handle: str) -> TextModule:
    """The pooled text embedding of TF-Hub at a URL or in a folder; the first loads TensorFlow.

    Raises
    ------
    InvalidInputError, WeightsUnavailableError, MemoryBudgetError
    """
    return _saved_module(zoo.text_encoder(handle), TextModule)


def sound_module(handle: str) -> SoundModule:
    """As `text_module`, for a sound tagger."""
    return _saved_module(zoo.sound_encoder(handle), SoundModule)


def style_module(handle: str) -> StyleModule:
    """As `text_module`, for a style transfer."""
    return _saved_module(zoo.image_network(handle), StyleModule)


def _saved_module(spec: zoo.NetworkSpec, kind: type[Saved]) -> Saved:
    def load(reserve: Callable[[int], None]) -> Saved:
        folder = zoo.weights_path(spec)
        reserve(module_cost(folder))
        return kind(spec.name, folder)

    return pooled(kind, NetworkKey(spec.name, None, "f32"), load)


def pooled(
    kind: type[Pooled], key: NetworkKey, load: Callable[[Callable[[int], None]], Pooled]
) -> Pooled:
    """What the pool has under a key, loaded now if need be.

    Parameters
    ----------
    kind : what it is.
    load : as for `Pool.get`.

    Raises
    ------
    MemoryBudgetError
        If there is no room for it, and whatever `load` raises.
    """
    value = pool.get(key, load)
    if not isinstance(value, kind):
        raise TypeError(f"Expected {kind.__name__} at {tuple(key)}. Received: {value!r}.")
    return value


def _checked_precision(precision: str | None) -> str:
    precision = precision or settings().precision
    if precision not in ("native", "f32"):
        raise InvalidInputError(f"Expected precision native or f32. Received: {precision}.")
    return precision
