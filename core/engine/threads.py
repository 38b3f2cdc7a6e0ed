"""Work in threads: the same on many inputs, and what cannot be stopped."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

from core.engine.devices import machine
from core.errors import InvalidInputError, without_frames

InputT = TypeVar("InputT")
ResultT = TypeVar("ResultT")
_AHEAD_PER_THREAD = 8
_HEARTBEAT_S = 0.2


def on_all_cores(
    inputs: Iterable[InputT], work: Callable[[InputT], ResultT]
) -> Iterator[ResultT | InvalidInputError]:
    """What some work makes of many inputs, in order and in constant memory.

    Parameters
    ----------
    work : lets other threads run while it decodes or computes; an input that it cannot use is
        handed over as the error that says why.
    """

    def result_or_error(one: InputT) -> ResultT | InvalidInputError:
        try:
            return work(one)
        except InvalidInputError as err:
            return without_frames(err)

    threads = machine().cores
    with ThreadPoolExecutor(threads, thread_name_prefix="on-all-cores") as pool:
        waiting: deque[Future[ResultT | InvalidInputError]] = deque()
        for one in inputs:
            waiting.append(pool.submit(result_or_error, one))
            if len(waiting) > threads * _AHEAD_PER_THREAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def with_heartbeat(work: Callable[[], ResultT]) -> Iterator[ResultT | None]:
    """Work of a library that cannot be stopped: None several times a second, then its result.

    Left alone, its thread ends by itself.
    """
    worker = ThreadPoolExecutor(1, thread_name_prefix="heartbeat")
    result = worker.submit(work)
    worker.shutdown(wait=False)
    while not wait([result], timeout=_HEARTBEAT_S).done:
        yield None
    yield result.result()
