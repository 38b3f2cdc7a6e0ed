"""Tasks on many machines: the same table, run by Ray where `GRAFT_CLUSTER` names a cluster.

What is answered at once goes to a deployment of Ray Serve, a job to a Ray task that streams its
snapshots. Nothing of Ray is imported before the first of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core import engine
from core.cluster.answers import answer
from core.cluster.jobs import cluster_jobs, steps
from core.settings import settings as current_settings
from core.tasks.task import Given, Settings, Task


def run(task: Task, inputs: Mapping[str, Given], settings: Settings) -> Any:
    """`task(inputs, settings)`, on the cluster if there is one.

    Snapshots that come from a cluster come again while there is no other, None before the first.

    Raises
    ------
    ClusterError
        If the cluster cannot be used.
    GraftError
        As the task does.
    """
    if current_settings().cluster == "none":
        return task(inputs, settings)
    return (steps if task.is_job else answer)(task, inputs, settings)


def queue() -> engine.JobQueue:
    """Where jobs wait that `run` drives: of a cluster, as many run at once as it has room for."""
    return engine.jobs if current_settings().cluster == "none" else cluster_jobs
