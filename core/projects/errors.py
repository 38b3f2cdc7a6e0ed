"""What keeps a project from being opened or saved, in sentences; nothing is changed then."""

from __future__ import annotations

import logging
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    DisconnectionError,
    IntegrityError,
    SQLAlchemyError,
    TimeoutError,
)

from core.errors import DISK_FULL, GraftError, UnknownNameError

_log = logging.getLogger(__name__)
_FULL_STATES = frozenset({"53100", "53200"})  # PostgreSQL: disk_full, out_of_memory
_BUSY_STATES = frozenset({"40001", "40P01", "55P03", "57014", "53300"})
_READ_ONLY_STATES = frozenset({"25006", "42501"})


class StorageError(GraftError, OSError):
    """Saved projects cannot be read or written here and now: what is wrong, and what to do."""


class LimitError(GraftError):
    """Something would be larger than this server allows: the limit, and what to do."""


class UnknownProjectError(UnknownNameError):
    """A link behind which there is no project."""


class DeletedProjectError(UnknownProjectError):
    """A link to a project that was deleted, and can be restored still by who may edit it."""


class UnknownItemError(UnknownNameError):
    """Something that is not, or no longer, in a project."""


class ReplacedItemError(GraftError):
    """A change to what somebody else has replaced meanwhile."""


class ReadOnlyError(GraftError):
    """A change through a link that only allows to look."""


@contextmanager
def database_errors(*, writing: bool) -> Iterator[None]:
    """Failures of a database as StorageError."""
    try:
        yield
    except (DBAPIError, DisconnectionError, TimeoutError) as err:
        if isinstance(err, DataError):
            raise  # ours
        _log.warning("the database of projects has failed", exc_info=err)
        tail = " Nothing was saved." if writing else ""
        raise StorageError(f"{_of_database(err)}{tail}") from err


@contextmanager
def content_errors(*, writing: bool) -> Iterator[None]:
    """Failures of the disk or the object store that holds contents as StorageError."""
    failures: tuple[type[Exception], ...] = (OSError, *_of_object_stores())
    try:
        yield
    except StorageError:
        raise
    except failures as err:
        _log.warning("the contents of projects have failed", exc_info=err)
        tail = " Nothing was saved." if writing else ""
        if isinstance(err, OSError) and err.errno in DISK_FULL:
            raise StorageError(
                f"The disk for projects is full. Free some space on it.{tail}"
            ) from err
        raise StorageError(
            "The place where the contents of projects are kept cannot be used: it is missing, "
            "does not answer, or refuses access. Whoever runs this server can check "
            f"GRAFT_BLOBS.{tail}"
        ) from err


def _of_object_stores() -> tuple[type[Exception], ...]:
    """What the client of S3 raises besides OSError, if it is in use."""
    client = sys.modules.get("botocore.exceptions")
    return () if client is None else (client.BotoCoreError,)


def _of_database(err: SQLAlchemyError) -> str:
    """A sentence for what a database has raised."""
    original = err.orig if isinstance(err, DBAPIError) else None
    state = getattr(original, "sqlstate", None)
    code = getattr(original, "sqlite_errorcode", 0) & 0xFF  # without what extends it
    if isinstance(err, IntegrityError):
        return "Saving took so long that a part of it was collected as unused. Save it again."
    if code == sqlite3.SQLITE_FULL or state in _FULL_STATES:
        return "The disk for projects is full. Free some space on it."
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) or state in _BUSY_STATES:
        return "The database of projects is in use by another program. Try again in a moment."
    if isinstance(err, TimeoutError):
        return "The database of projects has too much to do. Try again in a moment."
    if code == sqlite3.SQLITE_READONLY or state in _READ_ONLY_STATES:
        return "The database of projects can only be read, and not written. Check who may write it."
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return (
            "The database of projects is damaged, or is another kind of file. Whoever runs this "
            "server can restore a copy of it, or name another one by GRAFT_DATABASE."
        )
    return (
        "The database of projects cannot be used: it is missing, does not answer, or refuses "
        "access. Whoever runs this server can check GRAFT_DATABASE."
    )
