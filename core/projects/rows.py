"""Rows of a project, within a transaction of somebody else."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, func, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from core.projects.errors import ReplacedItemError, UnknownItemError, UnknownProjectError
from core.projects.items import Correction, Item, Kind, Part, clean_name
from core.projects.tables import CorrectionRow, ItemRow, PartRow, ProjectRow
from core.projects.tokens import new_id


def items(project: ProjectRow) -> Select[ItemRow]:
    """Asks for the items of a project that were not removed, oldest first."""
    return (
        select(ItemRow)
        .where(ItemRow.project_id == project.id, ItemRow.removed.is_(None))
        .order_by(ItemRow.id)
    )


def item(row: ItemRow) -> Item:
    """What a row says."""
    return Item(
        id=row.key,
        kind=row.kind,
        name=row.name,
        about=row.about,
        parts={part.name: Part(part.digest, part.bytes) for part in row.parts},
        created=row.created,
        changed=row.changed,
    )


def find(session: Session, project: ProjectRow, key: str, *, removed: bool = False) -> ItemRow:
    """The row of an item.

    Raises
    ------
    UnknownItemError
        If there is none; a removed item counts with `removed` only, and others do not then.
    """
    query = select(ItemRow).where(ItemRow.project_id == project.id, ItemRow.key == key)
    state = ItemRow.removed.is_not(None) if removed else ItemRow.removed.is_(None)
    row = session.scalars(query.where(state)).one_or_none()
    if row is None:
        raise gone()
    return row


def new_item(
    session: Session,
    project: ProjectRow,
    kind: Kind,
    name: str,
    about: tuple[dict[str, Any], int],
    parts: Mapping[str, Part],
    created: datetime,
    changed: datetime,
) -> ItemRow:
    """The row of a new item; `about` comes with its size."""
    row = ItemRow(
        key=new_id(),
        project_id=project.id,
        kind=kind,
        name=clean_name(name, kind),
        about=about[0],
        about_bytes=about[1],
        created=created,
        changed=changed,
        parts=part_rows(parts),
    )
    session.add(row)
    session.flush()
    return row


def part_rows(parts: Mapping[str, Part]) -> list[PartRow]:
    """The rows of contents."""
    return [
        PartRow(name=name, digest=part.digest, bytes=part.bytes) for name, part in parts.items()
    ]


def size(session: Session, project: ProjectRow) -> int:
    """The bytes of a project's contents, and of the JSON about them."""
    there = (ItemRow.project_id == project.id, ItemRow.removed.is_(None))
    about = select(func.coalesce(func.sum(ItemRow.about_bytes), 0)).where(*there)
    parts = (
        select(func.coalesce(func.sum(PartRow.bytes), 0))
        .join(ItemRow, PartRow.item_id == ItemRow.id)
        .where(*there)
    )
    return int(session.scalar(select(about.scalar_subquery() + parts.scalar_subquery())) or 0)


@contextlib.contextmanager
def growing(session: Session, project: ProjectRow, check: Callable[[int], None]) -> Iterator[None]:
    """Have `check` refuse the bytes of a project that a change makes larger."""
    before = size(session, project)
    yield
    session.flush()
    after = size(session, project)
    if after > before:
        check(after)


def copy_item(session: Session, row: ItemRow, project: ProjectRow) -> None:
    """The same item in another project, with its corrections and by the same contents."""
    new = new_item(
        session,
        project,
        row.kind,
        row.name,
        (row.about, row.about_bytes),
        {part.name: Part(part.digest, part.bytes) for part in row.parts},
        row.created,
        row.changed,
    )
    columns = ("position", "label", "tested", "made")
    session.execute(
        insert(CorrectionRow).from_select(
            ["item_id", *columns],
            select(literal(new.id), *(getattr(CorrectionRow, name) for name in columns)).where(
                CorrectionRow.item_id == row.id
            ),
        )
    )


def correct(session: Session, read_link: str, of: Item, position: int, to: Correction) -> None:
    """Note a correction in four short statements, since people make many in a row.

    Raises
    ------
    UnknownProjectError, UnknownItemError, ReplacedItemError
        If the project or the item is not there any more, or its contents are others.
    """
    now = datetime.now(UTC)
    owner = (
        update(ProjectRow)
        .where(ProjectRow.read_link == read_link, ProjectRow.deleted.is_(None))
        .values(saved=now)
        .returning(ProjectRow.id)
    )
    project = session.execute(owner).scalar()
    if project is None:
        raise deleted()
    there = (ItemRow.project_id == project, ItemRow.key == of.id, ItemRow.removed.is_(None))
    row = session.scalar(select(ItemRow.id).where(*there))
    if row is None:
        raise gone()
    check_contents(session, row, of)
    new = {"label": to.label, "tested": to.tested, "made": now}
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(CorrectionRow).values(item_id=row, position=position, **new)
    session.execute(
        statement.on_conflict_do_update(index_elements=["item_id", "position"], set_=new)
    )


def check_contents(session: Session, row: int, of: Item) -> None:
    """Check that a row has the contents of an item that somebody has opened.

    Raises
    ------
    ReplacedItemError
        If it has others by now.
    """
    query = select(PartRow.name, PartRow.digest).where(PartRow.item_id == row)
    digests = {name: digest for name, digest in session.execute(query)}
    if digests != {name: part.digest for name, part in of.parts.items()}:
        raise ReplacedItemError(
            f"“{of.name}” was replaced meanwhile, in another window or by somebody else. Reload "
            "the page to go on with what is there now."
        )


def deleted() -> UnknownProjectError:
    """The error of whoever has a project open that was deleted."""
    return UnknownProjectError("This project was deleted, or its links were replaced.")


def gone() -> UnknownItemError:
    """The error of whoever has an item that was removed."""
    return UnknownItemError("This is not in the project any more.")


def corrections(session: Session, row: ItemRow) -> dict[int, Correction]:
    """The corrections of a data set by position, in the order in which they were made."""
    query = (
        select(CorrectionRow)
        .where(CorrectionRow.item_id == row.id)
        .order_by(CorrectionRow.made, CorrectionRow.position)
    )
    return {each.position: Correction(each.label, each.tested) for each in session.scalars(query)}
