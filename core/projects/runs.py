"""Jobs of projects under way: how far each is gets saved as it goes.

Whoever opens the project meanwhile follows the same job. After a crash or a restart of the server
the item that is left says how far it was, and holds what it had by then: of a training the point
from which it can go on.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from core.engine import Job, JobState
from core.errors import GraftError
from core.projects.errors import UnknownItemError, UnknownProjectError
from core.projects.items import Content, Item
from core.projects.project import Project
from core.sign_in import Person

_log = logging.getLogger(__name__)

_RENEW_S = 2.0
_LEASE_S = 10.0  # without a word for so long, the server is gone
_KEEP_S = 10.0  # from one time to the next at least, and ten times what the last one took
_ATTEMPTS, _PAUSE_S = 3, 1.0  # to save the outcome
_SERVER = secrets.token_hex(8)  # this process


class Progress(NamedTuple):
    """How far a training is: a share in [0, 1], and what it does in words."""

    share: float
    stage: str


class SoFar(NamedTuple):
    """What a job has by now: a number that grows with it, and the parts of an item."""

    number: int
    parts: Callable[[], Mapping[str, Content]]


@dataclass(frozen=True, slots=True)
class Following:
    """What a run needs to know of the kind of its job.

    Attributes
    ----------
    progress : from a snapshot to how far it is.
    so_far : from a snapshot to what is worth keeping of it, or None.
    save : saves the outcome of the job in the project, once it is done.
    """

    progress: Callable[[Any], Progress]
    so_far: Callable[[Any], SoFar | None]
    save: Callable[[Project], None]


class Run:
    """A job of a project, followed by a thread until its outcome is saved.

    Attributes
    ----------
    project : Project
    item : Item
        Its item, as it was when it began.
    job : Job
    shared : what sessions that follow it want to share.
    failure : str
        Why its outcome could not be saved.
    """

    def __init__(
        self, project: Project, item: Item, job: Job[Any], following: Following, shared: Any
    ) -> None:
        self.item, self.job, self.shared, self.failure = item, job, shared, ""
        self.project, self._following = project, following
        self._about = dict(item.about)
        self._kept = _number(item)  # of what is saved
        self._next = 0.0
        self._writing = threading.Lock()
        self._over = threading.Event()

    @property
    def is_over(self) -> bool:
        """Whether the job has ended and its outcome is saved, or could not be."""
        return self._over.is_set()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for that; False if it has not come in time."""
        return self._over.wait(timeout_s)

    def follow(self) -> None:
        """Save how far the job is until it has ended, then its outcome."""
        try:
            while not self.job.wait(_RENEW_S):
                try:
                    with self._writing:
                        self._renew()
                except (UnknownItemError, UnknownProjectError):
                    break  # it was deleted; whoever has started the job may still look at it
                except GraftError as err:
                    _log.warning("how far %r is could not be saved: %s", self.job.title, err)
            else:
                self._end()
        finally:
            self._over.set()

    def release(self) -> None:
        """Say that this server does not go on with it."""
        with contextlib.suppress(GraftError), self._writing:
            self.project.change(self.item, about={**self._about, "until": 0.0})

    def _renew(self) -> None:
        if _stopping.is_set():
            return
        snapshot = self.job.snapshot
        self._about |= _lease()
        if snapshot is not None:
            self._about |= self._following.progress(snapshot)._asdict()
        self.project.change(self.item, about=self._about)
        so_far = None if snapshot is None else self._following.so_far(snapshot)
        if so_far is not None and so_far.number > self._kept and time.monotonic() >= self._next:
            self._keep(so_far)

    def _keep(self, so_far: SoFar) -> None:
        began = time.monotonic()
        about = {**self._about, "saved": self._about["stage"], "number": so_far.number}
        try:
            self.project.change(self.item, about=about, content=so_far.parts())
            self._about, self._kept = about, so_far.number
        finally:  # whether there is room for it or not
            now = time.monotonic()
            self._next = now + max(_KEEP_S, 10 * (now - began))

    def _end(self) -> None:
        if _stopping.is_set():
            return  # the end of the server is not that of the training
        if self.job.state is JobState.DONE:
            for attempt in range(_ATTEMPTS):
                try:
                    self._following.save(self.project)
                    self.failure = ""
                    break
                except GraftError as err:
                    self.failure = str(err)
                    if attempt + 1 < _ATTEMPTS:
                        time.sleep(_PAUSE_S)
        if self.failure:
            self.release()  # to go on from what it had, if nobody saves it otherwise
            return
        with contextlib.suppress(GraftError):
            self.project.remove(self.item)


