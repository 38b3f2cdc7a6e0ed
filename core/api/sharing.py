"""Jobs of the web API where several servers stand behind one address: each knows those of all.

Whoever asks may come to any server, since nothing in a request says where its job is. So the server
that is at work on one notes in the database of projects how far it is, and at its end the result.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.api.problems import refusal
from core.errors import GraftError, UnknownNameError
from core.projects import LimitError, UnknownItemError, projects
from core.projects.api_jobs import ApiJobs, Known
from core.projects.items import Part
from core.projects.leases import RENEW_S
from core.settings import settings

if TYPE_CHECKING:
    from core.api.jobs import Entry, JobAnswer

_log = logging.getLogger(__name__)
_AGAIN_S = 15.0  # after which a result that could not be saved is encoded again
_ENDED = "The server that worked on this job has ended. Start the job again."
_KEPT_OUT = "kept_out"


class LostResultError(GraftError):
    """A result that is on no server."""


@dataclass(frozen=True, slots=True)
class JobElsewhere:
    """A job that another server is or was at work on, by what that has noted.

    Attributes
    ----------
    id, task : what it and its task are called.
    shown : fields of `JobAnswer`.
    status : of HTTP, that of an error which says why there is no result; None without one.
    kept_out : why the result could not be saved; empty unless that is so.
    parts : the result, by media type.
    """

    id: str
    task: str
    shown: dict[str, Any]
    status: int | None
    kept_out: str
    parts: Mapping[str, Part] = field(repr=False)
    jobs: ApiJobs = field(repr=False)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.shown["state"] not in ("queued", "running")

    def result(self, media_type: str) -> bytes | None:
        """The result, None if there is none here yet.

        Raises
        ------
        GraftError
            If it cannot be had.
        """
        if media_type in self.parts:
            return self.jobs.read(self.parts[media_type])
        if self.kept_out:
            raise LostResultError(self.kept_out)
        return None


@dataclass(slots=True)
class _Told:
    """A job of this server, and what others know of it."""

    entry: Entry
    about: dict[str, Any]
    again: float = 0.0


class Sharing:
    """Tells other servers of the jobs of this one, and this one of theirs.

    Parameters
    ----------
    answer : what is known of a job of this server.
    cancel : ends one.
    jobs : returns where they are told.
    """

    def __init__(
        self,
        answer: Callable[[Entry], JobAnswer],
        cancel: Callable[[Entry], None],
        jobs: Callable[[], ApiJobs],
    ) -> None:
        self._answer, self._cancel, self._jobs = answer, cancel, jobs
        self._told: dict[str, _Told] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, entry: Entry) -> None:
        """Tell of a new job, now and until it has ended.

        Raises
        ------
        StorageError
            If the database cannot be used.
        """
        about = self._about(entry)
        self._jobs().add(entry.id, entry.owner.key, about)
        with self._lock:
            self._told[entry.id] = _Told(entry, about)
            if self._thread is None:
                self._thread = threading.Thread(target=self._tell, name="api-jobs", daemon=True)
                self._thread.start()

    def find(self, name: str, key: str | None) -> JobElsewhere:
        """The job of that id on another server, if it is its owner who asks.

        Raises
        ------
        UnknownNameError
        StorageError
            If the database cannot be used.
        """
        jobs = self._jobs()
        try:
            known = jobs.find(name, key)
        except UnknownItemError as err:
            raise UnknownNameError(str(err)) from err
        shown = _as_of_now(known)
        status, kept_out = shown.pop("status"), shown.pop(_KEPT_OUT, "")
        return JobElsewhere(name, shown["task"], shown, status, kept_out, known.parts, jobs)

    def _tell(self) -> None:
        while True:
            time.sleep(RENEW_S)
            with self._lock:
                told = [*self._told.values()]
                if not told:
                    self._thread = None
                    return
            try:
                self._renew(told)
            except GraftError as err:
                _log.warning("jobs of the web API could not be noted: %s", err)

    def _renew(self, told: list[_Told]) -> None:
        jobs, entries = self._jobs(), {one.entry.id: one.entry for one in told}
        for name, asked in jobs.renew([*entries]).items():
            entry = entries[name]
            entry.looked = max(entry.looked, time.monotonic() - asked.looked_s)
            if asked.cancel and not entry.job.cancel_requested:
                self._cancel(entry)
        over = [one for one in told if one.entry.job.is_over]
        changed = {
            one.entry.id: (one, about)
            for one in told
            if one not in over and (about := self._about(one.entry)) != one.about
        }
        if changed:
            jobs.note({name: about for name, (_, about) in changed.items()})
        for one, about in changed.values():
            one.about = about
        for one in over:
            if time.monotonic() >= one.again:
                one.again = float("inf")
                threading.Thread(target=self._end, args=(jobs, one), daemon=True).start()

    def _end(self, jobs: ApiJobs, one: _Told) -> None:
        """Note the outcome of one, whose result may take a while to be encoded and saved."""
        entry, about = one.entry, self._about(one.entry)
        try:
            try:
                jobs.end(entry.id, about, _encoded(entry))
            except LimitError as err:
                jobs.end(entry.id, {**about, _KEPT_OUT: str(err)}, {})
        except GraftError as err:
            _log.warning("the result of a job of the web API could not be saved: %s", err)
            one.again = time.monotonic() + _AGAIN_S
            return
        with self._lock:
            self._told.pop(entry.id, None)

    def _about(self, entry: Entry) -> dict[str, Any]:
        err = entry.job.error
        status = refusal(err).status_code if isinstance(err, GraftError) else None
        known = self._answer(entry).model_dump(exclude={"id", "links"})
        return {**known, "status": status}


def sharing(
    answer: Callable[[Entry], JobAnswer], cancel: Callable[[Entry], None]
) -> Sharing | None:
    """Between all servers that have projects in one PostgreSQL; None for a server by itself."""
    if not settings().database.startswith("postgres"):
        return None
    return Sharing(answer, cancel, lambda: ApiJobs(projects()))


def _as_of_now(known: Known) -> dict[str, Any]:
    if known.is_alive:
        return dict(known.about)
    return {**known.about, "state": "failed", "error": _ENDED, "seconds_left": None, "ahead": 0}


def _encoded(entry: Entry) -> dict[str, bytes]:
    """A result in each media type in which it can be had."""
    encoded: dict[str, bytes] = {}
    if entry.job.snapshot is None or isinstance(entry.job.error, GraftError):
        return encoded
    for media_type in entry.task.media_types:
        try:
            encoded[media_type] = entry.task.encode(entry.job.snapshot, media_type)
        except Exception:  # noqa: BLE001 - of one type; whoever asks here sees it
            _log.exception("a result of %r cannot be encoded", entry.task.name)
    return encoded
