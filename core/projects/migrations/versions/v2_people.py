"""Projects that belong to people, and keys of theirs for the web API."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v2"
down_revision = "v1"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "graft_owners",
        sa.Column(
            "project_id",
            sa.Integer,
            sa.ForeignKey("graft_projects.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("person", sa.String(64), nullable=False, index=True),
        sa.Column("link", sa.String(64), nullable=False),
    )
    op.create_table(
        "graft_keys",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("person", sa.String(64), nullable=False, index=True),
        sa.Column("person_name", sa.String(80), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("created", _TIME, nullable=False),
        sa.Column("expires", _TIME, nullable=False, index=True),
        sa.Column("used", _TIME),
    )
