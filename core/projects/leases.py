"""Which of several servers with one database has a job in its hands: leases, which are renewed.

A server renews its leases every second; one that was not renewed for ten is over, by the clock of
the database, which all servers have in common. So what a server was at work on that has died is
free for another within that time, and a server that was away for longer finds its job another's.

References
----------
Gray and Cheriton, "Leases: an efficient fault-tolerant mechanism for distributed file cache
consistency" (1989), https://doi.org/10.1145/74850.74870
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Double, and_, delete, not_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from core.errors import GraftError
from core.projects.database import Database
from core.projects.tables import LeaseRow

LEASE_S = 10.0
RENEW_S = 1.0
SERVER = secrets.token_hex(8)
"""This process."""


class TakenError(GraftError):
    """A job that is in the hands of another server, or of somebody else on this one."""


class clock(FunctionElement[float]):  # noqa: N801 - as SQLAlchemy writes functions
    """The time by the clock of the database, in seconds since 1970."""

    type = Double()
    inherit_cache = True


@compiles(clock, "postgresql")
def _of_postgresql(_element: clock, _compiler: Any, **_: Any) -> str:
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS DOUBLE PRECISION)"


@compiles(clock, "sqlite")
def _of_sqlite(_element: clock, _compiler: Any, **_: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


class Leases:
    """The leases in a database, by the key of what is leased.

    Every method raises StorageError if that cannot be read or written.

    Parameters
    ----------
    server : who takes them, and renews them.
    """

    def __init__(self, database: Database, server: str = SERVER) -> None:
        self._database, self._server = database, server

    def take(self, key: str, *, anew: bool = False) -> None:
        """Have it from now on; a wish to cancel stays if this server had it before.

        Parameters
        ----------
        anew : whether this server may not have it yet.

        Raises
        ------
        TakenError
            If another server has it.
        """
        new = {"server": self._server, "until": clock() + LEASE_S}
        is_mine, is_free = LeaseRow.server == self._server, not_(is_alive())
        changes = {**new, "cancel": and_(is_mine, is_alive(), LeaseRow.cancel)}
        if not anew:
            is_free = or_(is_mine, is_free)
        with self._database.writing() as session:
            dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
            statement = dialect.insert(LeaseRow).values(key=key, cancel=False, **new)
            taken = session.execute(
                statement.on_conflict_do_update(
                    index_elements=["key"], set_=changes, where=is_free
                ).returning(LeaseRow.key)
            ).scalar()
        if taken is None:
            raise _taken()

    def renew(self, keys: Collection[str]) -> dict[str, bool]:
        """Have them for longer.

        Returns
        -------
        Of each that this server still has, whether somebody has asked to cancel it; one that is
        over, and that nobody has taken, it still has.
        """
        mine = (LeaseRow.key.in_(keys), LeaseRow.server == self._server)
        statement = update(LeaseRow).where(*mine).values(until=clock() + LEASE_S)
        with self._database.writing() as session:
            rows = session.execute(statement.returning(LeaseRow.key, LeaseRow.cancel))
            return {key: cancel for key, cancel in rows}

    def free(self, key: str) -> None:
        """Have it no more; nothing changes if another server has it."""
        mine = (LeaseRow.key == key, LeaseRow.server == self._server)
        with self._database.writing() as session:
            session.execute(delete(LeaseRow).where(*mine))

    def ask_to_cancel(self, key: str) -> None:
        """Have whoever is at work on it end that."""
        with self._database.writing() as session:
            session.execute(update(LeaseRow).where(LeaseRow.key == key).values(cancel=True))

    def held(self, keys: Collection[str]) -> dict[str, bool]:
        """Of those that a server has, whether it is another one."""
        query = select(LeaseRow.key, LeaseRow.server).where(LeaseRow.key.in_(keys), is_alive())
        with self._database.reading() as session:
            return {key: server != self._server for key, server in session.execute(query)}

    def elsewhere(self, keys: Collection[str]) -> set[str]:
        """Those that another server has."""
        return {key for key, is_elsewhere in self.held(keys).items() if is_elsewhere}


def check_mine(session: Session, key: str) -> None:
    """Within the transaction of a change that only who has the lease may make: see to it that this
    server has it until the end.

    Raises
    ------
    TakenError
        If it has not.
    """
    query = select(LeaseRow.key).where(LeaseRow.key == key, LeaseRow.server == SERVER)
    if session.scalar(query.with_for_update()) is None:
        raise _taken()


def forget_old(session: Session, age_s: float) -> None:
    """Delete leases that were over so many seconds ago."""
    session.execute(delete(LeaseRow).where(LeaseRow.until < clock() - age_s))


def is_alive() -> ColumnElement[bool]:
    """Whether it is not over; one that would last for longer than it may comes from before the
    clock was set back."""
    return and_(LeaseRow.until > clock(), LeaseRow.until <= clock() + 2 * LEASE_S)


def _taken() -> TakenError:
    return TakenError("Somebody goes on with this already. Reload the page to follow it.")
