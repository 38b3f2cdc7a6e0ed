"""What all sessions share, bounded in bytes."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from core.errors import MemoryBudgetError

Value = TypeVar("Value")


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


class Pool(Generic[Value]):
    """Loads each value once, however many threads ask at once, and keeps those used last.

    Room is made before a value takes it, so that the budget holds during loading too. A value
    that is evicted while somebody still works with it lives on until they are done.

    Parameters
    ----------
    budget : callable that returns the number of bytes all values together may take.
    """

    def __init__(self, budget: Callable[[], int]) -> None:
        self._budget = budget
        self._slots: OrderedDict[Hashable, _Slot[Value]] = OrderedDict()
        self._lock = threading.Lock()
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
            If it would not fit even alone, or not beside values that are being loaded.
        """
        with self._lock:
            slot = self._slots.get(key)
            mine = slot is None
            if mine:
                slot = self._slots[key] = _Slot()
                self._loads += 1
            else:
                self._hits += 1
            slot.requests += 1
            slot.used = time.monotonic()
            self._slots.move_to_end(key)
        if mine:
            try:
                slot.value.set_result(load(lambda cost: self._reserve(key, slot, cost)))
            except BaseException as err:
                with self._lock:
                    if self._slots.get(key) is slot:
                        del self._slots[key]
                slot.value.set_exception(err)
                raise
        return slot.value.result()

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
        with self._lock:
            budget = self._budget()
            loading = sum(s.bytes for s in self._slots.values() if not s.value.done())
            if cost + loading > budget:
                raise MemoryBudgetError(
                    f"{key} needs about {cost / 2**20:.0f} MiB in memory, and "
                    f"{max(0, budget - loading) / 2**20:.0f} MiB of {budget / 2**20:.0f} MiB can "
                    "be had. Raise GRAFT_MEMORY_BUDGET_MIB or choose a smaller network."
                )
            for oldest in [k for k, s in self._slots.items() if s.value.done()]:
                if self._used() + cost <= budget:
                    break
                del self._slots[oldest]
                self._evictions += 1
            slot.bytes = cost
