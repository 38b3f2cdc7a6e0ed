"""The tables of a database: those that the code expects, on each kind of database."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from core.projects import migrations
from core.projects.migrations import VERSION_TABLE
from core.projects.tables import Table


def test_the_steps_make_the_tables_that_the_code_expects(store):
    with store.database.reading() as session:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        context = MigrationContext.configure(session.connection(), opts=options)
        assert context.get_current_revision() == "v2"
        assert compare_metadata(context, Table.metadata) == []


def test_opening_a_database_again_changes_nothing(store):
    project = store.create("Garden")
    migrations.upgrade(store.database._writer)
    assert store.open(project.token).name == "Garden"
