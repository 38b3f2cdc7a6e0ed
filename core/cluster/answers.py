"""Answers by this process or by a cluster, where a deployment waits for each family of tasks.

What takes no longer than the way to a replica and back is answered here as long as this process
has a core for it; only what is asked beyond that goes to the cluster.
"""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from core import zoo
from core.cluster.link import ask
from core.cluster.running import run_task
from core.tasks.task import Given, Settings, Task

_MAKING = "making"
_FAMILIES = {"photo": "photos", "photos": "photos", "text": "texts", "texts": "texts"}
_FAMILIES_OF_DOMAINS = {"vision": "photos", "text": "texts", "sound": "sounds"}
cores = threading.BoundedSemaphore(os.cpu_count() or 1)
"""Those of this process that answer nothing now."""


def family(task: Task) -> str:
    """Which deployment answers it: `making` for pictures, else what its inputs are."""
    if task.picture is not None:
        return _MAKING
    return _FAMILIES.get(task.inputs[0].kind, "sounds")


def answer(task: Task, inputs: Mapping[str, Given], settings: Settings) -> Any:
    """What the task returns or raises, by this process or a replica.

    Raises
    ------
    ClusterError
        If there is no answer.
    """
    there = partial(run_task, task.name, dict(inputs), settings)
    saved = [each for each in settings.arguments().values() if _is_saved(each)]
    return _answered(family(task), partial(task, inputs, settings), there, saved)


def spread(call: partial[Any]) -> Any:
    """What a function of a domain returns or raises, by this process or a replica.

    Raises
    ------
    ClusterError
        If there is no answer.
    """
    domain = call.func.__module__.split(".")[1]
    saved = [each for each in (*call.args, *call.keywords.values()) if _is_saved(each)]
    return _answered(_FAMILIES_OF_DOMAINS.get(domain, _MAKING), call, call, saved)


def _answered(name: str, here: Callable[[], Any], there: partial[Any], saved: list[str]) -> Any:
    """By this process where it has a core for it, else by a replica; pictures take long anyway."""
    if name != _MAKING and cores.acquire(blocking=False):
        try:
            return here()
        finally:
            cores.release()
    return _by_replica(name, there, saved)


def _by_replica(name: str, call: partial[Any], saved: list[str]) -> Any:
    request = pickle.dumps(call, protocol=5)
    (reply,) = ask("answered", name, saved[0] if saved else None, request)
    result, error = pickle.loads(reply)
    if error is not None:
        raise error
    return result


def _is_saved(value: object) -> bool:
    return isinstance(value, str) and zoo.is_saved(value)
