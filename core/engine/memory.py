"""What takes how much memory, and results that all sessions share, bounded in bytes together."""

from __future__ import annotations

import io
import itertools
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Generic, TypeVar
from weakref import WeakSet

import numpy as np
from prometheus_client import PROCESS_COLLECTOR

Value = TypeVar("Value")
SHARED_BUDGET = 128 << 20
"""Bytes that all `SharedResults` may take together."""


def size_of(*values: object) -> int:
    """About how many bytes the arrays, files and texts in some values take, each counted once.

    It looks into collections, dataclasses and objects of this project's classes.
    """
    seen: dict[int, object] = {}  # with the objects, so that no address is that of another one
    waiting, total = [*values], 0
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen[id(value)] = value
        if isinstance(value, np.ndarray):
            total += value.nbytes
        elif isinstance(value, (bytes, bytearray, str)):
            total += len(value)
        elif isinstance(value, io.BytesIO):
            total += value.getbuffer().nbytes
        else:
            waiting += _parts(value)
    return total


def _parts(value: object) -> Iterable[object]:
    if isinstance(value, Mapping):
        return [*value.values()]
    if isinstance(value, (list, tuple, set, frozenset)):
        return [*value]
    if isinstance(value, type):
        return []
    if is_dataclass(value):
        return [getattr(value, each.name, None) for each in fields(value)]
    if type(value).__module__.startswith(("core.", "pages.")):
        return [*getattr(value, "__dict__", {}).values()]
    return []


def resident_bytes() -> int | None:
    """What this process has in memory, libraries included; None where that cannot be known."""
    for family in PROCESS_COLLECTOR.collect():
        if family.name == "process_resident_memory_bytes":
            return int(family.samples[0].value)
    return None


@dataclass(slots=True)
class _Entry(Generic[Value]):
    value: Value
    bytes: int
    used: int  # higher is later, across all results


_every: WeakSet[SharedResults] = WeakSet()
_lock = threading.Lock()
_now: Callable[[], int] = itertools.count().__next__


class SharedResults(Generic[Value]):
    """Results by what they are of, the last used ones; safe to use from any thread.

    All that is in any such object counts: where that is more than `SHARED_BUDGET`, what was used
    longest ago goes, wherever it is, and may be gone a moment after it was seen. One result that
    is larger than that by itself stays until the next one comes.
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
        size = size_of(value)
        with _lock:
            self._entries[key] = _Entry(value, size, _now())
            self._entries.move_to_end(key)
            while sum(results.bytes for results in _every) > SHARED_BUDGET:
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
