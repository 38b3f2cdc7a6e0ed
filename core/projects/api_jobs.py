"""Jobs of the web API in the database, so that each of several servers can answer for all.

The server that is at work on one has its lease, and notes how far it is; others ask it to cancel.
Its result is there in every media type, as contents by their digest, for an hour after its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Update, delete, or_, select, update
from sqlalchemy.orm import Session

from core.projects.errors import UnknownItemError
from core.projects.items import Part
from core.projects.leases import LEASE_S, Leases, clock, is_alive
from core.projects.tables import ApiJobPartRow, ApiJobRow, LeaseRow
from core.projects.tokens import fingerprint

if TYPE_CHECKING:
    from core.projects.store import Projects

KEPT_S = 3600.0
"""A job, after it has ended."""


class Known(NamedTuple):
    """What is known of a job.

    Attributes
    ----------
    about : as its server has noted it.
    parts : its result by media type, once it has ended.
    is_alive : whether it has ended, or a server is at work on it.
    """

    about: dict[str, Any]
    parts: Mapping[str, Part]
    is_alive: bool


class Asked(NamedTuple):
    """What others want of a job: to cancel it, and how many seconds ago they looked at it."""

    cancel: bool
    looked_s: float


class ApiJobs:
    """The jobs of all servers, each known by a name that nobody can guess.

    Every method raises StorageError if the database or the contents cannot be used.
    """

    def __init__(self, store: Projects, leases: Leases | None = None) -> None:
        self._store, self._database = store, store.database
        self._leases = leases or Leases(store.database)

    def add(self, name: str, owner: str | None, about: Mapping[str, Any]) -> None:
        """Note that this server is at work on a new one.

        Parameters
        ----------
        owner : with which key it can be seen; None for any.
        """
        key = fingerprint(name)
        self._leases.take(key)
        with self._database.writing() as session:
            session.add(ApiJobRow(key=key, owner=owner, about=dict(about), looked=clock()))

    def renew(self, names: list[str]) -> dict[str, Asked]:
        """Go on with some; what others want of each."""
        keys = {fingerprint(name): name for name in names}
        cancel = self._leases.renew(keys)
        query = select(ApiJobRow.key, clock() - ApiJobRow.looked).where(ApiJobRow.key.in_(keys))
        with self._database.reading() as session:
            rows = session.execute(query).all()
        return {keys[key]: Asked(cancel.get(key, False), looked_s) for key, looked_s in rows}

    def note(self, changed: Mapping[str, Mapping[str, Any]]) -> None:
        """What is known of some by now, by their names."""
        with self._database.writing() as session:
            for name, about in changed.items():
                session.execute(_change(name).values(about=dict(about)))

    def end(self, name: str, about: Mapping[str, Any], result: Mapping[str, bytes]) -> None:
        """Note that one has ended, and its result by media type.

        Raises
        ------
        LimitError
            If there is no room for the result.
        """
        parts = self._store.put(result)
        with self._database.writing() as session:
            session.execute(_change(name).values(about=dict(about), ended=clock()))
            for media_type, part in parts.items():
                session.add(
                    ApiJobPartRow(
                        job_key=fingerprint(name),
                        name=media_type,
                        digest=part.digest,
                        bytes=part.bytes,
                    )
                )
        self._leases.free(fingerprint(name))

    def find(self, name: str, owner: str | None) -> Known:
        """One that any server is or was at work on; it is noted that somebody has looked.

        Raises
        ------
        UnknownItemError
            If there is none, or not any more, or it is somebody else's.
        """
        is_recent = or_(ApiJobRow.ended.is_(None), ApiJobRow.ended > clock() - KEPT_S)
        is_theirs = ApiJobRow.owner.is_(None) if owner is None else ApiJobRow.owner == owner
        query = select(ApiJobRow).where(ApiJobRow.key == fingerprint(name), is_recent, is_theirs)
        with self._database.writing() as session:
            row = session.scalars(query).one_or_none()
            if row is None:
                raise UnknownItemError("There is no such job, or not any more.")
            session.execute(_change(name).values(looked=clock()))
            held = select(LeaseRow.key).where(LeaseRow.key == row.key, is_alive())
            goes_on = row.ended is not None or session.scalar(held) is not None
            parts = {part.name: Part(part.digest, part.bytes) for part in row.parts}
            return Known(row.about, parts, goes_on)

    def cancel(self, name: str) -> None:
        """Have the server that is at work on it end it."""
        self._leases.ask_to_cancel(fingerprint(name))

    def read(self, part: Part) -> bytes:
        """A result in one media type."""
        return self._store.blobs.read(part.digest)


def forget_old(session: Session) -> None:
    """Delete jobs that ended long ago, and those whose server died then."""
    held = select(LeaseRow.key).where(
        LeaseRow.key == ApiJobRow.key, LeaseRow.until > clock() - KEPT_S - LEASE_S
    )
    is_old = or_(ApiJobRow.ended < clock() - KEPT_S, ApiJobRow.ended.is_(None) & ~held.exists())
    session.execute(delete(ApiJobRow).where(is_old))


def _change(name: str) -> Update:
    return update(ApiJobRow).where(ApiJobRow.key == fingerprint(name))
