"""Jobs of projects under way: how far each is gets saved as it goes.

Whoever opens the project meanwhile follows the same job, on another server by what is saved of it.
After a crash or a restart of the server the item that is left says how far it was, and holds what
it had by then: of a training the point from which it can go on. Which server is at work on it, the
lease of the item says; only that one changes the item and saves the outcome.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from core import engine
from core.engine import Job, JobState
from core.errors import GraftError
from core.projects.errors import UnknownItemError, UnknownProjectError
from core.projects.items import Content, Item
from core.projects.leases import RENEW_S, TakenError
from core.projects.project import Project
from core.sign_in import Person

_log = logging.getLogger(__name__)

_RENEW_S = RENEW_S
_KEEP_S = 10.0  # from one time to the next at least, and ten times what the last one took
_ATTEMPTS, _PAUSE_S = 3, 1.0  # to save the outcome


class UnderWayError(GraftError):
    """Something that has to wait until a job has ended."""


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
        threading.Thread(target=self._hold, name="lease", daemon=True).start()
        try:
            while not self.job.wait(_RENEW_S):
                try:
                    with self._writing:
                        self._note()
                except (UnknownItemError, UnknownProjectError):
                    break  # it was deleted; whoever has started the job may still look at it
                except TakenError:
                    engine.jobs.cancel(self.job)
                    break
                except GraftError as err:
                    _log.warning("how far %r is could not be saved: %s", self.job.title, err)
            else:
                self._end()
        finally:
            self._over.set()

    def release(self) -> None:
        """Say that this server does not go on with it."""
        with contextlib.suppress(GraftError), self._writing:
            self.project.leases.free(self.item.id)

    def _hold(self) -> None:
        """Renew the lease until all is over, however long saving takes meanwhile."""
        while not (self._over.wait(_RENEW_S) or _stopping.is_set()):
            try:
                self._renew()
            except TakenError:
                engine.jobs.cancel(self.job)
                return
            except (UnknownItemError, UnknownProjectError):
                return
            except GraftError as err:
                _log.warning("the lease of %r could not be renewed: %s", self.job.title, err)

    def _renew(self) -> None:
        """Renew the lease, and cancel the job if somebody has asked for that on another server.

        Raises
        ------
        TakenError
            If another server has taken it, since this one was away for too long.
        """
        renewed = self.project.leases.renew([self.item.id])
        if self.item.id not in renewed:
            self.project.item(self.item.id)  # unless it was deleted
            raise TakenError("Another server goes on with this.")
        if renewed[self.item.id]:
            engine.jobs.cancel(self.job)

    def _note(self) -> None:
        if _stopping.is_set():
            return
        self.project.item(self.item.id)  # unless it was deleted
        snapshot = self.job.snapshot
        if snapshot is None:
            return
        about = {**self._about, **self._following.progress(snapshot)._asdict()}
        if about != self._about:
            self.project.change(self.item, about=about, leased=True)
            self._about = about
        so_far = self._following.so_far(snapshot)
        if so_far is not None and so_far.number > self._kept and time.monotonic() >= self._next:
            self._keep(so_far)

    def _keep(self, so_far: SoFar) -> None:
        began = time.monotonic()
        about = {**self._about, "saved": self._about["stage"], "number": so_far.number}
        try:
            self.project.change(self.item, about=about, content=so_far.parts(), leased=True)
            self._about, self._kept = about, so_far.number
        finally:  # whether there is room for it or not
            now = time.monotonic()
            self._next = now + max(_KEEP_S, 10 * (now - began))

    def _end(self) -> None:
        if _stopping.is_set():
            return  # the end of the server is not that of the training
        try:
            self._save()
        except TakenError:
            return  # who goes on with it saves what that comes to
        if not self.failure:
            with contextlib.suppress(GraftError):
                self.project.remove(self.item)
        self.release()  # to go on from what it had, if nobody saves it otherwise

    def _save(self) -> None:
        """Save the outcome of a job that was not cancelled, in more than one attempt if need be.

        Raises
        ------
        TakenError
            If another server goes on with it.
        """
        for attempt in range(_ATTEMPTS):
            try:
                self._renew()
                if self.job.state is JobState.DONE:
                    self._following.save(self.project)
                self.failure = ""
                return
            except TakenError:
                raise
            except GraftError as err:
                self.failure = str(err)
                if attempt + 1 < _ATTEMPTS:
                    time.sleep(_PAUSE_S)


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
    before : the item of a job that was interrupted, whose place it takes; one that is under way
        again by now is cancelled.
    goes_on : whether it goes on from where that was, so that what that had is still needed.

    Raises
    ------
    TakenError
        If it is to go on with what somebody else goes on with.
    GraftError
        As `Project.add`.
    """
    known = {**about, "share": 0.0, "stage": ""}
    item = None
    if before is not None and not _is_free(project, before):
        if goes_on:
            raise TakenError("Somebody goes on with this already. Reload the page to follow it.")
        cancel(project, before)  # it has its place until it has ended
    elif before is not None:
        known = {**before.about, **about} if goes_on else known
        parts = content if goes_on else {**dict.fromkeys(before.parts), **content}
        with contextlib.suppress(UnknownItemError):
            item = project.change(before, name=job.title, about=known, content=parts)
    if item is None:
        item = project.add("job", job.title, known, content)
        project.leases.take(item.id)
    run = Run(project, item, job, following, shared)
    with _lock:
        _running[item.id] = run
    threading.Thread(target=_follow, args=(run,), name="run", daemon=True).start()
    return run


