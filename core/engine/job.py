"""One piece of long work, and how far it is."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextvars import ContextVar
from enum import StrEnum
from typing import Generic, TypeVar

from core.engine.cancellation import Cancelled, cancelled_by
from core.engine.time_left import Progress, TimeLeft
from core.errors import GraftError, as_told, without_frames

_log = logging.getLogger(__name__)
Snapshot = TypeVar("Snapshot")
_owner: ContextVar[str] = ContextVar("owner", default="")


def owner_of_work() -> str:
    """Whose the job is that this thread works for; empty outside of jobs."""
    return _owner.get()


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
    title, owner, kind : str
        What it is called, whose it is (a session's id), and what jobs that take about as long
        have in common.
    is_background : bool
        Whether nobody has asked for it yet.
    state : JobState
    snapshot : the last thing the work has yielded, or None; the partial result of a job that
        was cancelled or failed.
    error : BaseException or None
        Why it failed.
    """

    def __init__(
        self,
        title: str,
        owner: str,
        work: Callable[[], Iterator[Snapshot]],
        *,
        kind: str = "",
        is_background: bool = False,
        is_wanted: Callable[[], bool] | None = None,
    ) -> None:
        self.title = title
        self.owner = owner
        self.kind = kind or title
        self.is_background = is_background
        self.state = JobState.QUEUED
        self.snapshot: Snapshot | None = None
        self.error: BaseException | None = None
        self.submitted = time.monotonic()
        self.started: float | None = None
        self.ended: float | None = None
        self._work: Callable[[], Iterator[Snapshot]] | None = work
        self._share: Callable[[Snapshot], float | None] | None = None
        self._is_wanted = is_wanted
        self._steps: Iterator[Snapshot] | None = None
        self._progress = Progress()
        self._ran_s = 0.0  # before it was last put back into a queue
        self._resumed: float | None = None
        self._cancel = threading.Event()
        self._finished = threading.Event()

    @property
    def cancel_requested(self) -> bool:
        """Whether somebody has asked for an end."""
        return self._cancel.is_set()

    @property
    def elapsed_s(self) -> float:
        """Seconds it has run."""
        resumed = self._resumed
        return self._ran_s + (0.0 if resumed is None else time.monotonic() - resumed)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self._finished.is_set()

    @property
    def time_left(self) -> TimeLeft | None:
        """How long it will still run, None as long as that cannot be known."""
        return self._progress.time_left(self.elapsed_s)

    def is_wanted(self) -> bool:
        """Whether somebody is still there to look at it."""
        return self._is_wanted is None or self._is_wanted()

    def follow(self, share: Callable[[Snapshot], float | None]) -> None:
        """From now on, note how far it is, so that `time_left` can be known.

        Parameters
        ----------
        share : from a snapshot to how much of the time is over, in [0, 1], or None.
        """
        self._share = self._share or share

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
            raise self.error.with_traceback(None)  # else it grows with each who asks
        return self.snapshot

    def run(self, may_go_on: Callable[[], bool]) -> bool:
        """Work on until the end, or until `may_go_on` says no after a step; whether it is over."""
        self._resumed = time.monotonic()
        self.started = self.started or self._resumed
        self.state = JobState.RUNNING
        token = _owner.set(self.owner)
        try:
            with cancelled_by(self._cancel):
                if not self._advance(may_go_on):
                    return False
                self._close()
            state = JobState.CANCELLED if self._cancel.is_set() else JobState.DONE
        except Cancelled:
            state = JobState.CANCELLED
        except BaseException as err:  # noqa: BLE001 - kept for whoever asks for the result
            if not isinstance(err, GraftError):
                _log.exception("job %r failed", self.title)
            self.error, state = without_frames(as_told(err)), JobState.FAILED
        finally:
            _owner.reset(token)
            self._ran_s, self._resumed = self.elapsed_s, None
        self._end(state)
        return True

    def refuse(self, error: GraftError) -> None:
        """Let it fail before it has begun."""
        self.error = error
        self._end(JobState.FAILED)

    def stop(self) -> None:
        """End a job that is in no worker's hands."""
        self._cancel.set()
        try:
            self._close()
        except Exception:  # noqa: BLE001 - whatever its end ran into, nobody wants the result
            _log.exception("job %r could not be closed", self.title)
        self._end(JobState.CANCELLED)

    def _advance(self, may_go_on: Callable[[], bool]) -> bool:
        if self._cancel.is_set() or self._work is None:
            return True
        try:
            self._steps = self._steps or self._work()
            for snapshot in self._steps:
                self.snapshot = snapshot
                if self._share is not None and snapshot is not None:
                    self._progress.add(self.elapsed_s, self._share(snapshot))
                is_to_pause = not may_go_on()
                if self._cancel.is_set():
                    return True
                if is_to_pause:
                    return False
        except BaseException:
            self._close()
            raise
        return True

    def _close(self) -> None:
        steps, self._steps = self._steps, None
        if isinstance(steps, Generator):
            steps.close()

    def _end(self, state: JobState) -> None:
        self._work = None  # may hold the photos or the data set that it worked on
        self.ended = time.monotonic()
        self.state = state
        self._finished.set()
