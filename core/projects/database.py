"""The database of projects: SQLite in a file, or PostgreSQL; reading and writing transactions."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from core.projects import migrations
from core.projects.blobs import sync_folder
from core.projects.errors import StorageError, database_errors

_log = logging.getLogger(__name__)
_WAIT_S = 20
_READERS = 8


class Database:
    """A database with the tables of this version.

    SQLite has one connection that writes: threads of this process line up for it, which is fair
    and quick, and other processes wait for their turn by its own lock. Whoever has committed waits
    for the disk afterwards, when the next one writes already.

    Parameters
    ----------
    database : the path of an SQLite file, which is made where there is none, or a URL of SQLAlchemy
        for SQLite or PostgreSQL.

    Raises
    ------
    StorageError
        If it cannot be used, or comes from a newer version.
    """

    def __init__(self, database: str) -> None:
        url = database_url(database)
        self._log = _Log(Path(f"{url.database}-wal")) if url.drivername == "sqlite" else None
        with database_errors(writing=False):
            if url.drivername == "sqlite":
                self._writer, self._reader = _sqlite(url)
            else:
                self._writer = _postgresql(url)
                self._reader = self._writer.execution_options(isolation_level="REPEATABLE READ")
            try:
                migrations.upgrade(self._writer)
            except BaseException:
                self.close()
                raise

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that sees one state of everything."""
        with database_errors(writing=False), Session(self._reader) as session:
            yield session

    @contextlib.contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that is committed at the end, unless something is raised."""
        with database_errors(writing=True), Session(self._writer) as session, session.begin():
            session.connection()  # waits for its turn
            yield session
        if self._log is not None:
            self._log.sync()

    def close(self) -> None:
        """Leave it."""
        self._writer.dispose()
        self._reader.dispose()


def database_url(database: str) -> URL:
    """The URL of SQLAlchemy for a database.

    Parameters
    ----------
    database : as for `Database`.

    Raises
    ------
    StorageError
        If it is one of another kind.
    """
    if "://" not in database:
        return URL.create("sqlite", database=os.path.abspath(database))
    try:
        url = make_url(database)
    except (ArgumentError, ValueError):
        url = URL.create("")
    backend = url.drivername.partition("+")[0]
    if backend == "sqlite" and url.database and url.database != ":memory:":
        return URL.create("sqlite", database=os.path.abspath(url.database))
    if backend in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    raise StorageError(
        "Expected GRAFT_DATABASE to be the path of an SQLite file, or a URL that starts with "
        f"postgresql://. Received: one that starts with {database.partition('://')[0]}://."
    )


def _sqlite(url: URL) -> tuple[Engine, Engine]:
    """An engine with the one connection that writes, and one for reading."""
    path = Path(url.database or "")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)  # from now on it is opened, and never made
    except OSError as err:
        _log.warning("the database of projects cannot be made", exc_info=err)
        raise StorageError(
            "The database of projects cannot be made: its folder is missing, or may not be "
            "written. Whoever runs this server can name another place by GRAFT_DATABASE."
        ) from err

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(
            f"{path.as_uri()}?mode=rw",
            uri=True,
            timeout=_WAIT_S,
            isolation_level=None,  # transactions are begun below
            check_same_thread=False,
        )

    def engine(size: int, begin: str) -> Engine:
        made = create_engine(
            url, creator=connect, pool_size=size, max_overflow=0, pool_timeout=_WAIT_S
        )

        @event.listens_for(made, "connect")
        def _set_up(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
            _use_log(connection)
            for pragma in (
                "synchronous = NORMAL",  # see `_Log`
                "foreign_keys = ON",
            ):
                connection.cursor().execute(f"PRAGMA {pragma}")
            entry.info["file"] = _file(path)

        @event.listens_for(made, "checkout")
        def _still_there(
            connection: DBAPIConnection, entry: ConnectionPoolEntry, proxy: object
        ) -> None:
            """A file that was deleted would take what is written along."""
            if entry.info.get("file") != _file(path):
                raise DisconnectionError("the file is another one")

        @event.listens_for(made, "begin")
        def _begin(connection: object) -> None:
            connection.exec_driver_sql(begin)  # type: ignore[attr-defined]  # a Connection

        return made

    return engine(1, "BEGIN IMMEDIATE"), engine(_READERS, "BEGIN")


def _use_log(connection: DBAPIConnection) -> None:
    """Change a new file to write-ahead logging, for which SQLite itself waits for no other."""
    until = time.monotonic() + _WAIT_S
    while True:
        try:
            connection.cursor().execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as err:
            if err.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)


class _Log:
    """SQLite's write-ahead log, which has what was committed until that goes into the database.

    Once it is on the disk, a change survives a loss of power. SQLite would wait for that within
    each transaction (`synchronous = FULL`), one after another; here many wait for one writing. It
    has no lock on this file that closing it would release.

    References
    ----------
    https://www.sqlite.org/wal.html, https://www.sqlite.org/pragma.html#pragma_synchronous
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: tuple[int, int] | None = None

    def sync(self) -> None:
        """Return once all that was committed before is on the disk.

        Raises
        ------
        StorageError
            If the disk fails.
        """
        try:
            with open(self._path, "rb") as file:
                os.fsync(file.fileno())
            now = _file(self._path)
            if now != self._known:  # a new one, which the folder has to name
                sync_folder(self._path.parent)
                self._known = now
        except FileNotFoundError:
            pass  # all of it is in the database
        except OSError as err:
            raise StorageError(
                "The disk under the database of projects fails: what was saved last may be lost. "
                "Whoever runs this server can check GRAFT_DATABASE."
            ) from err


def _file(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _postgresql(url: URL) -> Engine:
    try:
        return create_engine(
            url,
            pool_size=_READERS,
            max_overflow=_READERS,
            pool_timeout=_WAIT_S,
            pool_pre_ping=True,
            connect_args={
                "connect_timeout": 5,
                "options": f"-c lock_timeout={_WAIT_S}s -c statement_timeout=60s",
            },
        )
    except ModuleNotFoundError as err:
        raise StorageError(
            "PostgreSQL needs a package that is not installed here: pip install graft[postgres]."
        ) from err
