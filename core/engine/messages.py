"""Snapshots on their way to another process: not too many, and no large array twice."""

from __future__ import annotations

import copyreg
import pickle
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO, Any, TypeVar

import numpy as np

_EVERY_S = 0.1  # between two snapshots at least: more are no use to a reader
_LARGE_BYTES = 1 << 14
Snapshot = TypeVar("Snapshot")


def spaced(snapshots: Iterable[Snapshot]) -> Iterator[Snapshot]:
    """The last of them for certain, of the others at most ten a second."""
    pending: list[Snapshot] = []
    sent_at = -_EVERY_S
    for snapshot in snapshots:
        if time.monotonic() - sent_at >= _EVERY_S:
            yield snapshot
            pending, sent_at = [], time.monotonic()
        else:
            pending = [snapshot]
    yield from pending


def grouped(snapshots: Iterable[Snapshot]) -> Iterator[list[Snapshot]]:
    """All of them, those of a tenth of a second together."""
    pending: list[Snapshot] = []
    sent_at = -_EVERY_S
    try:
        for snapshot in snapshots:
            pending.append(snapshot)
            if time.monotonic() - sent_at >= _EVERY_S:
                yield pending
                pending, sent_at = [], time.monotonic()
    except Exception:
        if pending:
            yield pending
        raise
    if pending:
        yield pending


class Sender:
    """Writes messages; a large array that was in the last one is not written again.

    Parameters
    ----------
    reducers : by type, what objects are pickled as, as in `copyreg.dispatch_table`.
    """

    def __init__(
        self, stream: IO[bytes], reducers: Mapping[type, Callable[[Any], Any]] | None = None
    ) -> None:
        self._stream = stream
        self._reducers = {**copyreg.dispatch_table, **(reducers or {})}
        self._kept: dict[int, np.ndarray] = {}

    def __call__(self, kind: str, content: Any) -> None:
        before, now = self._kept, {}

        class Pickler(pickle.Pickler):
            def persistent_id(self, value: Any) -> tuple | None:
                if type(value) is not np.ndarray or value.nbytes < _LARGE_BYTES:
                    return None
                key = id(value)  # unique, since the array is kept until the next message
                is_there = key in before or key in now
                now[key] = value
                if is_there:
                    return key, None
                return key, (value.dtype.str, value.shape, value.tobytes())

        pickler = Pickler(self._stream, protocol=5)
        pickler.dispatch_table = self._reducers
        pickler.dump((kind, content))
        self._stream.flush()
        self._kept = now


class Receiver:
    """Reads what a `Sender` wrote; arrays that it gets are read-only."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._kept: dict[int, np.ndarray] = {}

    def __call__(self) -> tuple[str, Any]:
        before, now = self._kept, {}

        class Unpickler(pickle.Unpickler):
            def persistent_load(self, pid: tuple) -> np.ndarray:
                key, content = pid
                if content is not None:
                    dtype, shape, data = content
                    now[key] = np.frombuffer(data, dtype).reshape(shape)
                elif key not in now:
                    now[key] = before[key]
                return now[key]

        message = Unpickler(self._stream).load()
        self._kept = now
        return message
