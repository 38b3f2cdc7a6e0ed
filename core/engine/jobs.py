"""Long work in the background: a generator of snapshots, driven in a worker thread."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from core.errors import GraftError

_log = logging.getLogger(__name__)
Snapshot = TypeVar("Snapshot")
_KEPT_PER_OWNER = 8
_KEPT = 64  # sessions come and go without a word, and snapshots hold pictures


class JobState(StrEnum):
    """Where a job is in its life."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Job(Generic[Snapshot]):
    """One piece of work; safe to read from any thread.

    Attributes
    ----------
    title, owner : str
        What it is called, and whose it is (a session's id).
    state : JobState
    snapshot : the last thing the work has yielded, or None; the partial result of a job that
        was cancelled or failed.
    error : BaseException or None
        Why it failed.
    """

    def __init__(self, title: str, owner: str, work: Callable[[], Iterator[Snapshot]]) -> None:
        self.title = title
        self.owner = owner
        self.state = JobState.QUEUED
        self.snapshot: Snapshot | None = None
        self.error: BaseException | None = None
        self.submitted = time.monotonic()
        self.started: float | None = None
        self.ended: float | None = None
        self._work: Callable[[], Iterator[Snapshot]] | None = work
        self._cancel = threading.Event()
        self._finished = threading.Event()

    @property
    def cancel_requested(self) -> bool:
        """Whether somebody has asked for an end."""
        return self._cancel.is_set()

    @property
    def elapsed_s(self) -> float:
        """Seconds it has run."""
        if self.started is None:
            return 0.0
        return (self.ended or time.monotonic()) - self.started

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self._finished.is_set()

    def cancel(self) -> None:
        """Ask the job to end after its current step; what it has yielded stays."""
        self._cancel.set()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the end; False if it has not come in time."""
        return self._finished.wait(timeout_s)

    def result(self) -> Snapshot | None:
        """Wait for the end and return the last snapshot, or raise what made the job fail."""
        self._finished.wait()
        if self.error is not None:
            raise self.error
        return self.snapshot

    def _run(self) -> None:
        self.started = time.monotonic()
        self.state = JobState.RUNNING
        try:
            self._drive()
            ended = JobState.CANCELLED if self._cancel.is_set() else JobState.DONE
        except BaseException as err:  # noqa: BLE001 - kept for whoever asks for the result
            self.error, ended = err, JobState.FAILED
            if not isinstance(err, GraftError):
                _log.exception("job %r failed", self.title)
        self._end(ended)

    def _drive(self) -> None:
        if self._cancel.is_set() or self._work is None:
            return
        steps = self._work()
        try:
            for snapshot in steps:
                self.snapshot = snapshot
                if self._cancel.is_set():
                    break
        finally:
            if isinstance(steps, Generator):
                steps.close()

    def _end(self, state: JobState) -> None:
        self._work = None  # may hold the photos or the data set that it worked on
        self.ended = time.monotonic()
        self.state = state
        self._finished.set()


@dataclass(slots=True)
class _Line:
    """The waiting jobs of one owner; the first of them has its turn in round `turn`."""

    turn: int
    jobs: list[Job] = field(default_factory=list)


class JobQueue:
    """Runs jobs in worker threads, taking turns between owners.

    In every round each owner starts one job, and whoever comes anew joins the round under way:
    ten jobs of one visitor delay another visitor by the one that runs.

    Parameters
    ----------
    workers : int
        How many jobs run at once.

    References
    ----------
    Goyal et al., "Start-time fair queuing" (1996), https://doi.org/10.1145/248157.248171
    """

    def __init__(self, workers: int = 1, name: str = "jobs") -> None:
        self._workers = workers
        self._name = name
        self._lines: dict[str, _Line] = {}
        self._round = 0
        self._jobs: list[Job] = []
        self._wake = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._open = True

    def submit(self, work: Callable[[], Iterator[Snapshot]], *, title: str, owner: str) -> Job:
        """Put `work` into the queue; it is called, and what it returns is driven, by a worker."""
        job: Job = Job(title, owner, work)
        with self._wake:
            if not self._open:
                raise RuntimeError("the queue is closed")
            self._lines.setdefault(owner, _Line(self._round)).jobs.append(job)
            self._jobs.append(job)
            self._forget_old(owner)
            if len(self._threads) < self._workers:
                label = f"{self._name}-{len(self._threads)}"
                thread = threading.Thread(target=self._serve, name=label, daemon=True)
                self._threads.append(thread)
                thread.start()
            self._wake.notify()
        return job

    def cancel(self, job: Job) -> None:
        """End `job`: at once if it waits, after its current step if it runs."""
        job.cancel()
        with self._wake:
            if job in self._order():
                self._lines[job.owner].jobs.remove(job)
                job._end(JobState.CANCELLED)

    def jobs(self, owner: str | None = None) -> list[Job]:
        """Jobs of `owner`, or of everybody, newest first; of those that ended only the last few."""
        with self._wake:
            return [j for j in reversed(self._jobs) if owner in (None, j.owner)]

    def position(self, job: Job) -> int:
        """How many jobs run or start before this one; 0 if it runs or has ended."""
        with self._wake:
            order = self._order()
            return order.index(job) + len(self._running()) if job in order else 0

    def close(self) -> None:
        """Cancel everything and let the workers go."""
        with self._wake:
            self._open = False
            self._wake.notify_all()
        for job in self.jobs():
            self.cancel(job)

    def _running(self) -> list[Job]:
        return [job for job in self._jobs if job.state is JobState.RUNNING]

    def _order(self) -> list[Job]:
        turns = {
            job: (line.turn + place, job.submitted)
            for line in self._lines.values()
            for place, job in enumerate(line.jobs)
        }
        return sorted(turns, key=turns.__getitem__)

    def _forget_old(self, owner: str) -> None:
        over = [job for job in self._jobs if job.is_over]
        mine = [job for job in over if job.owner == owner]
        old = {*over[: max(0, len(over) - _KEPT)], *mine[: max(0, len(mine) - _KEPT_PER_OWNER)]}
        self._jobs = [job for job in self._jobs if job not in old]

    def _serve(self) -> None:
        while (job := self._next()) is not None:
            job._run()

    def _next(self) -> Job | None:
        with self._wake:
            while self._open:
                if order := self._order():
                    job = order[0]
                    self._start_turn(self._lines[job.owner])
                    job.state = JobState.RUNNING
                    return job
                if not self._running():
                    self._lines.clear()  # nobody waits, so nobody is ahead of anybody
                self._wake.wait()
        return None

    def _start_turn(self, line: _Line) -> None:
        line.jobs.pop(0)
        self._round = line.turn
        line.turn += 1
        # who waits for nothing and is not ahead of the others is as good as new
        self._lines = {o: n for o, n in self._lines.items() if n.jobs or n.turn > self._round}
