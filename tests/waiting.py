"""Waiting for something that another thread or process does."""

from __future__ import annotations

import time
from collections.abc import Callable


def wait_until(condition: Callable[[], object], timeout_s: float = 10) -> None:
    """Wait until `condition()` is true; a test whose condition never is fails, and hangs nobody."""
    until = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < until, f"still waiting after {timeout_s} s"
        time.sleep(0.001)
