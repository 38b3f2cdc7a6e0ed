"""Queues of long work: worker threads drive generators of snapshots, fair to whoever asks."""

from __future__ import annotations

import statistics
import threading
import time
import weakref
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from core.engine.job import Job, JobState, Snapshot
from core.engine.time_left import TimeLeft
from core.errors import GraftError, QueueFullError

_KEPT_PER_OWNER = 8
_KEPT = 64
_SLICE_S = 1.0  # how long one short job makes others wait
_REMEMBERED = 5  # durations of jobs of a kind


@dataclass(slots=True)
class _Line:
    """The waiting jobs of one owner; the first of them has its turn in round `turn`."""

    turn: int
    jobs: list[Job] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class _Lane:
    """Jobs that wait for the same workers, and those that are in their hands."""

    name: str
    workers: int
    slice_s: float | None = None
    lines: dict[str, _Line] = field(default_factory=dict)
    round: int = 0
    running: list[Job] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)

    def order(self) -> list[Job]:
        """Those that wait, the next one first."""
        turns = {
            job: (job.is_background, line.turn + place, job.submitted)
            for line in self.lines.values()
            for place, job in enumerate(line.jobs)
        }
        return sorted(turns, key=turns.__getitem__)

    def ahead_of(self, job: Job) -> list[Job]:
        """Those that run or start before it; none if it does not wait here."""
        order = self.order()
        return [*self.running, *order[: order.index(job)]] if job in order else []

    def line(self, owner: str) -> _Line:
        """That of this owner; whoever comes anew joins the round under way."""
        return self.lines.setdefault(owner, _Line(self.round))

    def start_turn(self, job: Job) -> None:
        """Take it out of its line, and count that as its owner's turn."""
        line = self.lines[job.owner]
        line.jobs.remove(job)
        self.running.append(job)
        self.round = line.turn
        line.turn += 1
        # who waits for nothing and is not ahead of the others is as good as new
        self.lines = {o: n for o, n in self.lines.items() if n.jobs or n.turn > self.round}