def claim(project: Project, item: Item) -> None:
    """Have whoever asks go on with a job that was interrupted, and nobody else.

    Raises
    ------
    TakenError
        If a server is at work on it, or about to be.
    """
    project.leases.take(item.id, anew=True)


def cancel(project: Project, item: Item) -> None:
    """Have the server that is at work on a job end it."""
    run = of(item)
    if run is None:
        project.leases.ask_to_cancel(item.id)
    else:
        engine.jobs.cancel(run.job)


def discard(project: Project, item: Item) -> None:
    """Take out of a project a job that was interrupted.

    Raises
    ------
    TakenError
        As `claim`.
    """
    claim(project, item)
    project.remove(item)
    project.leases.free(item.id)


def _is_free(project: Project, item: Item) -> bool:
    """Have a job that was interrupted, unless a server is at work on it."""
    if of(item) is not None:
        return False
    try:
        project.leases.take(item.id)
    except TakenError:
        return False
    return True


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
    """`Project.replace_links`, after which what is under way is saved by the new ones.

    Raises
    ------
    UnderWayError
        If a job is under way on another server, which knows the old ones alone.
    """
    if project.leases.elsewhere([item.id for item in project.items("job")]):
        raise UnderWayError(
            "Expected no training of this project to be under way on another server, which saves "
            "it by the links of now. Received: one. Cancel it or wait for its end, then replace "
            "the links."
        )
    with _lock:
        mine = [run for run in _running.values() if run.project.read_token == project.read_token]
    with contextlib.ExitStack() as stack:
        for run in mine:
            stack.enter_context(run._writing)
        new = project.replace_links(person)
        for run in mine:
            run.project = new
    return new


def is_held(project: Project, item: Item) -> bool:
    """Whether a server is at work on it, or about to be.

    Raises
    ------
    StorageError
        If that cannot be read.
    """
    return bool(project.leases.held([item.id]))


def is_elsewhere(project: Project, item: Item) -> bool:
    """Whether that is another server; see `is_held`."""
    return bool(project.leases.elsewhere([item.id]))


def leave() -> None:
    """This server stops: what it has saved of each run stays, for whoever goes on."""
    _stopping.set()
    with _lock:
        runs = [*_running.values()]
    for run in runs:
        run.release()


def _follow(run: Run) -> None:
    try:
        run.follow()
    finally:
        with _lock:
            _running.pop(run.item.id, None)
