"""The tables of a database: those that the code expects, on each kind of database."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from core.projects import migrations
from core.projects.migrations import VERSION_TABLE
from core.projects.tables import Table


def test_the_steps_make_the_tables_that_the_code_expects(store):
    with store.database.reading() as session:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        context = MigrationContext.configure(session.connection(), opts=options)
        assert context.get_current_revision() == "v3"
        assert compare_metadata(context, Table.metadata) == []


def test_opening_a_database_again_changes_nothing(store):
    project = store.create("Garden")
    migrations.upgrade(store.database._writer)
    assert store.open(project.token).name == "Garden"


def test_a_database_of_an_older_version_keeps_its_projects(store, open_store):
    project = store.create("Garden")
    item = project.add("job", "Training", {"share": 0.5})
    with store.database.writing() as session:
        for table in ("graft_api_job_parts", "graft_api_jobs", "graft_leases"):
            session.execute(text(f"DROP TABLE {table}"))
        session.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = 'v2'"))
    newer = open_store().open(project.token)
    newer.leases.take(item.id)
    assert newer.item(item.id).about == {"share": 0.5}
