"""Settings with which Graft starts, but does less than it could."""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Iterator

from core import zoo
from core.engine.compiled import compiled_form, is_compiled
from core.engine.devices import has_driver
from core.engine.graph import graph_cost
from core.engine.predictor import memory_cost
from core.errors import GraftError
from core.projects import projects
from core.settings import NAMES, settings
from core.wording import counted

_MIB = 1 << 20
_NAMED = 3
_CLOSE = 0.75  # all share their beginning


def poor_settings() -> list[str]:
    """For each setting that could be better, a sentence that says what is poor and what to do.

    Takes some seconds if a database or an object store does not answer.

    Raises
    ------
    InvalidInputError
        If a setting is wrong; see `core.startup.wrong`.
    """
    return [*_unknown(), *_memory(), *_cache(), *_device(), *_projects()]


def known_costs() -> dict[str, int]:
    """By the title of a network, about the bytes that it takes in memory.

    Only of networks that are compiled here; those of our own are all small.
    """
    costs = {}
    for spec in zoo.networks():
        if not isinstance(spec, zoo.ShippedSpec) and is_compiled(spec):
            form = compiled_form(spec)
            is_image = isinstance(spec, zoo.ImageNetworkSpec)
            costs[spec.title] = memory_cost(form.info) if is_image else graph_cost(form.graph)
    return costs


def _unknown() -> Iterator[str]:
    for name in sorted(os.environ):
        if name.startswith("GRAFT_") and name not in NAMES:
            close = difflib.get_close_matches(name, NAMES, n=1, cutoff=_CLOSE)
            remedy = f"Did you mean {close[0]}?" if close else "README.md lists those there are."
            yield f"There is no setting {name}, so it is ignored. {remedy}"


def _memory() -> Iterator[str]:
    budget = settings().memory_budget
    costs = known_costs()
    large = sorted((cost, title) for title, cost in costs.items() if cost > budget)
    if large:
        names = [title for _, title in large]
        more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
        yield (
            f"{len(large):,} of {counted(len(costs), 'compiled network')} cannot be used, since "
            f"GRAFT_MEMORY_BUDGET_MIB is {budget / _MIB:,.0f}: {', '.join(names[:_NAMED])}{more}. "
            f"Set it to at least {-(-large[-1][0] // _MIB)}."
        )
    memory = _memory_bytes()
    most = settings().memory_bytes
    if memory is not None and most > memory:
        yield (
            "GRAFT_MEMORY_BUDGET_MIB, GRAFT_RESULTS_MIB and GRAFT_HELD_MIB are "
            f"{most / _MIB:,.0f} together, more than the {memory / _MIB:,.0f} MiB of this machine: "
            "it may run out of memory. Set them to half of that at most."
        )


def _cache() -> Iterator[str]:
    try:
        tempfile.TemporaryFile(dir=settings().cache).close()
    except OSError as err:
        yield (
            f"The folder of GRAFT_CACHE cannot be written: {(err.strerror or '?').lower()}. "
            "Networks that are compiled there can be used, and no others. Free space there, or "
            "let the server write it."
        )


def _memory_bytes() -> int | None:
    """Of the machine; None where it cannot be found out."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _device() -> Iterator[str]:
    if settings().device == "gpu" and not has_driver():
        yield (
            "GRAFT_DEVICE is gpu, but no driver for a GPU is loaded: photos are analysed by "
            "TensorFlow on the CPU, which is slower. Set it to auto, or install the driver."
        )


def _projects() -> Iterator[str]:
    now = settings()
    if now.projects_bytes is not None and now.projects_bytes < now.project_bytes:
        yield (
            f"GRAFT_PROJECTS_MIB is {now.projects_bytes / _MIB:,.0f}, less than the "
            f"{now.project_bytes / _MIB:,.0f} MiB of GRAFT_PROJECT_MIB: one project can take all "
            "of it. Set it to several times as much."
        )
    try:
        projects().check()
    except GraftError as err:
        yield f"Projects are not saved at the moment. {err}"
