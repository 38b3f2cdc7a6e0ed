"""All projects of a server: rows in a database, contents by their digest beside it."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from core.media import Source
from core.media.source import mib
from core.projects import foreign_content, owners, rows, sweeping
from core.projects.blobs import Blobs, describe
from core.projects.database import Database
from core.projects.errors import (
    DeletedProjectError,
    LimitError,
    StorageError,
    UnknownItemError,
    UnknownProjectError,
)
from core.projects.items import Content, Item, Kind, Part, checked_about, clean_name
from core.projects.owners import Owned
from core.projects.project import Project
from core.projects.project_file import ProjectFile
from core.projects.tables import ContentRow, CorrectionRow, ItemRow, ProjectRow, StoreRow
from core.projects.tokens import fingerprint, new_token, read_only
from core.settings import settings
from core.sign_in import Person

UNDO = timedelta(days=1)
"""How long what was deleted can be restored."""
_VISITS = timedelta(hours=1)  # a visit is noted no more often than that
UNTITLED = "Untitled project"


@dataclass(frozen=True, slots=True)
class Limits:
    """What projects may take; None is without a limit.

    Attributes
    ----------
    project_bytes : of the contents of one project.
    total_bytes : of the contents of all, each counted once.
    days : from the last visit of a project until it expires.
    """

    project_bytes: int | None = None
    total_bytes: int | None = None
    days: int | None = None


class Projects:
    """A store of projects, for any number of threads and processes at once.

    Parameters
    ----------
    database : the path of an SQLite file, or a URL that starts with `postgresql://`.
    blobs : a folder, or a URL of fsspec such as `s3://bucket/folder`.
    limits : Limits

    Raises
    ------
    StorageError
        If either cannot be used, or the database comes from a newer version.
    """

    def __init__(self, database: str, blobs: str, limits: Limits = Limits()) -> None:
        self.limits = limits
        self.database = Database(database)
        try:
            with self.database.reading() as session:
                folder = session.scalars(select(StoreRow.folder)).one()
            self.blobs = Blobs(blobs, folder)
        except BaseException:
            self.database.close()
            raise

    def create(self, name: str, owner: Person | None = None) -> Project:
        """A new project without items, which may be edited.

        Parameters
        ----------
        owner : whose it is, where people sign in.

        Raises
        ------
        StorageError
            If it cannot be saved.
        """
        token = new_token()
        with self.database.writing() as session:
            self.insert(session, token, name, owner)
        return Project(self, token, read_only(token))

    def insert(self, session: Session, token: str, name: str, owner: Person | None) -> ProjectRow:
        """The row of a new project, within a transaction."""
        owners.check_signed_in(owner)
        now = datetime.now(UTC)
        row = ProjectRow(
            edit_link=fingerprint(token),
            read_link=fingerprint(read_only(token)),
            name=clean_name(name, UNTITLED),
            created=now,
            saved=now,
            visited=now,
        )
        session.add(row)
        session.flush()
        if owner is not None:
            owners.give(session, row, owner, token)
        return row

    def of(self, owner: Person) -> list[Owned]:
        """The projects of a person, the one that was saved last first.

        Raises
        ------
        StorageError
            If they cannot be read.
        """
        days = self.limits.days
        since = None if days is None else datetime.now(UTC) - timedelta(days=days)
        with self.database.reading() as session:
            return owners.owned(session, owner, since)

    def open(self, token: str) -> Project:
        """The project behind a link, for editing or for reading.

        Raises
        ------
        UnknownProjectError
            If there is none; DeletedProjectError if it was deleted and can be restored.
        StorageError
            If it cannot be read.
        """
        link = fingerprint(token)
        with self.database.reading() as session:
            row = session.scalars(
                select(ProjectRow).where(
                    or_(ProjectRow.edit_link == link, ProjectRow.read_link == link)
                )
            ).one_or_none()
        if row is None:
            raise UnknownProjectError(
                "There is no project behind this link. It may be incomplete, or the project was "
                "deleted or has expired. Check the link."
            )
        if row.deleted is not None:
            restorable = row.edit_link == link and datetime.now(UTC) < row.deleted + UNDO
            kind = DeletedProjectError if restorable else UnknownProjectError
            raise kind("This project was deleted.")
        expires = self.expires(row.visited)
        if expires is not None and expires < datetime.now(UTC):
            raise UnknownProjectError(
                f"This project has expired: nobody opened it for {self.limits.days} days."
            )
        self._note_visit(row)
        if row.edit_link == link:
            return Project(self, token, read_only(token))
        return Project(self, None, token)

    def find(self, id: str, *kinds: Kind) -> Item:
        """The item of that id and one of these kinds, in whichever project it is.

        Raises
        ------
        UnknownItemError
            If there is none, or it was removed, or its project was deleted or has expired.
        StorageError
            If it cannot be read.
        """
        with self.database.reading() as session:
            kept = session.execute(
                select(ItemRow, ProjectRow.visited)
                .join(ProjectRow, ItemRow.project_id == ProjectRow.id)
                .where(
                    ItemRow.key == id,
                    ItemRow.kind.in_(kinds),
                    ItemRow.removed.is_(None),
                    ProjectRow.deleted.is_(None),
                )
            ).one_or_none()
            if kept is not None:
                row, visited = kept
                expires = self.expires(visited)
                if expires is None or datetime.now(UTC) <= expires:
                    return rows.item(row)
        raise UnknownItemError("This is in no project, or not any more.")

    def restore(self, token: str, person: Person | None = None) -> Project:
        """A project that was deleted, for a day afterwards, by the link for editing.

        Parameters
        ----------
        person : who wants it, where people sign in; NotAllowedError if it is somebody else's.

        Raises
        ------
        UnknownProjectError
            If there is none, or it is too late.
        StorageError
            If it cannot be saved.
        """
        with self.database.writing() as session:
            now = datetime.now(UTC)
            query = select(ProjectRow).where(
                ProjectRow.edit_link == fingerprint(token), ProjectRow.deleted > now - UNDO
            )
            row = session.scalars(query.with_for_update()).one_or_none()
            if row is None:
                raise UnknownProjectError(
                    "There is no deleted project behind this link that could be restored."
                )
            owners.check(session, row, person)
            row.deleted, row.visited = None, now
        return Project(self, token, read_only(token))

    def read_file(self, file: Source, owner: Person | None = None) -> Project:
        """A new project with all that is in a project file; nothing if anything is wrong with it.

        Parameters
        ----------
        owner : as for `create`.

        Raises
        ------
        InvalidInputError
            If the file is refused.
        LimitError, StorageError
            If it is too large, or cannot be saved.
        """
        opened = ProjectFile(file, self.limits.project_bytes)
        parts: dict[tuple[Kind, str], Part] = {}
        for digest, data in opened.contents():
            for kind in opened.kinds(digest):
                kept = foreign_content.without_scripts(kind, data)
                parts[kind, digest] = self.put({"": kept})[""]
        token = new_token()
        with self.database.writing() as session:
            project = self.insert(session, token, opened.manifest.name, owner)
            for item in opened.manifest.items:
                row = rows.new_item(
                    session,
                    project,
                    item.kind,
                    item.name,
                    checked_about(item.about),
                    {name: parts[item.kind, part.digest] for name, part in item.parts.items()},
                    item.created,
                    item.changed,
                )
                session.add_all(
                    CorrectionRow(
                        item_id=row.id,
                        position=position,
                        label=label,
                        tested=tested,
                        made=project.saved + timedelta(microseconds=order),
                    )
                    for order, (position, label, tested) in enumerate(item.corrections)
                )
            session.flush()
            self.check_project(rows.size(session, project))
        return Project(self, token, read_only(token))

    def sweep(self) -> int:
        """Delete for good what was deleted or has expired, and contents that nothing refers to.

        What can be restored still, and contents that were put there within the last hour, stay.

        Returns
        -------
        The bytes that are free now.

        Raises
        ------
        StorageError
            If something cannot be reached; the rest is done another time.
        """
        return sweeping.sweep(self.database, self.blobs, UNDO, self.limits.days)

    def put(self, contents: Mapping[str, Content], *, beside: int = 0) -> dict[str, Part]:
        """Put contents into their places, before the rows that refer to them.

        A row that says so comes first, so that nobody collects what is being written; without
        another that refers to it, it is collected after an hour.

        Parameters
        ----------
        beside : bytes that the project has already, for what can be refused at once.

        Raises
        ------
        LimitError
            If one is larger than a project, or all would become too large.
        StorageError
            If they cannot be written.
        """
        parts = {name: describe(content) for name, content in contents.items()}
        if not parts:
            return parts
        self.check_project(beside + sum(part.bytes for part in parts.values()))
        with self.database.writing() as session:
            session.execute(select(StoreRow.id).with_for_update())
            now, taken = datetime.now(UTC), None
            for part in sorted(set(parts.values())):
                row = session.get(ContentRow, part.digest)
                if row is not None:
                    row.used = now
                    continue
                if self.limits.total_bytes is not None:
                    if taken is None:
                        taken = session.scalar(select(func.sum(ContentRow.bytes))) or 0
                    taken += part.bytes
                    _check_total(taken, self.limits.total_bytes)
                session.add(ContentRow(digest=part.digest, bytes=part.bytes, used=now))
        for name, content in contents.items():
            self.blobs.put(parts[name], content)
        return parts

    def check_project(self, size: int) -> None:
        """Refuse a project of so many bytes, unless it may have them.

        Raises
        ------
        LimitError
        """
        limit = self.limits.project_bytes
        if limit is not None and size > limit:
            raise LimitError(
                f"This project would take {mib(size)}, and at most {mib(limit)} are allowed here. "
                "Nothing was saved. Delete something from it, or download it."
            )

    def expires(self, visited: datetime) -> datetime | None:
        """When a project expires that was visited last at a time."""
        days = self.limits.days
        return None if days is None else visited + timedelta(days=days)

    def check(self) -> None:
        """See whether database and contents can be reached.

        Raises
        ------
        StorageError
            If one of them cannot.
        """
        with self.database.reading() as session:
            session.execute(select(StoreRow.folder))
        self.blobs.check()

    def close(self) -> None:
        """Leave the database."""
        self.database.close()

    def _note_visit(self, row: ProjectRow) -> None:
        now = datetime.now(UTC)
        if row.visited < now - _VISITS:
            with contextlib.suppress(StorageError), self.database.writing() as session:
                session.execute(
                    update(ProjectRow)
                    .where(ProjectRow.read_link == row.read_link)
                    .values(visited=now)
                )


def _check_total(size: int, limit: int) -> None:
    if size > limit:
        raise LimitError(
            f"All projects together would take {mib(size)}, and at most {mib(limit)} are allowed "
            "here. Nothing was saved. Delete projects, whose space is free a day later, or "
            "download this one."
        )


@functools.lru_cache(maxsize=1)
def _projects(database: str, blobs: str, limits: Limits) -> Projects:
    return Projects(database, blobs, limits)


def projects() -> Projects:
    """The projects of this process, where its settings say.

    Raises
    ------
    StorageError
        If they cannot be used.
    InvalidInputError
        If a setting cannot be understood.
    """
    now = settings()
    return _projects(
        now.database, now.blobs, Limits(now.project_bytes, now.projects_bytes, now.project_days)
    )