_running: dict[str, Run] = {}
_lock = threading.Lock()
_stopping = threading.Event()


def begin(
    project: Project,
    job: Job[Any],
    about: Mapping[str, Any],
    content: Mapping[str, Content],
    following: Following,
    *,
    shared: Any = None,
    before: Item | None = None,
    goes_on: bool = False,
) -> Run:
    """Save that a job is under way in a project, and go on saving how far it is.

    Parameters
    ----------
    about, content : what else is needed to go on with it.
    before : the item of a job that was interrupted, whose place it takes.
    goes_on : whether it goes on from where that was, so that what that had is still needed.

    Raises
    ------
    GraftError
        As `Project.add`.
    """
    known = {**about, "share": 0.0, "stage": "", **_lease()}
    item = None
    if before is not None:
        known = {**before.about, **about, **_lease()} if goes_on else known
        parts = content if goes_on else {**dict.fromkeys(before.parts), **content}
        with contextlib.suppress(UnknownItemError):
            item = project.change(before, name=job.title, about=known, content=parts)
    if item is None:
        item = project.add("job", job.title, known, content)
    run = Run(project, item, job, following, shared)
    with _lock:
        _running[item.id] = run
    threading.Thread(target=_follow, args=(run,), name="run", daemon=True).start()
    return run


def _number(item: Item) -> int:
    """Of what a job that is gone on with has saved before."""
    number = item.about.get("number")
    return number if isinstance(number, int) else 0


def of(item: Item) -> Run | None:
    """The run of an item in this process, until its outcome is saved."""
    with _lock:
        return _running.get(item.id)


def of_job(job: Job[Any] | None) -> Run | None:
    """The run of a job, until its outcome is saved."""
    with _lock:
        return next((run for run in _running.values() if run.job is job), None)


def is_ending(project: Project) -> bool:
    """Whether the outcome of a job of that project is being saved."""
    link = project.read_token
    with _lock:
        return any(run.job.is_over and run.project.read_token == link for run in _running.values())


def replace_links(project: Project, person: Person | None = None) -> Project:
    """`Project.replace_links`, after which what is under way is saved by the new ones."""
    with _lock:
        mine = [run for run in _running.values() if run.project.read_token == project.read_token]
    with contextlib.ExitStack() as stack:
        for run in mine:
            stack.enter_context(run._writing)
        new = project.replace_links(person)
        for run in mine:
            run.project = new
    return new


def is_elsewhere(item: Item) -> bool:
    """Whether another server says that it is at work on it."""
    until = item.about.get("until")
    is_ours = item.about.get("server") == _SERVER
    return not is_ours and isinstance(until, int | float) and time.time() < until <= _latest()


def leave() -> None:
    """This server stops: what it has saved of each run stays, for whoever goes on."""
    _stopping.set()
    with _lock:
        runs = [*_running.values()]
    for run in runs:
        run.release()


def _lease() -> dict[str, Any]:
    """That this process is at work on it for some more seconds."""
    return {"server": _SERVER, "until": time.time() + _LEASE_S}


def _latest() -> float:
    return time.time() + 2 * _LEASE_S  # later ones were written by hand, or with another clock


def _follow(run: Run) -> None:
    try:
        run.follow()
    finally:
        with _lock:
            _running.pop(run.item.id, None)
