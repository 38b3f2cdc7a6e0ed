"""Answers by Ray Serve: a deployment for each family of tasks, as large as much is asked.

What takes no longer than the way to a replica and back is answered here as long as this process
has a core for it; only what is asked beyond that goes to the cluster.
"""

from __future__ import annotations

import os
import pickle
import threading
import time
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from core import zoo
from core.cluster.connection import ClusterError, connected, share_of_gpu
from core.cluster.replica import AT_ONCE, Replica
from core.cluster.running import run_task
from core.tasks.task import Given, Settings, Task

_PATIENCE_S = 300.0
_ATTEMPTS = 3  # of a request whose replica ended, which it may itself have caused
_PAUSE_S = 0.5
_CPUS, _GPU = 0.25, 0.1  # of a replica: what places it, not what it may use
_ONGOING = 8  # requests in a replica on average, above which there is another one
_MOST_REPLICAS = 64
_HEALTH_S = 1.0  # until one whose node has ended is started elsewhere
_MAKING = "making"
_FAMILIES = {"photo": "photos", "photos": "photos", "text": "texts", "texts": "texts"}
_FAMILIES_OF_DOMAINS = {"vision": "photos", "text": "texts", "sound": "sounds"}
_deploying = threading.Lock()
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
    """What is called has no side effects: where a replica has ended, another one is asked."""
    ray = connected()
    from ray.serve.exceptions import RayServeException

    handle = _handle(name)
    if saved:
        handle = handle.options(multiplexed_model_id=saved[0])
    request = pickle.dumps(call, protocol=5)
    ends, until = 0, time.monotonic() + _PATIENCE_S
    while True:
        try:
            left_s = max(0.0, until - time.monotonic())
            reply = handle.remote(request).result(timeout_s=left_s)
            break
        except TimeoutError as err:
            raise ClusterError(
                f"Expected an answer of the cluster within {_PATIENCE_S:g} s. Received: none."
            ) from err
        except ray.exceptions.RayTaskError:
            raise  # of the task itself, which would end so again
        except (ray.exceptions.RayError, RayServeException, ConnectionError) as err:
            ends += not isinstance(err, ray.exceptions.ActorUnavailableError)
            if ends == _ATTEMPTS:
                raise ClusterError(
                    "Expected an answer of the cluster. Received: none; what worked on it has "
                    f"ended {_ATTEMPTS} times."
                ) from err
            time.sleep(_PAUSE_S)
    result, error = pickle.loads(reply)
    if error is not None:
        raise error
    return result


def _is_saved(value: object) -> bool:
    return isinstance(value, str) and zoo.is_saved(value)


def _handle(name: str) -> Any:
    with _deploying:
        return _deployed(name)


@cache
def _deployed(name: str) -> Any:
    """The handle of a family, deployed unless it is there."""
    ray = connected()
    from ray import serve

    app = f"graft-{name}"
    serve.start(proxy_location="Disabled")  # Graft has a web API of its own
    if getattr(serve.status().applications.get(app), "status", "") == "RUNNING":
        return serve.get_app_handle(app)
    deployment = serve.deployment(
        name=name,
        max_ongoing_requests=AT_ONCE,
        max_replicas_per_node=1,  # which has all cores of it, and each network once
        autoscaling_config={
            "min_replicas": 1,
            "max_replicas": _MOST_REPLICAS,
            "target_ongoing_requests": _ONGOING,
        },
        health_check_period_s=_HEALTH_S,
        ray_actor_options={"num_cpus": _CPUS, "num_gpus": share_of_gpu(ray, _GPU)},
    )
    return serve.run(deployment(Replica).bind(), name=app, route_prefix=None)
