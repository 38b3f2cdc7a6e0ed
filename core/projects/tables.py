"""The tables of projects. Whoever changes them adds a step to `core/projects/migrations`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Double,
    ForeignKey,
    String,
    Text,
    TypeDecorator,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from core.projects.items import Kind


class UtcTime(TypeDecorator[datetime]):
    """A time in UTC; SQLite keeps no zone of its own."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The time with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Table(DeclarativeBase):
    """The base of all of them."""

    type_annotation_map = {datetime: UtcTime, dict[str, Any]: JSON}  # noqa: RUF012


class StoreRow(Table):
    """The one row of the database itself: the folder of its contents, so that two databases with
    one place for contents never delete each other's. Locked by whoever adds or deletes contents."""

    __tablename__ = "graft_store"

    id: Mapped[int] = mapped_column(primary_key=True)
    folder: Mapped[str] = mapped_column(String(32))


class ProjectRow(Table):
    """A project. Its links are known by their fingerprints only."""

    __tablename__ = "graft_projects"

    id: Mapped[int] = mapped_column(primary_key=True)
    edit_link: Mapped[str] = mapped_column(String(64), unique=True)
    read_link: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    created: Mapped[datetime]
    saved: Mapped[datetime]
    visited: Mapped[datetime] = mapped_column(index=True)
    deleted: Mapped[datetime | None]


class OwnerRow(Table):
    """Whose a project is, with its link for editing, by which they find it again."""

    __tablename__ = "graft_owners"

    project_id: Mapped[int] = mapped_column(
        ForeignKey("graft_projects.id", ondelete="CASCADE"), primary_key=True
    )
    person: Mapped[str] = mapped_column(String(64), index=True)
    link: Mapped[str] = mapped_column(String(64))


class KeyRow(Table):
    """A key for the web API, known by its digest."""

    __tablename__ = "graft_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    person: Mapped[str] = mapped_column(String(64), index=True)
    person_name: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(200))
    created: Mapped[datetime]
    expires: Mapped[datetime] = mapped_column(index=True)
    used: Mapped[datetime | None]


class ContentRow(Table):
    """A content that is, or is about to be, in its place; `used` is when it last was put there."""

    __tablename__ = "graft_contents"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    bytes: Mapped[int] = mapped_column(BigInteger)
    used: Mapped[datetime] = mapped_column(index=True)


class ItemRow(Table):
    """An item of a project; `removed` ones can be restored for a while."""

    __tablename__ = "graft_items"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(16), unique=True)
    project_id: Mapped[int] = mapped_column(
        ForeignKey("graft_projects.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[Kind] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(200))
    about: Mapped[dict[str, Any]]
    about_bytes: Mapped[int]
    created: Mapped[datetime]
    changed: Mapped[datetime]
    removed: Mapped[datetime | None]

    parts: Mapped[list[PartRow]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, lazy="selectin"
    )


class PartRow(Table):
    """A content of an item."""

    __tablename__ = "graft_parts"

    item_id: Mapped[int] = mapped_column(
        ForeignKey("graft_items.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    digest: Mapped[str] = mapped_column(ForeignKey("graft_contents.digest"), index=True)
    bytes: Mapped[int] = mapped_column(BigInteger)


class CorrectionRow(Table):
    """Another label for an example of a data set; without one the example is excluded."""

    __tablename__ = "graft_corrections"

    item_id: Mapped[int] = mapped_column(
        ForeignKey("graft_items.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str | None] = mapped_column(Text)
    tested: Mapped[bool]
    made: Mapped[datetime]


class LeaseRow(Table):
    """Which server has a job in its hands, until when by the clock of the database in seconds
    since 1970, and whether somebody has asked to cancel it."""

    __tablename__ = "graft_leases"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    server: Mapped[str] = mapped_column(String(16))
    until: Mapped[float] = mapped_column(Double, index=True)
    cancel: Mapped[bool]


class ApiJobRow(Table):
    """A job of the web API, known by the digest of its name; times are as in `LeaseRow`."""

    __tablename__ = "graft_api_jobs"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner: Mapped[str | None] = mapped_column(String(80))
    about: Mapped[dict[str, Any]]
    looked: Mapped[float] = mapped_column(Double)
    ended: Mapped[float | None] = mapped_column(Double, index=True)

    parts: Mapped[list[ApiJobPartRow]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, lazy="selectin"
    )


class ApiJobPartRow(Table):
    """The result of a job of the web API in one media type."""

    __tablename__ = "graft_api_job_parts"

    job_key: Mapped[str] = mapped_column(
        ForeignKey("graft_api_jobs.key", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    digest: Mapped[str] = mapped_column(ForeignKey("graft_contents.digest"), index=True)
    bytes: Mapped[int] = mapped_column(BigInteger)
