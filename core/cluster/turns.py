"""Turns that people take over a whole cluster, whichever servers they use.

Ray begins tasks in the order in which they come, so that a hundred jobs of one person would go
before one of another. Servers therefore ask a process of the cluster for a turn before they begin
one; it has a `JobQueue`, as each server has for its own visitors.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from core.engine import Job, JobQueue, JobState
from core.engine.cancellation import LOOK_EVERY_S

NAMESPACE = "graft"
_NAME = "turns"
_LAPSES_S = 30.0  # a turn whose server has not been heard of for so long
_RENEWED_S = 5.0
_PATIENCE_S = 5.0  # for an answer about it


@dataclass(frozen=True, slots=True)
class Standing:
    """How many jobs of an owner run, and how many wait."""

    owner: str
    running: int
    waiting: int


class Turns:
    """An actor: whose turn it is."""

    def __init__(self) -> None:
        self._queue = JobQueue(workers=1, name="turn")
        self._asked: dict[str, tuple[Job[None], list[float]]] = {}

    def ask(self, ticket: str, owner: str, room: int) -> bool:
        """Whether it is the turn of this ticket, which is forgotten unless it asks again soon."""
        self._queue.resize(room)
        self._forget()
        if ticket not in self._asked:
            times = [time.monotonic()]
            job = self._queue.submit(partial(_hold, times), title=ticket, owner=owner)
            self._asked[ticket] = job, times
        job, times = self._asked[ticket]
        times[0] = time.monotonic()
        return job.state is not JobState.QUEUED

    def end(self, ticket: str) -> None:
        """Let the next one have its turn."""
        job, _ = self._asked.pop(ticket, (None, []))
        if job is not None:
            self._queue.cancel(job)

    def standings(self) -> list[Standing]:
        """Of all owners who have jobs."""
        self._forget()
        states = [(job.owner, job.state is JobState.RUNNING) for job, _ in self._asked.values()]
        counts = Counter(states)
        owners = dict.fromkeys(owner for owner, _ in states)
        return [Standing(owner, counts[owner, True], counts[owner, False]) for owner in owners]

    def _forget(self) -> None:
        """Those that have lapsed."""
        self._asked = {name: held for name, held in self._asked.items() if not held[0].is_over}


def _hold(times: list[float]) -> Iterator[None]:
    """Until it is cancelled or has not been asked for."""
    while time.monotonic() - times[0] < _LAPSES_S:
        yield
        time.sleep(LOOK_EVERY_S)


@contextlib.contextmanager
def turn(ray: Any, owner: str, room: int) -> Iterator[Callable[[], bool]]:
    """Wait in line with everybody who uses the cluster.

    Parameters
    ----------
    owner : whose jobs take turns with those of others.
    room : how many jobs of everybody run at once.

    Yields
    ------
    Whether it is this job's turn by now; to be called several times a second, as long as it runs.
    Where nobody can tell, it is: Ray itself knows what there is room for.
    """
    ticket = secrets.token_hex(8)
    try:
        turns = _actor(ray)
    except (ray.exceptions.RayError, ValueError):
        yield lambda: True
        return
    asked, is_mine = float("-inf"), False

    def ask() -> bool:
        nonlocal asked, is_mine
        every = _RENEWED_S if is_mine else LOOK_EVERY_S
        if (now := time.monotonic()) - asked < every:
            if not is_mine:
                time.sleep(LOOK_EVERY_S)
            return is_mine
        asked = now
        answer = turns.ask.remote(ticket, owner, room)
        if not is_mine:
            try:
                is_mine = ray.get(answer, timeout=_PATIENCE_S)
            except ray.exceptions.RayError:
                is_mine = True
        return is_mine

    try:
        yield ask
    finally:
        turns.end.remote(ticket)


def standings(ray: Any) -> list[Standing]:
    """Of all owners who have jobs on a cluster; none where nobody can tell."""
    try:
        answer: list[Standing] = ray.get(_actor(ray).standings.remote(), timeout=_PATIENCE_S)
    except (ray.exceptions.RayError, ValueError):
        return []
    return answer


def _actor(ray: Any) -> Any:
    """The one `Turns` of a cluster, which stays when who has started it goes."""
    how = {"num_cpus": 0, "lifetime": "detached", "max_restarts": -1, "get_if_exists": True}
    return ray.remote(Turns).options(name=_NAME, namespace=NAMESPACE, **how).remote()