class JobQueue:
    """Runs jobs in worker threads, taking turns between owners.

    In every round each owner starts one job, and whoever comes anew joins the round under way:
    ten jobs of one visitor delay another visitor by the one that runs.

    With a lane for short jobs, nobody needs to know beforehand which are: each job begins there,
    where jobs run by turns of a second, and one that has run for longer than `short_s` goes on in
    the other lane once those before it are over. What is known to be long goes there at once.

    What nobody has asked for yet runs in the background: while nobody's job runs or waits, and
    after a step it gives way to one that comes.

    Parameters
    ----------
    workers : int
        How many long jobs run at once.
    short_s : float or None
        How long a job may run in the lane for short ones, in seconds; None for no such lane.

    References
    ----------
    Goyal et al., "Start-time fair queuing" (1996), https://doi.org/10.1145/248157.248171
    Corbató et al., "An experimental time-sharing system" (1962), whose queues by what a job has
    run so far these are; https://doi.org/10.1145/1460833.1460871
    """

    def __init__(
        self, workers: int = 1, name: str = "jobs", *, short_s: float | None = None
    ) -> None:
        self._long = _Lane(name, workers)
        self._short = (
            self._long if short_s is None else _Lane(f"short-{name}", 1, min(_SLICE_S, short_s))
        )
        self._short_s = short_s
        # lanes hold those that are not over; the others are let go with whoever has asked for them
        self._jobs: list[weakref.ref[Job]] = []
        self._durations: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=_REMEMBERED))
        self._wake = threading.Condition()
        self._open = True

    def submit(
        self,
        work: Callable[[], Iterator[Snapshot]],
        *,
        title: str,
        owner: str,
        kind: str = "",
        is_long: bool = False,
        is_background: bool = False,
        is_wanted: Callable[[], bool] | None = None,
        most_waiting: int | None = None,
        refusal: GraftError | None = None,
    ) -> Job[Snapshot]:
        """Put `work` into the queue; it is called, and what it returns is driven, by a worker.

        One that finds no room fails at once, with a `QueueFullError`: it is shown where its result
        would be.

        Parameters
        ----------
        kind : what jobs that take about as long have in common; the title without one.
        is_long : whether it is known to take long, or too much memory to run beside such a job.
        is_background : whether it runs only while no other job does, and pauses for those.
        is_wanted : whether somebody is still there to look at it. What nobody wants is ended as
            soon as others wait for it.
        most_waiting : how many jobs of `owner` may wait, this one among them; None for any number.
        refusal : why it must not begin, if that is known; it fails with that.
        """
        job = Job(title, owner, work, kind=kind, is_background=is_background, is_wanted=is_wanted)
        with self._wake:
            if not self._open:
                raise RuntimeError("the queue is closed")
            if most_waiting is not None and self._waiting(owner) >= most_waiting:
                refusal = _no_room(most_waiting)
            if refusal is not None:
                job.refuse(refusal)
                return job
            lane = self._long if is_long else self._short
            lane.line(owner).jobs.append(job)
            self._jobs.append(weakref.ref(job))
            self._forget_old(owner)
            self._wake_up(lane)
        return job

    def resize(self, workers: int) -> None:
        """Let so many long jobs run at once from now on; those that run are not ended."""
        with self._wake:
            self._long.workers = workers
            for _ in range(min(workers, len(self._long.order()))):
                self._wake_up(self._long)

    def cancel(self, job: Job) -> None:
        """End `job`: at once if it waits, after its current step if it runs."""
        job.cancel()
        with self._wake:
            lane = self._lane_of(job)
            if lane is not None:
                lane.lines[job.owner].jobs.remove(job)
        if lane is not None:
            job.stop()

    def jobs(self, owner: str | None = None) -> list[Job]:
        """Jobs of `owner`, or of everybody, newest first.

        Of those that ended only the last few, as long as somebody else holds them.
        """
        with self._wake:
            return [j for j in reversed(self._known()) if owner in (None, j.owner)]

    def position(self, job: Job) -> int:
        """How many jobs run or start before this one; 0 if it runs or has ended."""
        with self._wake:
            lane = self._lane_of(job)
            return 0 if lane is None or self._takes_turns(job, lane) else len(lane.ahead_of(job))

    def waiting_time(self, job: Job) -> TimeLeft | None:
        """How long until it runs, by what is known of those before it; None if that is nothing.

        Its upper end is infinite if something is not known.
        """
        with self._wake:
            lane = self._lane_of(job)
            ahead = [] if lane is None else lane.ahead_of(job)
            known = [self._expected(other) for other in ahead]
        parts = [part for part in known if part is not None]
        if lane is None or not parts:
            return None
        low = sum(part.low_s for part in parts) / lane.workers
        high = sum(part.high_s for part in parts) / lane.workers
        return TimeLeft(low, high if len(parts) == len(known) else float("inf"))

    def close(self, patience_s: float = 0.0) -> None:
        """Cancel everything and let the workers go.

        For up to `patience_s` seconds it waits for jobs to tidy up: to remove their files, to end
        their processes.
        """
        with self._wake:
            self._open = False
            self._wake.notify_all()
        for job in self.jobs():
            self.cancel(job)
        until = time.monotonic() + patience_s
        for thread in self.threads:
            thread.join(max(0.0, until - time.monotonic()))

    @property
    def threads(self) -> list[threading.Thread]:
        """The workers."""
        return [*self._short.threads, *([] if self._short is self._long else self._long.threads)]

    def _lanes(self) -> tuple[_Lane, ...]:
        return (self._short,) if self._short is self._long else (self._short, self._long)

    def _waiting(self, owner: str) -> int:
        """How many jobs of an owner wait."""
        lines = [lane.lines.get(owner) for lane in self._lanes()]
        return sum(len(line.jobs) for line in lines if line is not None)

    def _lane_of(self, job: Job) -> _Lane | None:
        """Where it waits."""
        for lane in self._lanes():
            line = lane.lines.get(job.owner)
            if line is not None and job in line.jobs:
                return lane
        return None

    def _takes_turns(self, job: Job, lane: _Lane) -> bool:
        """Whether it runs, by turns with others."""
        return lane.slice_s is not None and job.started is not None

    def _expected(self, job: Job) -> TimeLeft | None:
        """How long it will run, by its own progress, or by others of its kind."""
        if (left := job.time_left) is not None:
            return left
        durations = self._durations.get(job.kind)
        if not durations:
            return None
        usual = max(0.0, statistics.median(durations) - job.elapsed_s)
        return TimeLeft(usual, usual)

    def _known(self) -> list[Job]:
        """Those that are still there, oldest first."""
        return [job for known in self._jobs if (job := known()) is not None]

    def _forget_old(self, owner: str) -> None:
        every = self._known()
        over = [job for job in every if job.is_over]
        mine = [job for job in over if job.owner == owner]
        old = {*over[: max(0, len(over) - _KEPT)], *mine[: max(0, len(mine) - _KEPT_PER_OWNER)]}
        self._jobs = [weakref.ref(job) for job in every if job not in old]

    def _wake_up(self, lane: _Lane) -> None:
        if len(lane.threads) < lane.workers:
            label = f"{lane.name}-{len(lane.threads)}"
            thread = threading.Thread(target=self._serve, args=(lane,), name=label, daemon=True)
            lane.threads.append(thread)
            thread.start()
        self._wake.notify_all()

    def _serve(self, lane: _Lane) -> None:
        while self._serve_next(lane):
            pass  # here no job is held: one that is over goes while its worker waits for the next

    def _serve_next(self, lane: _Lane) -> bool:
        """Wait for a job and give it its turn; False once the queue is closed."""
        job = self._next(lane)
        if job is None:
            return False
        is_over = job.run(self._pace(lane, job))
        with self._wake:
            lane.running.remove(job)
            if is_over and job.state is JobState.DONE:
                self._durations[job.kind].append(job.elapsed_s)
            elif not is_over and self._open:
                self._put_back(lane, job)
            self._wake.notify_all()  # what runs in the background may have waited for it
        if not is_over and not self._open:
            job.stop()
        return True

    def _put_back(self, lane: _Lane, job: Job) -> None:
        if self._short_s is None or job.elapsed_s < self._short_s:
            lane.line(job.owner).jobs.insert(0, job)
            return
        job.state = JobState.QUEUED
        self._long.line(job.owner).jobs.append(job)
        self._wake_up(self._long)

    def _pace(self, lane: _Lane, job: Job) -> Callable[[], bool]:
        """Whether it may go on after a step, in this lane, from now on."""
        until = None if lane.slice_s is None else time.monotonic() + lane.slice_s

        def may_go_on() -> bool:
            if self._is_in_the_way(lane, job):
                job.cancel()
            if job.is_background and self._others_need_it():
                return False
            return until is None or time.monotonic() < until

        return may_go_on

    def _others_need_it(self) -> bool:
        """Whether a job that is not in the background runs or waits."""
        with self._wake:
            return any(
                not job.is_background
                for lane in self._lanes()
                for job in (*lane.running, *lane.order())
            )

    def _is_in_the_way(self, lane: _Lane, job: Job) -> bool:
        with self._wake:
            others_wait = any(n.jobs for owner, n in lane.lines.items() if owner != job.owner)
        return others_wait and not job.is_wanted()

    def _next(self, lane: _Lane) -> Job | None:
        with self._wake:
            while self._open:
                first = next(iter(lane.order()), None)
                if (
                    first is not None
                    and len(lane.running) < lane.workers
                    and not (first.is_background and self._others_need_it())
                ):
                    lane.start_turn(first)
                    first.state = JobState.RUNNING
                    return first
                if first is None and not lane.running:
                    lane.lines.clear()  # nobody waits, so nobody is ahead of anybody
                self._wake.wait()
        return None


def _no_room(most: int) -> QueueFullError:
    return QueueFullError(
        f"Expected at most {most} of your jobs to wait at once, so that everybody has a turn. "
        "Received: one more. Start it again once one of them has begun, or cancel one in the "
        "Engine room."
    )
