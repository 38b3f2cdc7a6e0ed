"""Whatever could be answered by this process is asked of the cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from core.cluster import answers


@contextmanager
def no_core_free() -> Iterator[None]:
    """Take all cores that answer, for so long."""
    taken = 0
    while answers.cores.acquire(blocking=False):
        taken += 1
    yield
    for _ in range(taken):
        answers.cores.release()
