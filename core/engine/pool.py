"""What all sessions share, bounded in bytes."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from core.engine import cancellation
from core.errors import MemoryBudgetError

Value = TypeVar("Value")
_PATIENCE_S = 60.0  # networks open in seconds, modules of TF-Hub in tens of them


@dataclass(frozen=True, slots=True)
class PoolEntry(Generic[Value]):
    """One value in the pool, as the engine room shows it.

    `bytes` is what it counts for; `used` is seconds since it was last asked for.
    """

    key: Hashable
    value: Value
    bytes: int
    requests: int
    used: float


@dataclass(frozen=True, slots=True)
class PoolStatistics:
    """How the pool does since the process started. Sizes are in bytes."""

    used: int
    budget: int
    hits: int
    loads: int
    evictions: int


@dataclass(slots=True)
class _Slot(Generic[Value]):
    value: Future[Value] = field(default_factory=Future)
    bytes: int = 0
    requests: int = 0
    used: float = field(default_factory=time.monotonic)
    loader: int = field(default_factory=threading.get_ident)


@dataclass(frozen=True, slots=True)
class _Room(Generic[Value]):
    """So many bytes for a value."""

    slot: _Slot[Value]
    bytes: int


class Pool(Generic[Value]):
    """Loads each value once, however many threads ask at once, and keeps those used last.

    Room is made before a value takes it, so that the budget holds during loading too. What does
    not fit beside values that are being loaded waits until they are, and can be evicted. A value
    that is evicted while somebody still works with it lives on until they are done.

    Parameters
    ----------
    budget : callable that returns the number of bytes all values together may take.
    patience_s : how long one waits for room.
    """

    def __init__(self, budget: Callable[[], int], *, patience_s: float = _PATIENCE_S) -> None:
        self._budget = budget
        self._patience_s = patience_s
        self._slots: OrderedDict[Hashable, _Slot[Value]] = OrderedDict()
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        # what each thread that waits waits for: room, or a value that another loads
        self._waiting: dict[int, _Room[Value] | _Slot[Value]] = {}
        self._hits = self._loads = self._evictions = 0

    def get(self, key: Hashable, load: Callable[[Callable[[int], None]], Value]) -> Value:
        """The value of `key`, loaded now if it is not here.

        Parameters
        ----------
        load : makes the value; called by one thread while others who ask for `key` wait. It is
            given a function that it must call with the value's bytes before it takes them.

        Raises
        ------
        MemoryBudgetError
            If it would not fit even alone, or if values that are being loaded do not make room:
            in time, or because they wait for room that this thread holds.
        Cancelled
            If the job for which this thread waits was cancelled.
        """
        while True:
            slot = self._slot_of(key, load)
            try:
                return slot.value.result()
            except cancellation.Cancelled:
                cancellation.check()  # or else it was the job of another thread that loaded it

    def _slot_of(
        self, key: Hashable, load: Callable[[Callable[[int], None]], Value]
    ) -> _Slot[Value]:
        """A slot whose value is there, or why it is not."""
        with self._lock:
            known = self._slots.get(key)
            if known is None:
                self._loads += 1
            else:
                self._hits += 1
            slot = known or self._slots.setdefault(key, _Slot())
            slot.requests += 1
            slot.used = time.monotonic()
            self._slots.move_to_end(key)
        if known is None:
            self._load(key, slot, load)
        elif not slot.value.done():
            with self._changed, self._waits(threading.get_ident(), slot):
                while not slot.value.done():
                    cancellation.check()
                    self._changed.wait(cancellation.LOOK_EVERY_S)
        return slot

    def _load(
        self, key: Hashable, slot: _Slot[Value], load: Callable[[Callable[[int], None]], Value]
    ) -> None:
        try:
            slot.value.set_result(load(lambda cost: self._reserve(key, slot, cost)))
        except BaseException as err:
            with self._lock:
                if self._slots.get(key) is slot:
                    del self._slots[key]
            slot.value.set_exception(err)
            raise
        finally:
            with self._changed:
                self._changed.notify_all()

    def evict(self, key: Hashable) -> None:
        """Drop the value of `key`, if it is here and loaded."""
        with self._lock:
            slot = self._slots.get(key)
            if slot is not None and slot.value.done():
                del self._slots[key]
                self._evictions += 1

    def clear(self) -> None:
        """Drop every loaded value."""
        for entry in self.entries():
            self.evict(entry.key)

    def entries(self) -> list[PoolEntry[Value]]:
        """The loaded values, last used first."""
        now = time.monotonic()
        with self._lock:
            return [
                PoolEntry(key, slot.value.result(), slot.bytes, slot.requests, now - slot.used)
                for key, slot in reversed(self._slots.items())
                if slot.value.done()
            ]

    def statistics(self) -> PoolStatistics:
        """Counts and sizes."""
        with self._lock:
            return PoolStatistics(
                self._used(), self._budget(), self._hits, self._loads, self._evictions
            )

    def _used(self) -> int:
        return sum(slot.bytes for slot in self._slots.values())

    def _reserve(self, key: Hashable, slot: _Slot[Value], cost: int) -> None:
        want = _Room(slot, cost)
        with self._changed:
            if not self._fits(want):
                if cost > (budget := self._budget()):
                    raise MemoryBudgetError(
                        f"{key} needs about {_mib(cost)} MiB in memory, and {_mib(budget)} MiB can "
                        "be had. Raise GRAFT_MEMORY_BUDGET_MIB or choose a smaller network."
                    )
                self._wait_for_room(key, want)
            for oldest in [k for k, s in self._slots.items() if s.value.done()]:
                if self._used() - slot.bytes + cost <= self._budget():
                    break
                del self._slots[oldest]
                self._evictions += 1
            slot.bytes = cost

    def _wait_for_room(self, key: Hashable, want: _Room[Value]) -> None:
        until = time.monotonic() + self._patience_s
        with self._waits(want.slot.loader, want):
            while not self._fits(want):
                patience = until - time.monotonic()
                if patience <= 0 or not self._gets_on(want.slot.loader, set()):
                    loading = sum(s.bytes for s in self._loading() if s is not want.slot)
                    raise MemoryBudgetError(
                        f"{key} needs about {_mib(want.bytes)} MiB in memory, and others take "
                        f"{_mib(loading)} MiB of {_mib(self._budget())} MiB while they are opened. "
                        "Try again in a moment, or raise GRAFT_MEMORY_BUDGET_MIB."
                    )
                cancellation.check()
                self._changed.wait(min(patience, cancellation.LOOK_EVERY_S))

    def _fits(self, want: _Room[Value]) -> bool:
        """Whether there is room beside what is being loaded, once all else is evicted."""
        others = sum(s.bytes for s in self._loading() if s is not want.slot)
        return want.bytes + others <= self._budget()

    def _loading(self) -> list[_Slot[Value]]:
        return [slot for slot in self._slots.values() if not slot.value.done()]

    def _gets_on(self, thread: int, asked: set[int]) -> bool:
        """Whether a thread, or one of those that it waits for, is at work; `asked` are not."""
        if thread in asked:
            return False
        asked.add(thread)
        aim = self._waiting.get(thread)
        if aim is None:
            return True
        if isinstance(aim, _Room):
            holders = [s for s in self._loading() if s.bytes and s is not aim.slot]
            return self._fits(aim) or any(self._gets_on(s.loader, asked) for s in holders)
        return aim.value.done() or self._gets_on(aim.loader, asked)

    @contextlib.contextmanager
    def _waits(self, thread: int, aim: _Room[Value] | _Slot[Value]) -> Iterator[None]:
        """Note what a thread waits for, and let those who wait for it think again."""
        self._waiting[thread] = aim
        self._changed.notify_all()
        try:
            yield
        finally:
            del self._waiting[thread]


def _mib(count: int) -> str:
    return f"{count / 2**20:.0f}"
