"""Projects, their items, contents and corrections."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "v1"
down_revision = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    store = op.create_table(
        "graft_store",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("folder", sa.String(32), nullable=False),
    )
    op.create_table(
        "graft_projects",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("edit_link", sa.String(64), nullable=False, unique=True),
        sa.Column("read_link", sa.String(64), nullable=False, unique=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("created", _TIME, nullable=False),
        sa.Column("saved", _TIME, nullable=False),
        sa.Column("visited", _TIME, nullable=False, index=True),
        sa.Column("deleted", _TIME),
    )
    op.create_table(
        "graft_contents",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("used", _TIME, nullable=False, index=True),
    )
    op.create_table(
        "graft_items",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", sa.String(16), nullable=False, unique=True),
        sa.Column(
            "project_id",
            sa.Integer,
            sa.ForeignKey("graft_projects.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("about", sa.JSON, nullable=False),
        sa.Column("about_bytes", sa.Integer, nullable=False),
        sa.Column("created", _TIME, nullable=False),
        sa.Column("changed", _TIME, nullable=False),
        sa.Column("removed", _TIME),
    )
    op.create_table(
        "graft_parts",
        sa.Column(
            "item_id",
            sa.Integer,
            sa.ForeignKey("graft_items.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column(
            "digest",
            sa.String(64),
            sa.ForeignKey("graft_contents.digest"),
            nullable=False,
            index=True,
        ),
        sa.Column("bytes", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "graft_corrections",
        sa.Column(
            "item_id",
            sa.Integer,
            sa.ForeignKey("graft_items.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("label", sa.Text),
        sa.Column("tested", sa.Boolean, nullable=False),
        sa.Column("made", _TIME, nullable=False),
    )
    op.bulk_insert(store, [{"id": 1, "folder": secrets.token_hex(8)}])
