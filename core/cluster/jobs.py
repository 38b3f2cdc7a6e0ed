"""Jobs as Ray tasks that stream their snapshots, on whichever node has room."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from typing import Any

from core.cluster.carrying import reader, writer
from core.cluster.connection import OVER_CLIENT, ClusterError, connected, share_of_gpu
from core.engine import JobQueue
from core.engine.cancellation import LOOK_EVERY_S
from core.engine.messages import spaced
from core.errors import GraftError, as_told
from core.learning.resuming import ResumePoint
from core.settings import settings as current_settings
from core.tasks import task as task_named
from core.tasks.task import Given, Settings, Task

_log = logging.getLogger(__name__)
_CPUS, _GPU = 1.0, 0.5

cluster_jobs = JobQueue(workers=1, name="cluster")
"""Jobs that wait for the cluster; as many run at once as it has room for, once it is known."""


def steps(task: Task, inputs: Mapping[str, Given], settings: Settings) -> Iterator[Any]:
    """The snapshots of a job that a node works on.

    Where its node ends, another goes on from the last point that the snapshots had, as often as
    there is a new one; without one it begins again once.

    Yields
    ------
    The latest snapshot several times a second, None before the first; at the end the last one.
    Whoever leaves ends the work.

    Raises
    ------
    ClusterError
        If the cluster cannot be used, or nodes end too often.
    What the job raises.
    """
    ray = connected()
    cluster_jobs.resize(max(1, int(ray.cluster_resources().get("CPU", 1) / _CPUS)))
    latest: Any = None
    point: ResumePoint | None = None
    failures = 0
    while True:
        request = pickle.dumps((task.name, dict(inputs), settings, point), protocol=5)
        read = reader()
        try:
            with closing(_messages(ray, request)) as messages:
                for message in messages:
                    if message is not None:
                        kind, content = read(message)
                        if kind == "error":
                            raise content
                        latest = content
                    yield latest
            return
        except lost(ray) as err:
            further = getattr(latest, "resume_point", None) if task.resumes else None
            is_further = further is not None and (point is None or further.number > point.number)
            failures = 1 if is_further else failures + 1
            if failures > 1:
                raise ClusterError(
                    "The node that worked on this has ended too early, and so did another after "
                    "it. Most likely their memory ran out: take less data. Then start again."
                ) from err
            point = further or point
            _log.warning("job %r goes on elsewhere: its node has ended", task.title)


def lost(ray: Any) -> tuple[type[Exception], ...]:
    """What is raised for a node or a process that has ended, which is no fault of the task."""
    errors = ray.exceptions
    return (
        errors.WorkerCrashedError,
        errors.NodeDiedError,
        errors.ActorDiedError,
        errors.ObjectLostError,
        errors.OutOfMemoryError,
        errors.LocalRayletDiedError,
    )


def _messages(ray: Any, request: bytes) -> Generator[bytes | None]:
    """Messages of a job as they come, None several times a second."""
    if not current_settings().cluster.startswith(OVER_CLIENT):
        yield from _streamed(ray, request)
        return
    relay = ray.remote(num_cpus=0)(_Relay).remote(request)
    try:
        while not (isinstance(message := ray.get(relay.next.remote()), bool)):
            yield message
    finally:
        ray.kill(relay)  # with the task that it has begun


def _streamed(ray: Any, request: bytes) -> Iterator[bytes | None]:
    work = ray.remote(
        num_cpus=_CPUS,
        num_gpus=share_of_gpu(ray, _GPU),
        num_returns="streaming",
        max_retries=0,  # `steps` knows where to go on
        scheduling_strategy="SPREAD",
    )(_work)
    stream = work.remote(request)
    try:
        while True:
            ready, _ = ray.wait([stream], timeout=LOOK_EVERY_S)
            if not ready:
                yield None
                continue
            reference = next(stream, None)
            if reference is None:
                return
            yield ray.get(reference)
    finally:
        ray.cancel(stream)


class _Relay:
    """Drives a stream on a node for those who cannot: connections by `ray://` carry none."""

    def __init__(self, request: bytes) -> None:
        import ray

        self._messages = _streamed(ray, request)

    def next(self) -> bytes | bool | None:
        """The next message; False after the last one."""
        return next(self._messages, False)


def _work(request: bytes) -> Iterator[bytes]:
    """On a node: the messages of a job."""
    name, inputs, settings, point = pickle.loads(request)
    write = writer()
    try:
        for snapshot in spaced(task_named(name)(inputs, settings, point)):
            yield write("snapshot", snapshot)
    except Exception as err:
        told = as_told(err)
        if not isinstance(told, GraftError):
            raise
        yield write("error", told)
