"""Waiting for something that another thread or process does."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

SLACK: float = 6.0 if "PYTEST_XDIST_WORKER" in os.environ else 1.0
"""How many times what is promised something may take: other processes share the cores."""


def wait_until(condition: Callable[[], object], timeout_s: float = 10) -> None:
    """Wait until `condition()` is true; a test whose condition never is fails, and hangs nobody."""
    until = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < until, f"still waiting after {timeout_s} s"
        time.sleep(0.001)
