"""Requests of many threads joined into batches, without a thread of their own."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Request = TypeVar("Request")
Result = TypeVar("Result")


_sizes: Counter[int] = Counter()
_sizes_lock = threading.Lock()


def batch_sizes() -> Counter[int]:
    """How many batches of each size this process has run, of all networks together."""
    with _sizes_lock:
        return Counter(_sizes)


class _Ticket(Generic[Request, Result]):
    __slots__ = ("done", "error", "request", "results", "size")

    def __init__(self, request: Request, size: int) -> None:
        self.request = request
        self.size = size
        self.done = False
        self.results: tuple[Result, ...] = ()  # the one, once there is one
        self.error: BaseException | None = None


class Combiner(Generic[Request, Result]):
    """Runs one batch at a time; whoever holds the lock runs what has piled up meanwhile.

    A lone caller pays for one uncontended lock and no hand-over between threads; under load the
    batches grow by themselves.

    Parameters
    ----------
    run : callable from the requests of a batch to their results, in order.
    max_size : int
        A batch takes waiting requests while their sizes add up to at most this many, and
        always at least one.

    References
    ----------
    Hendler et al., "Flat combining and the synchronization-parallelism tradeoff" (2010),
    https://doi.org/10.1145/1810479.1810540
    """

    def __init__(
        self, run: Callable[[Sequence[Request]], Sequence[Result]], *, max_size: int
    ) -> None:
        self._run = run
        self._max_size = max_size
        self._waiting: deque[_Ticket[Request, Result]] = deque()
        self._lock = threading.Lock()

    def __call__(self, request: Request, *, size: int = 1) -> Result:
        """The result of `request`, computed in a batch with others that wait.

        An exception of `run` reaches every caller of its batch.
        """
        ticket: _Ticket[Request, Result] = _Ticket(request, size)
        self._waiting.append(ticket)
        with self._lock:
            while not ticket.done:
                self._run_batch(self._take())
        if ticket.error is not None:
            raise ticket.error
        return ticket.results[0]

    def _take(self) -> list[_Ticket[Request, Result]]:
        batch = [self._waiting.popleft()]
        size = batch[0].size
        while self._waiting and size + self._waiting[0].size <= self._max_size:
            batch.append(self._waiting.popleft())
            size += batch[-1].size
        return batch

    def _run_batch(self, batch: list[_Ticket[Request, Result]]) -> None:
        with _sizes_lock:
            _sizes[sum(ticket.size for ticket in batch)] += 1
        try:
            results = self._run([ticket.request for ticket in batch])
            for ticket, result in zip(batch, results, strict=True):
                ticket.results = (result,)
        except BaseException as err:  # noqa: BLE001 - handed to the callers, who raise it
            for ticket in batch:
                ticket.error = err
        for ticket in batch:
            ticket.done = True
