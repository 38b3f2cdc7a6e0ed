"""Long work in the background: a generator of snapshots, driven in a worker thread."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator
from enum import StrEnum
from typing import Generic, TypeVar

from core.errors import GraftError

_log = logging.getLogger(__name__)
Snapshot = TypeVar("Snapshot")
_KEPT_PER_OWNER = 8


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
        self._work = work
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
        steps = self._work()
        try:
            for snapshot in steps:
                self.snapshot = snapshot
                if self._cancel.is_set():
                    break
            ended = JobState.CANCELLED if self._cancel.is_set() else JobState.DONE
        except Exception as err:  # noqa: BLE001 - kept for whoever asks for the result
            self.error, ended = err, JobState.FAILED
            if not isinstance(err, GraftError):
                _log.exception("job %r failed", self.title)
        finally:
            if isinstance(steps, Generator):
                steps.close()
        self._end(ended)

    def _end(self, state: JobState) -> None:
        self.ended = time.monotonic()
        self.state = state
        self._finished.set()


class JobQueue:
    """Runs jobs in worker threads, taking turns between owners.

    The owner whose last job started longest ago comes next, so that ten jobs of one visitor
    delay another visitor by one job at most.

    Parameters
    ----------
    workers : int
        How many jobs run at once.
    """

    def __init__(self, workers: int = 1, name: str = "jobs") -> None:
        self._workers = workers
        self._name = name
        self._queues: OrderedDict[str, list[Job]] = OrderedDict()
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
            self._queues.setdefault(owner, []).append(job)
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
            waiting = self._queues.get(job.owner, [])
            if job in waiting:
                waiting.remove(job)
                job._end(JobState.CANCELLED)

    def jobs(self, owner: str | None = None) -> list[Job]:
        """Jobs of `owner`, or of everybody, newest first; of those that ended only the last few."""
        with self._wake:
            return [j for j in reversed(self._jobs) if owner in (None, j.owner)]

    def position(self, job: Job) -> int:
        """How many jobs start before this one; 0 if it runs or has ended."""
        with self._wake:
            order = self._order()
            return order.index(job) + len(self._running()) if job in order else 0

    def close(self) -> None:
        """Cancel everything and let the workers go."""
        for job in self.jobs():
            self.cancel(job)
        with self._wake:
            self._open = False
            self._wake.notify_all()

    def _running(self) -> list[Job]:
        return [job for job in self._jobs if job.state is JobState.RUNNING]

    def _order(self) -> list[Job]:
        rounds = itertools.zip_longest(*self._queues.values())
        return [job for round_ in rounds for job in round_ if job is not None]

    def _forget_old(self, owner: str) -> None:
        over = [job for job in self._jobs if job.owner == owner and job.is_over]
        for job in over[: max(0, len(over) - _KEPT_PER_OWNER)]:
            self._jobs.remove(job)

    def _serve(self) -> None:
        while (job := self._next()) is not None:
            job._run()

    def _next(self) -> Job | None:
        with self._wake:
            while self._open:
                for owner, waiting in self._queues.items():
                    if waiting:
                        self._queues.move_to_end(owner)
                        job = waiting.pop(0)
                        job.state = JobState.RUNNING
                        return job
                self._wake.wait()
        return None
