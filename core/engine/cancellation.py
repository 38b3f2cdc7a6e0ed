"""Whether the work of this thread is still wanted, for those that wait deep inside it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from contextvars import ContextVar

LOOK_EVERY_S = 0.1
"""Who waits for something looks so often whether they should still."""

_asked_to_end: ContextVar[threading.Event | None] = ContextVar("asked_to_end", default=None)


class Cancelled(BaseException):
    """Nobody wants the result any more; only jobs catch it."""


@contextlib.contextmanager
def cancelled_by(event: threading.Event) -> Iterator[None]:
    """What runs in this context, in this thread, ends early once `event` is set."""
    token = _asked_to_end.set(event)
    try:
        yield
    finally:
        _asked_to_end.reset(token)


def check() -> None:
    """To be called while waiting.

    Raises
    ------
    Cancelled
        If the job that this thread works for was cancelled.
    """
    event = _asked_to_end.get()
    if event is not None and event.is_set():
        raise Cancelled
