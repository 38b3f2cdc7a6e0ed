"""Tasks that take long: a job, its progress as it goes on, its result for a while."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from core import cluster, engine
from core.api.problems import UNEXPECTED, BusyError
from core.api.sharing import JobElsewhere, sharing
from core.errors import GraftError, MemoryBudgetError, UnknownNameError
from core.memory.held import count_held, room_for
from core.memory.sizes import size_of
from core.projects.api_jobs import KEPT_S
from core.settings import settings as settings_in_force
from core.tasks.task import Given, Settings, Task

MOST_KEPT = 256  # jobs; a result may hold a picture or a classifier
MOST_OPEN = 8  # jobs of one owner that wait or run
MOST_HELD = 1 << 30  # bytes of the inputs of all jobs that wait or run
WANTED_S = 900.0  # a job at which nobody has looked for longer stands back for others
_WAIT_S = 15  # when to come again, if there are too many


class JobAnswer(BaseModel):
    """Where a job is in its life.

    `progress` is in [0, 1]; `seconds_left` a range, None where nobody can know; `ahead` how many
    jobs run before this one.
    """

    id: str
    task: str
    state: Literal["queued", "running", "done", "cancelled", "failed"]
    progress: float | None
    seconds_left: Annotated[list[float], Field(min_length=2, max_length=2)] | None
    ahead: int
    error: str | None
    links: dict[str, str]


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose jobs wait in one line, and with which key they can be seen; None for any."""

    line: str
    key: str | None = None


@dataclass(slots=True)
class Entry:
    """A job, and what the API knows of it."""

    id: str
    task: Task
    owner: Owner
    size: int
    job: engine.Job = field(init=False)
    looked: float = field(default_factory=time.monotonic)
    held: int | None = None  # bytes of its result, counted once it has ended

    def is_wanted(self) -> bool:
        """Whether anybody has looked at it lately."""
        return time.monotonic() - self.looked <= WANTED_S


