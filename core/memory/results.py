"""Results that can be made again, bounded in bytes together: what was used longest ago goes."""

from __future__ import annotations

import itertools
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar
from weakref import WeakSet

from core.memory.sizes import size_of
from core.settings import settings

Value = TypeVar("Value")


def shared_budget() -> int:
    """Bytes that all `SharedResults` may take together: a third of `GRAFT_RESULTS_MIB`.

    The rest is for the caches of pages, which have their own bound for all of them.
    """
    return settings().results_bytes // 3


@dataclass(slots=True)
class _Entry(Generic[Value]):
    value: Value
    bytes: int
    used: int  # higher is later, across all results


_every: WeakSet[SharedResults] = WeakSet()
_lock = threading.RLock()  # what goes may be the last to hold other results
_now: Callable[[], int] = itertools.count().__next__


class SharedResults(Generic[Value]):
    """Results by what they are of, the last used ones; safe to use from any thread.

    All that is in any such object counts, keys too: where that is more than `shared_budget`, what
    was used longest ago goes, wherever it is, and may be gone a moment after it was seen. One
    result that is larger than that by itself stays until the next one comes.
    """

    def __init__(self) -> None:
        self._entries: OrderedDict[Hashable, _Entry[Value]] = OrderedDict()
        with _lock:
            _every.add(self)

    def get(self, key: Hashable) -> Value | None:
        """The result, if it is there."""
        with _lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            entry.used = _now()
            self._entries.move_to_end(key)
            return entry.value

    def put(self, key: Hashable, value: Value) -> None:
        """Keep a result, and let others go for it."""
        size, budget = size_of(key, value), shared_budget()
        with _lock:
            self._entries[key] = _Entry(value, size, _now())
            self._entries.move_to_end(key)
            while sum(results.bytes for results in _every) > budget:
                first = min(filter(len, _every), key=SharedResults._oldest)
                if first is self and len(self) == 1:
                    break
                first._entries.popitem(last=False)

    def forget(self, key: Hashable) -> None:
        """Let a result go, if it is there."""
        with _lock:
            self._entries.pop(key, None)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def bytes(self) -> int:
        """What they take."""
        return sum(entry.bytes for entry in [*self._entries.values()])

    def _oldest(self) -> int:
        return next(iter(self._entries.values())).used


def shared_bytes() -> tuple[int, int]:
    """How many shared results there are, and how many bytes they take."""
    with _lock:
        return sum(map(len, _every)), sum(results.bytes for results in _every)
