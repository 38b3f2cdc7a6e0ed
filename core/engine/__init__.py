"""Running networks: compiled predictors in a pool that all sessions share, jobs, processes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from core import zoo
from core.engine.apart import apart
from core.engine.compiled import CompiledForm, FormInfo, compiled_form, is_compiled
from core.engine.devices import Machine, device, machine
from core.engine.jobs import Job, JobQueue, JobState
from core.engine.pool import Pool, PoolEntry, PoolStatistics
from core.engine.predictor import Predictor, memory_cost
from core.errors import InvalidInputError
from core.settings import settings

if TYPE_CHECKING:
    from core.engine.gradients import DifferentiableNetwork

__all__ = [
    "CompiledForm",
    "FormInfo",
    "Job",
    "JobQueue",
    "JobState",
    "Machine",
    "NetworkKey",
    "Pool",
    "PoolEntry",
    "PoolStatistics",
    "Predictor",
    "apart",
    "compiled_form",
    "device",
    "differentiable",
    "downloads",
    "is_compiled",
    "jobs",
    "machine",
    "pool",
    "predictor",
]


class NetworkKey(NamedTuple):
    """What tells pooled networks apart; written as the network's name.

    `layer` is None for a predictor's usual outputs, `"gradients"` for the Keras model.
    """

    name: str
    layer: str | None
    precision: str

    def __str__(self) -> str:
        return self.name


pool: Pool[Predictor | DifferentiableNetwork] = Pool(lambda: settings().memory_budget)
"""The networks in memory, shared by all sessions."""

jobs = JobQueue(workers=1, name="job")
"""Long computations. One at a time: two would only take each other's cores."""

downloads = JobQueue(workers=2, name="download")
"""Long waits for the network, which must not hold up computations."""


def predictor(
    backbone: str, *, layer: str | None = None, precision: str | None = None
) -> Predictor:
    """The pooled predictor of an image network, converted and loaded now if need be.

    Parameters
    ----------
    backbone : a name of the zoo, a TF-Hub URL, or the path of a SavedModel folder.
    layer : a layer to look at, one of `Predictor.info.layers`; None gives a predictor with the
        outputs `scores` (if there is a classifier), `embedding` and the last feature map.
    precision : `"f32"` or `"native"`; None as in the settings.

    Raises
    ------
    UnknownNameError, InvalidInputError, WeightsUnavailableError, MemoryBudgetError
    """
    spec = zoo.image_network(backbone)
    precision = precision or settings().precision
    if precision not in ("native", "f32"):
        raise InvalidInputError(f"Expected precision native or f32. Received: {precision}.")

    def load(reserve: Callable[[int], None]) -> Predictor:
        form = compiled_form(spec)
        reserve(memory_cost(form.info))
        return Predictor(spec.name, form, layer=layer, precision=precision, spec=spec)

    return pool.get(NetworkKey(spec.name, layer, precision), load)


def differentiable(backbone: str) -> DifferentiableNetwork:
    """The pooled Keras model of an image network, for gradients; the first loads TensorFlow.

    Raises
    ------
    InvalidInputError
        If it is a TF-Hub module, whose gradients are not to be had here.
    UnknownNameError, WeightsUnavailableError, MemoryBudgetError
    """
    spec = zoo.image_network(backbone)
    if not spec.builder:
        raise InvalidInputError(f"Expected a network with gradients. Received: {spec.title}.")

    def load(reserve: Callable[[int], None]) -> DifferentiableNetwork:
        from core.engine import gradients

        info = compiled_form(spec).info
        reserve(gradients.gradient_cost(info))
        return gradients.DifferentiableNetwork(spec, info)

    return pool.get(NetworkKey(spec.name, "gradients", "f32"), load)
