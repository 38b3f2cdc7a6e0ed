"""Which of several servers works on what, and jobs of the web API that each of them knows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v3"
down_revision = "v2"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "graft_leases",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("server", sa.String(16), nullable=False),
        sa.Column("until", sa.Double, nullable=False, index=True),
        sa.Column("cancel", sa.Boolean, nullable=False),
    )
    op.create_table(
        "graft_api_jobs",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("owner", sa.String(80)),
        sa.Column("about", sa.JSON, nullable=False),
        sa.Column("looked", sa.Double, nullable=False),
        sa.Column("ended", sa.Double, index=True),
    )
    op.create_table(
        "graft_api_job_parts",
        sa.Column(
            "job_key",
            sa.String(64),
            sa.ForeignKey("graft_api_jobs.key", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("name", sa.String(80), primary_key=True),
        sa.Column(
            "digest",
            sa.String(64),
            sa.ForeignKey("graft_contents.digest"),
            nullable=False,
            index=True,
        ),
        sa.Column("bytes", sa.BigInteger, nullable=False),
    )
