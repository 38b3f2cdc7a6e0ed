"""One project, through one of its links. Every method is a short transaction of its own."""

from __future__ import annotations

import builtins
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.errors import InvalidInputError
from core.projects import owners, project_file, rows
from core.projects.errors import ReadOnlyError, UnknownItemError
from core.projects.items import (
    MAX_POSITION,
    Content,
    Correction,
    Item,
    Kind,
    Part,
    checked_about,
    checked_label,
    clean_name,
)
from core.projects.leases import Leases, check_mine
from core.projects.tables import CorrectionRow, ItemRow, ProjectRow
from core.projects.tokens import fingerprint, new_token, read_only
from core.sign_in import Person

if TYPE_CHECKING:
    from core.projects.store import Projects


@dataclass(frozen=True, slots=True)
class Project:
    """A project as whoever has a link to it sees it; it holds no contents and no rows.

    Attributes and methods read the state of now, so all of them raise StorageError if that cannot
    be read, and UnknownProjectError once the project was deleted. Methods that change something
    raise ReadOnlyError without the link for editing.

    Attributes
    ----------
    token : str or None
        The secret of the link for editing; None if this is the link for reading.
    read_token : str
        The secret of the link for reading.
    """

    _store: Projects = field(repr=False)
    token: str | None = field(repr=False)  # whoever reads a log has no project by it
    read_token: str = field(repr=False)

    @property
    def may_edit(self) -> bool:
        """Whether this link allows changes."""
        return self.token is not None

    @property
    def name(self) -> str:
        """What its owner calls it."""
        return self._row().name

    @property
    def created(self) -> datetime:
        """When it was made, in UTC."""
        return self._row().created

    @property
    def saved(self) -> datetime:
        """When it was changed last, in UTC."""
        return self._row().saved

    @property
    def expires(self) -> datetime | None:
        """When it will be deleted unless somebody opens it, in UTC; None for never."""
        return self._store.expires(self._row().visited)

    @property
    def leases(self) -> Leases:
        """Which server is at work on which of its jobs, by the ids of items."""
        return Leases(self._store.database)

    @property
    def bytes(self) -> int:
        """Of its contents, those of what was removed not counted."""
        with self._store.database.reading() as session:
            return rows.size(session, self._existing(session))

    def items(self, *kinds: Kind) -> list[Item]:
        """What is in it, of these kinds or of all, oldest first."""
        with self._store.database.reading() as session:
            query = rows.items(self._existing(session))
            if kinds:
                query = query.where(ItemRow.kind.in_(kinds))
            return [rows.item(row) for row in session.scalars(query)]

    def item(self, id: str) -> Item:
        """The item of that id.

        Raises
        ------
        UnknownItemError
            If there is none, or it was removed.
        """
        with self._store.database.reading() as session:
            return rows.item(rows.find(session, self._existing(session), id))

    def add(
        self,
        kind: Kind,
        name: str,
        about: Mapping[str, Any],
        content: Mapping[str, Content] | None = None,
    ) -> Item:
        """A new item. It is saved, contents and all, once this returns.

        Parameters
        ----------
        about : what JSON can hold, of at most 1 MiB.
        content : by name: bytes, the path of a file, or pieces of bytes that can be gone through
            twice, as `core.projects.datasets.pack` has them.

        Raises
        ------
        InvalidInputError
            If `about` is refused.
        LimitError
            If there is no room left.
        StorageError
            If it cannot be saved.
        """
        self._check_may_edit()
        known = checked_about(about)
        parts = self._store.put(content, beside=self.bytes) if content else {}
        with self._store.database.writing() as session:
            project = self._changing(session)
            now = project.saved
            row = rows.new_item(session, project, kind, name, known, parts, now, now)
            self._store.check_project(rows.size(session, project))
            return rows.item(row)

    def change(
        self,
        item: Item,
        *,
        name: str | None = None,
        about: Mapping[str, Any] | None = None,
        content: Mapping[str, Content | None] | None = None,
        leased: bool = False,
    ) -> Item:
        """The item with another name, other JSON about it, or other contents.

        Contents of other names stay; None removes the one of that name.

        Parameters
        ----------
        leased : whether this server may only do it as long as it has the lease of the item.

        Raises
        ------
        UnknownItemError
            If it is not there any more; TakenError if the lease is another's.
        InvalidInputError, LimitError, StorageError
            As `add`.
        """
        self._check_may_edit()
        known = None if about is None else checked_about(about)
        content = content or {}
        parts = self._store.put({n: data for n, data in content.items() if data is not None})
        with self._store.database.writing() as session:
            project = self._changing(session)
            row = rows.find(session, project, item.id)
            if leased:
                check_mine(session, item.id)
            with rows.growing(session, project, self._store.check_project):
                row.changed = project.saved
                if name is not None:
                    row.name = clean_name(name, row.kind)
                if known is not None:
                    row.about, row.about_bytes = known
                if content:
                    row.parts = [part for part in row.parts if part.name not in content]
                    session.flush()  # the old ones go before the new ones come
                    row.parts += rows.part_rows(parts)
            return rows.item(row)

    def read(self, item: Item, part: str) -> builtins.bytes:
        """A content of an item as it is now, checked by its digest.

        Raises
        ------
        UnknownItemError
            If there is no such item or part.
        """
        return self._store.blobs.read(self._part(item, part).digest)

    def path(self, item: Item, part: str) -> Path:
        """A file on this machine with a content of an item, which is not to be changed.

        Raises
        ------
        UnknownItemError
            If there is no such item or part.
        """
        return self._store.blobs.path(self._part(item, part).digest)

    def remove(self, item: Item) -> None:
        """Take an item out; it can be restored for a day."""
        with self._store.database.writing() as session:
            project = self._changing(session)
            rows.find(session, project, item.id).removed = project.saved

    def restore(self, item: Item) -> None:
        """Put an item back that was removed.

        Raises
        ------
        UnknownItemError
            If it is too late.
        LimitError
            If there is no room for it any more.
        """
        with self._store.database.writing() as session:
            project = self._changing(session)
            with rows.growing(session, project, self._store.check_project):
                rows.find(session, project, item.id, removed=True).removed = None

    def correct(self, item: Item, position: int, label: str | None, *, tested: bool) -> None:
        """Note another label for an example of a data set; None excludes it.

        Parameters
        ----------
        position : of the example in the data set.
        tested : whether a test result was known.

        Raises
        ------
        InvalidInputError
            If it is no label or no position.
        ReplacedItemError
            If the data set has other examples than `item` says.
        """
        checked_label(label)
        if not 0 <= position < MAX_POSITION:
            raise InvalidInputError(
                f"Expected the position of an example, 0 or more. Received: {position}."
            )
        self._check_may_edit()
        with self._store.database.writing() as session:
            link = fingerprint(self.read_token)
            rows.correct(session, link, item, position, Correction(label, tested))

    def uncorrect(self, item: Item, position: int | None = None) -> None:
        """Undo the correction of an example, or all of a data set.

        Raises
        ------
        ReplacedItemError
            As `correct`.
        """
        with self._store.database.writing() as session:
            project = self._changing(session)
            row = rows.find(session, project, item.id)
            rows.check_contents(session, row.id, item)
            statement = delete(CorrectionRow).where(CorrectionRow.item_id == row.id)
            if position is not None:
                statement = statement.where(CorrectionRow.position == position)
            session.execute(statement)

    def corrections(self, item: Item) -> dict[int, Correction]:
        """The corrections of a data set by position, in the order in which they were made."""
        with self._store.database.reading() as session:
            row = rows.find(session, self._existing(session), item.id)
            return rows.corrections(session, row)

    def rename(self, name: str) -> None:
        """Give the project another name."""
        with self._store.database.writing() as session:
            project = self._changing(session)
            project.name = clean_name(name, project.name)

    def copy(self, owner: Person | None = None) -> Project:
        """A new project with the same items, which may be edited. No content is copied.

        Parameters
        ----------
        owner : whose the copy is, where people sign in.
        """
        token = new_token()
        with self._store.database.writing() as session:
            project = self._existing(session, lock=True)
            new = self._store.insert(session, token, project.name, owner)
            for row in session.scalars(rows.items(project)).all():
                rows.copy_item(session, row, new)
        return Project(self._store, token, read_only(token))

    @property
    def owner(self) -> str | None:
        """The `Person.id` of whose it is; None if it is nobody's."""
        with self._store.database.reading() as session:
            return owners.owner(session, self._existing(session))

    def take(self, person: Person) -> None:
        """Make it somebody's that is nobody's; NotAllowedError if it is somebody else's."""
        with self._store.database.writing() as session:
            project = self._changing(session)
            owners.check(session, project, person)
            owners.give(session, project, person, self.token or "")

    def replace_links(self, person: Person | None = None) -> Project:
        """The same project behind other links; those there are stop working.

        Parameters
        ----------
        person : who wants it, where people sign in; NotAllowedError if it is somebody else's.
        """
        token = new_token()
        with self._store.database.writing() as session:
            project = self._changing(session)
            owners.check(session, project, person)
            project.edit_link = fingerprint(token)
            project.read_link = fingerprint(read_only(token))
            owners.replace_link(session, project, token)
        return Project(self._store, token, read_only(token))

    def delete(self, person: Person | None = None) -> None:
        """Delete the project; `Projects.restore` brings it back for a day.

        Parameters
        ----------
        person : who wants it, where people sign in; NotAllowedError if it is somebody else's.
        """
        with self._store.database.writing() as session:
            project = self._changing(session)
            owners.check(session, project, person)
            project.deleted = project.saved

    def write_file(self, path: str | os.PathLike[str]) -> None:
        """Write all of it into one ZIP file, which `Projects.read_file` reads anywhere.

        Raises
        ------
        StorageError
            If a content cannot be read, or the file not be written.
        """
        with self._store.database.reading() as session:
            project = self._existing(session)
            name = project.name
            items = [
                (rows.item(row), rows.corrections(session, row))
                for row in session.scalars(rows.items(project)).all()
            ]
        project_file.write(Path(path), name, items, self._store.blobs.path)

    def _row(self) -> ProjectRow:
        with self._store.database.reading() as session:
            return self._existing(session)

    def _existing(self, session: Session, *, lock: bool = False) -> ProjectRow:
        """The row of this project; with `lock`, others who want to change it wait."""
        query = select(ProjectRow).where(
            ProjectRow.read_link == fingerprint(self.read_token), ProjectRow.deleted.is_(None)
        )
        row = session.scalars(query.with_for_update() if lock else query).one_or_none()
        if row is None:
            raise rows.deleted()
        return row

    def _changing(self, session: Session) -> ProjectRow:
        """The row of this project, which is about to be changed; `saved` is now."""
        self._check_may_edit()
        row = self._existing(session, lock=True)
        row.saved = datetime.now(UTC)
        return row

    def _check_may_edit(self) -> None:
        if self.token is None:
            raise ReadOnlyError(
                "This link shows the project and does not allow changes. Make a copy of the "
                "project to change it."
            )

    def _part(self, item: Item, name: str) -> Part:
        parts = self.item(item.id).parts
        if name not in parts:
            raise UnknownItemError(f"There is no {name!r} of {item.name!r} in this project.")
        return parts[name]
