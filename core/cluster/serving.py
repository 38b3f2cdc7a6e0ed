"""Ray Serve: a deployment for each family of what is asked, as large as much is asked."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import Future
from typing import Any

from core.cluster.connection import CPUS_OF_REPLICA, ClusterError, connected, share_of_gpu
from core.cluster.replica import AT_ONCE, Replica

_log = logging.getLogger(__name__)
_PATIENCE_S = 300.0
_ATTEMPTS = 3  # of a request whose replica ended, which it may itself have caused
_PAUSE_S = 0.5
_GPU = 0.1  # of a replica; it may use more than what places it
_WAITING = 8 * AT_ONCE  # requests in a replica: Serve itself lets those pause that wait outside
_ONGOING = 8  # requests in a replica on average, above which there is another one
_MOST_REPLICAS = 64
_BUSY_S = 5.0  # of which that is the average
# How long that has to be so. Serve 2.60 takes it for 0 for a moment after each report of a handle,
# which come every second: after a longer time it never had enough of it.
_UP_S = 0.0
_HEALTH_S = 1.0  # until one whose node has ended is started elsewhere
_lock = threading.Lock()
_handles: dict[str, Future[Any]] = {}


def answered(name: str, saved: str | None, request: bytes) -> bytes:
    """What `Replica` says of a request; where one has ended, another one is asked.

    Parameters
    ----------
    name : of the deployment.
    saved : a classifier of a project that it needs, if any.
    """
    ray = connected()
    from ray.serve.exceptions import RayServeException

    ends, until = 0, time.monotonic() + _PATIENCE_S
    while True:
        try:
            handle = _handle(name).result(max(0.0, until - time.monotonic()))
            if saved is not None:
                handle = handle.options(multiplexed_model_id=saved)
            left_s = max(0.0, until - time.monotonic())
            reply: bytes = handle.remote(request).result(timeout_s=left_s)
            return reply
        except TimeoutError as err:
            raise ClusterError(
                f"Expected an answer of the cluster within {_PATIENCE_S:g} s. Received: none."
            ) from err
        except ray.exceptions.RayTaskError:
            raise  # of the task itself, which would end so again
        except (ray.exceptions.RayError, RayServeException, ConnectionError) as err:
            _forget(name)
            ends += not isinstance(err, ray.exceptions.ActorUnavailableError)
            if ends == _ATTEMPTS:
                raise ClusterError(
                    "Expected an answer of the cluster. Received: none; what worked on it has "
                    f"ended {_ATTEMPTS} times."
                ) from err
            time.sleep(_PAUSE_S)


def _handle(name: str) -> Future[Any]:
    """The handle of a family, once it is deployed; others are not waited for."""
    with _lock:
        if name not in _handles:
            _handles[name] = future = Future[Any]()
            threading.Thread(target=_deploy, args=(name, future), daemon=True).start()
        return _handles[name]


def _forget(name: str) -> None:
    """Look again whether it is deployed."""
    with _lock:
        if name in _handles and _handles[name].done():
            del _handles[name]


def _deploy(name: str, handle: Future[Any]) -> None:
    try:
        handle.set_result(_deployed(name))
    except Exception:  # noqa: BLE001 - whoever waits is told
        _log.exception("%s could not be deployed", name)
        with _lock:
            del _handles[name]
        handle.set_exception(
            ClusterError(
                f"Expected the cluster to start what answers about {name}. Received: a failure, "
                "which the log describes. Each node needs the same Graft."
            )
        )


def _deployed(name: str) -> Any:
    """The handle of a family, deployed unless it is there."""
    ray = connected()
    from ray import serve

    app = f"graft-{name}"
    serve.start(proxy_location="Disabled")  # Graft has a web API of its own
    while (state := getattr(serve.status().applications.get(app), "status", "")) == "DEPLOYING":
        time.sleep(_PAUSE_S)  # by another server, which a second time would begin anew
    if state in ("RUNNING", "UNHEALTHY"):
        return serve.get_app_handle(app)
    deployment = serve.deployment(
        name=name,
        max_ongoing_requests=_WAITING,
        max_replicas_per_node=1,  # which has all cores of it, and each network once
        autoscaling_config={
            "min_replicas": 1,
            "max_replicas": _MOST_REPLICAS,
            "target_ongoing_requests": _ONGOING,
            "metrics_interval_s": 1.0,
            "look_back_period_s": _BUSY_S,
            "upscale_delay_s": _UP_S,
        },
        health_check_period_s=_HEALTH_S,
        ray_actor_options={"num_cpus": CPUS_OF_REPLICA, "num_gpus": share_of_gpu(ray, _GPU)},
    )
    return serve.run(deployment(Replica).bind(), name=app, route_prefix=None)
