"""What frees space: deleted and expired projects, removed items, contents without a row."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice

from sqlalchemy import and_, delete, not_, or_, select

from core.projects import api_jobs, leases
from core.projects.blobs import Blobs, forget_cached
from core.projects.clock import unhurried
from core.projects.database import Database
from core.projects.tables import (
    ApiJobPartRow,
    ContentRow,
    ItemRow,
    PartRow,
    ProjectRow,
    StoreRow,
)

GRACE = timedelta(hours=1)
"""How long a content may be without a row that refers to it: what is being saved is."""
_AT_ONCE = 16  # others wait meanwhile


def sweep(database: Database, blobs: Blobs, undo: timedelta, days: int | None) -> int:
    """See `Projects.sweep`; returns bytes."""
    _purge(database, undo, days)
    freed = 0
    while True:
        count, size = _collect(database, blobs)
        freed += size
        if count < _AT_ONCE:
            break
    forget_cached()
    return freed + _collect_strays(database, blobs)


def _purge(database: Database, undo: timedelta, days: int | None) -> None:
    now = unhurried()
    with database.writing() as session:
        over = [ProjectRow.deleted < now - undo]
        if days is not None:
            over.append(ProjectRow.visited < now - timedelta(days=days))
        session.execute(delete(ProjectRow).where(or_(*over)))
        session.execute(delete(ItemRow).where(ItemRow.removed < now - undo))
        api_jobs.forget_old(session)
        leases.forget_old(session, undo.total_seconds())


def _collect(database: Database, blobs: Blobs) -> tuple[int, int]:
    """Delete some contents that nothing refers to; how many, and their bytes.

    Whoever wants to put one of them into its place waits until they are gone, and writes it.
    """
    unused = and_(
        *(
            not_(select(part.digest).where(part.digest == ContentRow.digest).exists())
            for part in (PartRow, ApiJobPartRow)
        )
    )
    with database.writing() as session:
        session.execute(select(StoreRow.id).with_for_update())
        query = select(ContentRow).where(ContentRow.used < unhurried() - GRACE, unused)
        locked = session.scalars(query.limit(_AT_ONCE).with_for_update()).all()
        # once more: a row may have come to refer to one before they were locked
        digests = [row.digest for row in locked]
        rows = session.scalars(
            select(ContentRow).where(ContentRow.digest.in_(digests), unused)
        ).all()
        blobs.delete(row.digest for row in rows)
        for row in rows:
            session.delete(row)
        return len(rows), sum(row.bytes for row in rows)


def _collect_strays(database: Database, blobs: Blobs) -> int:
    """Delete contents of which the database knows nothing, as after it was restored from a copy.

    A row of a content is there before the content, so what is being saved has one. Whoever wants
    to add such a row waits meanwhile, as in `_collect`, or would find what is about to go.
    """
    old = list(blobs.older_than(GRACE.total_seconds()))
    with database.reading() as session:
        known = set(session.scalars(select(ContentRow.digest)))
    freed, strays = 0, iter({part.digest: part for part in old if part.digest not in known}.items())
    while some := dict(islice(strays, _AT_ONCE)):
        with database.writing() as session:
            session.execute(select(StoreRow.id).with_for_update())
            came = session.scalars(select(ContentRow.digest).where(ContentRow.digest.in_(some)))
            gone = some.keys() - {*came}
            blobs.delete(gone)
        freed += sum(some[digest].bytes for digest in gone)
    return freed
