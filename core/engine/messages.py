"""Snapshots on their way to another process: not too many, and no large array twice."""

from __future__ import annotations

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
    reducers : by type, what objects are pickled as, as in `copyreg.dispatch_table`; these are not
        written again either.
    """

    def __init__(
        self, stream: IO[bytes], reducers: Mapping[type, Callable[[Any], Any]] | None = None
    ) -> None:
        self._stream = stream
        self._reducers = dict(reducers or {})
        self._kept: dict[int, Any] = {}

    def __call__(self, kind: str, content: Any) -> None:
        before, now, reducers = self._kept, {}, self._reducers

        class Pickler(pickle.Pickler):
            def persistent_id(self, value: Any) -> tuple | None:
                is_array = type(value) is np.ndarray and value.nbytes >= _LARGE_BYTES
                if not is_array and type(value) not in reducers:
                    return None
                key = id(value)  # unique, since it is kept until the next message
                is_there = key in before or key in now
                now[key] = value
                if is_there:
                    return key, None
                if is_array:
                    return key, (_array, (value.dtype.str, value.shape, value.tobytes()))
                return key, reducers[type(value)](value)

        Pickler(self._stream, protocol=5).dump((kind, content))
        self._stream.flush()
        self._kept = now


class Receiver:
    """Reads what a `Sender` wrote; arrays that it gets are read-only."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._kept: dict[int, Any] = {}

    def __call__(self) -> tuple[str, Any]:
        before, now = self._kept, {}

        class Unpickler(pickle.Unpickler):
            def persistent_load(self, pid: tuple) -> Any:
                key, content = pid
                if content is not None:
                    make, arguments = content
                    now[key] = make(*arguments)
                elif key not in now:
                    now[key] = before[key]
                return now[key]

        message = Unpickler(self._stream).load()
        self._kept = now
        return message


def _array(dtype: str, shape: tuple[int, ...], data: bytes) -> np.ndarray:
    return np.frombuffer(data, dtype).reshape(shape)
