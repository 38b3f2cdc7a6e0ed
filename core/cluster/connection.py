"""The Ray cluster that `GRAFT_CLUSTER` names: started here or joined, when it is first needed."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import sys
import threading
from typing import Any

from core.errors import GraftError
from core.settings import settings

OVER_CLIENT = "ray://"
"""How addresses begin that are reached from a machine that is no node of the cluster."""
NOT_INSTALLED = (
    "Expected Ray, to work on a cluster. Received: no such package. Install the extra `cluster` of "
    "Graft, or use neither GRAFT_CLUSTER nor --cluster."
)
CPUS_OF_WORK, CPUS_OF_REPLICA = 0.995, 0.001
"""What Ray counts for a job or a worker on a folder, and for a replica: what is left of a core is
for those that answer, so that no answer waits for work that takes long."""
_HERE = "auto"
_LEAST_CPUS = 2  # as Ray counts them: deployments take one together, a job another
_ANSWERS_WITHIN_S = 5.0
_lock = threading.Lock()


class ClusterError(GraftError):
    """A cluster that cannot be used, or does not go on."""


class NodeLostError(ClusterError):
    """A node that has ended, which is no fault of its work."""


def connected(otherwise: str = "none") -> Any:
    """The module `ray`, connected; it stays so until this process ends, or the cluster.

    Servers use it in a process of its own; see `core.cluster.driver`.

    Parameters
    ----------
    otherwise : what to take for `GRAFT_CLUSTER` where that names no cluster.

    Raises
    ------
    ClusterError
        If Ray is not installed, or the cluster does not answer.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is sent to anybody
    os.environ.setdefault("RAY_ENABLE_AUTO_CONNECT", "0")  # no other in place of one that is lost
    named = settings().cluster
    address = otherwise if named == "none" else named
    if address == _HERE and "ray" not in sys.modules:  # which reads it when it is imported
        # its ports are open to other machines, and it does what anybody says who has the token
        os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    try:
        import ray
        from ray import serve  # noqa: F401 - of the same extra
    except ImportError as err:
        raise ClusterError(NOT_INSTALLED) from err
    with _lock:
        if not ray.is_initialized():
            _connect(ray, address)
    return ray


def lost(ray: Any) -> tuple[type[Exception], ...]:
    """What is raised for a node or a process that has ended, which is no fault of the work."""
    errors = ray.exceptions
    return (
        errors.WorkerCrashedError,
        errors.NodeDiedError,
        errors.ActorDiedError,
        errors.ObjectLostError,
        errors.OutOfMemoryError,
        errors.LocalRayletDiedError,
    )


def share_of_gpu(ray: Any, share: float) -> float:
    """What to ask for of a GPU: that share, or nothing where the cluster has none."""
    return share if ray.cluster_resources().get("GPU") else 0.0


def _connect(ray: Any, address: str) -> None:
    quiet = {"log_to_driver": False, "logging_level": logging.ERROR}
    check_answers(address)
    try:
        if address == _HERE:
            cpus = max(_LEAST_CPUS, os.cpu_count() or 1)
            ray.init("local", num_cpus=cpus, include_dashboard=False, **quiet)
        else:
            ray.init(address, **quiet)
    except (ConnectionError, OSError, RuntimeError, ValueError) as err:
        if address == _HERE:
            raise ClusterError(
                "Expected Ray to start on this machine. Received: a failure, which the log "
                "describes."
            ) from err
        raise ClusterError(
            f"Expected a Ray cluster at {address}, as GRAFT_CLUSTER says. Received: one that "
            "cannot be joined. It needs the same versions of Ray and Python, the same "
            "RAY_AUTH_TOKEN if it asks for one and, unless the address begins with "
            f"{OVER_CLIENT}, this machine has to be a node of it."
        ) from err
    logging.getLogger("ray.serve").setLevel(logging.WARNING)


def check_answers(address: str) -> None:
    """Ray itself would try for minutes, and then end this process.

    Raises
    ------
    ClusterError
        If nothing answers there.
    """
    if address != _HERE and not is_answering(address):
        raise ClusterError(
            f"Expected a Ray cluster at {address}, as GRAFT_CLUSTER says. Received: no answer. "
            "Start one with `ray start --head`, or correct the address."
        )


def is_answering(address: str) -> bool:
    """Whether a port is open at the address of a cluster."""
    host, _, port = address.removeprefix(OVER_CLIENT).rpartition(":")
    try:
        socket.create_connection((host, int(port)), _ANSWERS_WITHIN_S).close()
    except (OSError, OverflowError):
        return False
    return True
