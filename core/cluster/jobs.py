"""Jobs as Ray tasks that stream their snapshots, on whichever node has room."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

from core import engine
from core.cluster.carrying import reader, writer
from core.cluster.connection import OVER_CLIENT, ClusterError, connected, share_of_gpu
from core.cluster.turns import turn
from core.engine.cancellation import LOOK_EVERY_S
from core.engine.messages import grouped, spaced
from core.errors import GraftError, as_told
from core.learning.resuming import ResumePoint
from core.settings import settings as current_settings

_log = logging.getLogger(__name__)
_CPUS, _GPU = 1.0, 0.5
_SPARE = 2  # jobs beyond those that there is room for, by which Ray knows that nodes are wanted


@dataclass(frozen=True, slots=True)
class Work:
    """A generator that a node drives; see `core.cluster.steps`."""

    function: Callable[..., Iterable[Any]]
    arguments: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)
    apart: bool = False
    resumes: bool = False
    every: bool = False

    def going_on(self, point: ResumePoint) -> Work:
        """The same, from a point on."""
        return replace(self, keywords={**self.keywords, "resume": point})


def steps(work: Work) -> Iterator[Any]:
    """The snapshots of work that a node does, once it is its owner's turn.

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
    What the work raises.
    """
    ray = connected()
    room = max(1, int(ray.cluster_resources().get("CPU", 1) / _CPUS)) + _SPARE
    engine.jobs.resize(room)
    with turn(ray, engine.owner_of_work(), room) as is_mine:
        while not is_mine():
            yield None
        yield from _steps(ray, work, is_mine)


def _steps(ray: Any, work: Work, hold: Callable[[], object]) -> Iterator[Any]:
    latest: Any = None
    point: ResumePoint | None = None
    received = failures = 0
    while True:
        read, again = reader(), 0
        try:
            with closing(_messages(ray, writer()("work", work), work.apart)) as messages:
                for message in messages:
                    hold()
                    kind, content = ("", []) if message is None else read(message)
                    if kind == "error":
                        raise content
                    if not content:
                        yield latest
                    for snapshot in content:
                        again += 1
                        if work.every and again <= received:  # known from a node before
                            continue
                        received, latest = again, snapshot
                        yield latest
            return
        except _lost(ray) as err:
            further = getattr(latest, "resume_point", None) if work.resumes else None
            is_further = further is not None and (point is None or further.number > point.number)
            failures = 1 if is_further else failures + 1
            if failures > 1:
                raise ClusterError(
                    "The node that worked on this has ended too early, and so did another after "
                    "it. Most likely their memory ran out: take less data. Then start again."
                ) from err
            if is_further:
                point = further
                work = work.going_on(further)
            _log.warning("%s goes on elsewhere: its node has ended", work.function.__name__)


def _lost(ray: Any) -> tuple[type[Exception], ...]:
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


def _messages(ray: Any, request: bytes, apart: bool) -> Generator[bytes | None]:
    """Messages of a job as they come, None several times a second."""
    if not current_settings().cluster.startswith(OVER_CLIENT):
        yield from _streamed(ray, request, apart)
        return
    relay = ray.remote(num_cpus=0)(_Relay).remote(request, apart)
    try:
        while not (isinstance(message := ray.get(relay.next.remote()), bool)):
            yield message
    finally:
        ray.kill(relay)  # with the task that it has begun


def _streamed(ray: Any, request: bytes, apart: bool) -> Iterator[bytes | None]:
    work = ray.remote(
        num_cpus=_CPUS,
        num_gpus=share_of_gpu(ray, _GPU),
        num_returns="streaming",
        max_retries=0,  # `steps` knows where to go on
        max_calls=int(apart),  # the process ends after it
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

    def __init__(self, request: bytes, apart: bool) -> None:
        import ray

        self._messages = _streamed(ray, request, apart)

    def next(self) -> bytes | bool | None:
        """The next message; False after the last one."""
        return next(self._messages, False)


def _work(request: bytes) -> Iterator[bytes]:
    """On a node: the messages of a job."""
    _, work = reader()(request)
    write = writer()
    try:
        snapshots = work.function(*work.arguments, **work.keywords)
        for some in grouped(snapshots) if work.every else ([each] for each in spaced(snapshots)):
            yield write("snapshots", some)
    except Exception as err:
        told = as_told(err)
        if not isinstance(told, GraftError):
            raise
        yield write("error", told)
