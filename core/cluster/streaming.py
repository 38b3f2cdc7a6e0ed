"""Ray tasks that stream messages, and those who wait for their turn to begin one."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Any

from core.cluster.carrying import reader, writer
from core.cluster.connection import (
    CPUS_OF_WORK,
    OVER_CLIENT,
    NodeLostError,
    connected,
    lost,
    share_of_gpu,
)
from core.cluster.turns import turn
from core.engine.cancellation import LOOK_EVERY_S
from core.engine.messages import grouped, spaced
from core.errors import GraftError, as_told
from core.settings import settings

_GPU = 0.5  # of a job
_SPARE = 2  # jobs beyond those that there is room for, by which Ray knows that nodes are wanted


def messages(request: bytes, apart: bool, owner: str) -> Generator[bytes | int | None]:
    """How many jobs the cluster has room for; then what a node says of its work.

    Parameters
    ----------
    request : a message with a `core.cluster.jobs.Work`.
    apart : whether its process ends with it.
    owner : whose turn it has to be before it begins.

    Yields
    ------
    A message as it comes, None several times a second.

    Raises
    ------
    NodeLostError
        If the node has ended.
    """
    ray = connected()
    room = max(1, int(ray.cluster_resources().get("CPU", 1) / CPUS_OF_WORK)) + _SPARE
    yield room
    with turn(ray, owner, room) as is_mine:
        while not is_mine():
            yield None
        try:
            with closing(_messages(ray, request, apart)) as stream:
                for message in stream:
                    is_mine()  # still
                    yield message
        except lost(ray) as err:
            raise NodeLostError(f"{type(err).__name__}") from err


def _messages(ray: Any, request: bytes, apart: bool) -> Generator[bytes | None]:
    """Messages of a job as they come, None several times a second."""
    if not settings().cluster.startswith(OVER_CLIENT):
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
        num_cpus=CPUS_OF_WORK,
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
