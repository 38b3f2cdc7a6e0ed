"""Ray Serve: a deployment for each family of what is asked, as large as much is asked."""

from __future__ import annotations

import threading
import time
from functools import cache
from typing import Any

from core.cluster.connection import ClusterError, connected, share_of_gpu
from core.cluster.replica import AT_ONCE, Replica

_PATIENCE_S = 300.0
_ATTEMPTS = 3  # of a request whose replica ended, which it may itself have caused
_PAUSE_S = 0.5
_CPUS, _GPU = 0.25, 0.1  # of a replica: what places it, not what it may use
_ONGOING = 8  # requests in a replica on average, above which there is another one
_MOST_REPLICAS = 64
_BUSY_S = 5.0  # how long that has to be so: somebody waits
_HEALTH_S = 1.0  # until one whose node has ended is started elsewhere
_deploying = threading.Lock()


def answered(name: str, saved: str | None, request: bytes) -> bytes:
    """What `Replica` says of a request; where one has ended, another one is asked.

    Parameters
    ----------
    name : of the deployment.
    saved : a classifier of a project that it needs, if any.
    """
    ray = connected()
    from ray.serve.exceptions import RayServeException

    handle = _handle(name)
    if saved is not None:
        handle = handle.options(multiplexed_model_id=saved)
    ends, until = 0, time.monotonic() + _PATIENCE_S
    while True:
        try:
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
            ends += not isinstance(err, ray.exceptions.ActorUnavailableError)
            if ends == _ATTEMPTS:
                raise ClusterError(
                    "Expected an answer of the cluster. Received: none; what worked on it has "
                    f"ended {_ATTEMPTS} times."
                ) from err
            time.sleep(_PAUSE_S)


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
            "metrics_interval_s": 1.0,
            "look_back_period_s": _BUSY_S,
            "upscale_delay_s": _BUSY_S,
        },
        health_check_period_s=_HEALTH_S,
        ray_actor_options={"num_cpus": _CPUS, "num_gpus": share_of_gpu(ray, _GPU)},
    )
    return serve.run(deployment(Replica).bind(), name=app, route_prefix=None)