class JobTable:
    """The jobs that came by the API; safe to use from any thread.

    Attributes
    ----------
    is_shared : whether other servers know them too, and `find` may wait for the database.
    """

    def __init__(self, queue: engine.JobQueue = engine.jobs) -> None:
        self._queue = queue
        self._entries: dict[str, Entry] = {}
        self._lock = threading.Lock()
        self._sharing = sharing(self.answer, self.cancel)
        self.is_shared = self._sharing is not None
        count_held("Jobs of the web API: inputs and results", self._jobs)

    def start(
        self, task: Task, inputs: Mapping[str, Given], settings: Settings, owner: Owner
    ) -> Entry:
        """Put a task into the queue that visitors wait in too.

        Raises
        ------
        BusyError
            If its owner, or everybody together, has as many jobs as may wait, or holds as much.
        StorageError
            If other servers cannot be told of it.
        """
        entry = Entry(secrets.token_urlsafe(16), task, owner, _size(inputs))
        with self._lock:
            self._forget_old(one_comes=True)
            self._check_room(entry)
            entry.job = self._queue.submit(
                partial(cluster.run, task, inputs, settings),
                title=task.title,
                owner=owner.line,
                kind=task.name,
                is_long=cluster.is_used(),  # nothing of it is done here
                is_wanted=entry.is_wanted,
            )
            self._entries[entry.id] = entry
        if task.share is not None:
            entry.job.follow(task.share)
        if self._sharing is not None:
            try:
                self._sharing.add(entry)
            except GraftError:
                self._queue.cancel(entry.job)
                with self._lock:
                    self._entries.pop(entry.id, None)
                raise
        return entry

    def entry(self, name: str, key: str | None = None) -> Entry:
        """The job of that id, if it is its owner who asks.

        Raises
        ------
        UnknownNameError
        """
        with self._lock:
            self._forget_old()
            entry = self._entries.get(name)
        if entry is None or entry.owner.key != key:
            raise UnknownNameError(
                f"There is no job {name[:80]!r}. Results are kept for {KEPT_S / 3600:g} h."
            )
        entry.looked = time.monotonic()
        return entry

    def find(self, name: str, key: str | None = None) -> Entry | JobElsewhere:
        """As `entry`; also one of another server.

        Raises
        ------
        UnknownNameError
        StorageError
            If it is not here, and the others' cannot be read.
        """
        try:
            return self.entry(name, key)
        except UnknownNameError:
            if self._sharing is None:
                raise
            return self._sharing.find(name, key)

    def cancel(self, entry: Entry | JobElsewhere) -> None:
        """End it; what it has made by then stays."""
        if isinstance(entry, JobElsewhere):
            entry.jobs.cancel(entry.id)
        else:
            self._queue.cancel(entry.job)

    def answer(self, entry: Entry | JobElsewhere) -> JobAnswer:
        """What is known of it now."""
        if isinstance(entry, JobElsewhere):
            return JobAnswer(id=entry.id, links=_links(entry.id), **entry.shown)
        job, task = entry.job, entry.task
        snapshot, left = job.snapshot, job.time_left
        share = None if snapshot is None or task.share is None else task.share(snapshot)
        return JobAnswer(
            id=entry.id,
            task=task.name,
            state=job.state.value,
            progress=1.0 if job.state is engine.JobState.DONE else share,
            seconds_left=None if left is None else [left.low_s, left.high_s],
            ahead=self._queue.position(job),
            error=_why(job.error),
            links=_links(entry.id),
        )

    def _jobs(self) -> list[engine.Job]:
        return [entry.job for entry in [*self._entries.values()]]

    def _forget_old(self, *, one_comes: bool = False) -> None:
        """Results that have stayed for long; if one more comes, the oldest of too many or too much.

        Too much is more than a quarter of what may be held, so that pages have room beside them.
        Whoever looks at a result that takes all the room by itself still gets it.
        """
        now = time.monotonic()
        ended = [e for e in self._entries.values() if e.job.ended is not None]
        ended.sort(key=lambda entry: entry.job.ended or now)
        surplus = max(0, len(self._entries) + 1 - MOST_KEPT)
        for entry in ended:
            entry.held = size_of(entry.job.snapshot) if entry.held is None else entry.held
        total = sum(entry.held or 0 for entry in ended)
        most = settings_in_force().held_bytes // 4
        for place, entry in enumerate(ended):
            is_old = now - (entry.job.ended or now) > KEPT_S
            is_too_much = place < surplus or total > most
            if is_old or (one_comes and is_too_much):
                total -= entry.held or 0
                del self._entries[entry.id]

    def _check_room(self, new: Entry) -> None:
        is_open = [entry for entry in self._entries.values() if not entry.job.is_over]
        mine = sum(entry.owner == new.owner for entry in is_open)
        if mine >= MOST_OPEN:
            raise BusyError(
                f"Expected at most {MOST_OPEN} jobs that wait or run. Received: one more.", _WAIT_S
            )
        held = sum(entry.size for entry in is_open)
        if len(is_open) >= MOST_KEPT or (held and held + new.size > MOST_HELD):
            raise BusyError("The server holds as many jobs as it can.", _WAIT_S)
        try:
            with room_for(new.size):
                pass  # it is here already
        except MemoryBudgetError as err:
            raise BusyError(str(err), _WAIT_S) from err


def _size(inputs: Mapping[str, Given]) -> int:
    """Bytes, or characters, of all inputs."""
    return sum(
        len(part) for one in inputs.values() for part in (one if isinstance(one, list) else [one])
    )


def _links(name: str) -> dict[str, str]:
    here = f"/api/jobs/{name}"
    return {"self": here, "events": f"{here}/events", "result": f"{here}/result"}


def _why(err: BaseException | None) -> str | None:
    return None if err is None else str(err) if isinstance(err, GraftError) else UNEXPECTED
