"""Keys of people for the web API. The database has their digests alone."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select, update

from core.projects.clock import unhurried
from core.projects.database import Database
from core.projects.errors import LimitError, StorageError
from core.projects.items import clean_name
from core.projects.tables import KeyRow
from core.sign_in import Person

LASTS = timedelta(days=90)
"""From making a key until it expires, so that one whose owner has left ends by itself."""
MOST = 20
"""Of one person at a time."""
_USES = timedelta(minutes=10)  # a use is noted no more often than that


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key, without the key.

    Attributes
    ----------
    id : of the key among all.
    name : what it is for.
    person_name : whose it is.
    created, expires, used : in UTC; None if it was not used yet.
    """

    id: int
    name: str
    person_name: str
    created: datetime
    expires: datetime
    used: datetime | None


class ApiKeys:
    """The keys in a database.

    Every method raises StorageError if that cannot be read or written.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, person: Person, name: str) -> str:
        """A new key, which cannot be shown again.

        Raises
        ------
        LimitError
            If the person has as many as they may.
        """
        key, now = f"graft_{secrets.token_urlsafe(32)}", datetime.now(UTC)
        with self._database.writing() as session:
            session.execute(delete(KeyRow).where(KeyRow.expires <= unhurried()))
            mine = select(func.count()).where(KeyRow.person == person.id, KeyRow.expires > now)
            if (session.scalar(mine) or 0) >= MOST:
                raise LimitError(
                    f"Expected at most {MOST} keys of one person. Received: one more. Delete one "
                    "that is not needed."
                )
            session.add(
                KeyRow(
                    digest=_digest(key),
                    person=person.id,
                    person_name=person.name,
                    name=clean_name(name, "Key"),
                    created=now,
                    expires=now + LASTS,
                )
            )
        return key

    def of(self, person: Person) -> list[ApiKey]:
        """The keys of a person, oldest first."""
        return self._listed(person)

    def every(self) -> list[ApiKey]:
        """The keys of everybody, oldest first; for admins."""
        return self._listed(None)

    def delete(self, id: int, person: Person) -> None:
        """Delete a key of a person, or of anybody if the person is an admin."""
        query = delete(KeyRow).where(KeyRow.id == id)
        with self._database.writing() as session:
            session.execute(query if person.is_admin else query.where(KeyRow.person == person.id))

    def owner(self, key: str) -> str | None:
        """The `Person.id` of whose key it is; None if there is no such key, or not any more."""
        now = datetime.now(UTC)
        with self._database.reading() as session:
            row = session.scalars(
                select(KeyRow).where(KeyRow.digest == _digest(key), KeyRow.expires > now)
            ).one_or_none()
        if row is None:
            return None
        if row.used is None or row.used < now - _USES:
            with contextlib.suppress(StorageError), self._database.writing() as session:
                session.execute(update(KeyRow).where(KeyRow.id == row.id).values(used=now))
        return row.person

    def _listed(self, person: Person | None) -> list[ApiKey]:
        query = select(KeyRow).where(KeyRow.expires > datetime.now(UTC)).order_by(KeyRow.id)
        with self._database.reading() as session:
            rows = session.scalars(
                query if person is None else query.where(KeyRow.person == person.id)
            )
            return [
                ApiKey(row.id, row.name, row.person_name, row.created, row.expires, row.used)
                for row in rows
            ]


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
