"""Brings a database to the tables of this version, with Alembic and without its command line."""

from __future__ import annotations

from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from core.projects.errors import StorageError

VERSION_TABLE = "graft_version"
_LOCK = 0x67726166  # of PostgreSQL, for the time of a migration: "graf"


def upgrade(engine: Engine) -> None:
    """Make the tables that are missing, or change those of an older version; all or nothing.

    Raises
    ------
    StorageError
        If the database was written by a newer version.
    SQLAlchemyError
        If it cannot be used.
    """
    scripts = ScriptDirectory(
        str(Path(__file__).parent), version_locations=[str(Path(__file__).parent / "versions")]
    )
    with engine.connect() as connection:
        if _current(connection, scripts) == scripts.get_current_head():
            return
    with engine.begin() as connection:  # others wait, and find it done
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        if _current(connection, scripts) != scripts.get_current_head():
            _upgrade(connection, scripts)


def _current(connection: Connection, scripts: ScriptDirectory) -> str | None:
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    revision = context.get_current_revision()
    known = {script.revision for script in scripts.walk_revisions()}
    if revision is not None and revision not in known:
        raise StorageError(
            "The database of projects was written by a newer version of this app. Update the app, "
            "or name another database by GRAFT_DATABASE. Nothing was changed."
        )
    return revision


def _upgrade(connection: Connection, scripts: ScriptDirectory) -> None:
    def steps(revision: str, _: MigrationContext) -> list[RevisionStep]:
        return scripts._upgrade_revs("head", revision)  # as `alembic.command.upgrade` does

    with EnvironmentContext(Config(), scripts, fn=steps) as environment:
        environment.configure(
            connection=connection, version_table=VERSION_TABLE, transactional_ddl=True
        )
        environment.run_migrations()
