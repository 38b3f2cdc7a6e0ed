"""Whose a project is, within a transaction of somebody else."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import NotAllowedError
from core.projects.tables import OwnerRow, ProjectRow
from core.settings import settings
from core.sign_in import Person


class Owned(NamedTuple):
    """A project in the list of whose it is: `token` opens it for editing, `saved` is in UTC."""

    name: str
    token: str
    saved: datetime


def owner(session: Session, project: ProjectRow) -> str | None:
    """The `Person.id` of whose it is; None if it is nobody's."""
    row = session.get(OwnerRow, project.id)
    return None if row is None else row.person


def give(session: Session, project: ProjectRow, person: Person, token: str) -> None:
    """Make it somebody's, who finds it again by its link for editing."""
    session.merge(OwnerRow(project_id=project.id, person=person.id, link=token))


def replace_link(session: Session, project: ProjectRow, token: str) -> None:
    """Let whose it is find it by another link."""
    row = session.get(OwnerRow, project.id)
    if row is not None:
        row.link = token


def check_signed_in(person: Person | None) -> None:
    """Refuse what nobody asks for, where people sign in.

    Raises
    ------
    NotAllowedError
    """
    if person is None and settings().access == "login":
        raise NotAllowedError("Expected somebody who has signed in. Sign in again to go on.")


def check(session: Session, project: ProjectRow, person: Person | None) -> None:
    """Who has the link for editing may do less than whose project it is.

    Raises
    ------
    NotAllowedError
        If it is somebody else's, and the person no admin; or nobody has signed in.
    """
    check_signed_in(person)
    if person is None or person.is_admin:
        return
    if owner(session, project) not in (None, person.id):
        raise NotAllowedError(
            "This project belongs to somebody else, who alone can delete it and replace its "
            "links. Make a copy of it to have one of your own."
        )


def owned(session: Session, person: Person, visited_since: datetime | None) -> list[Owned]:
    """The projects of a person that were not deleted, the one that was saved last first."""
    query = (
        select(ProjectRow, OwnerRow.link)
        .join(OwnerRow, OwnerRow.project_id == ProjectRow.id)
        .where(OwnerRow.person == person.id, ProjectRow.deleted.is_(None))
        .order_by(ProjectRow.saved.desc())
    )
    if visited_since is not None:
        query = query.where(ProjectRow.visited >= visited_since)
    return [Owned(row.name, link, row.saved) for row, link in session.execute(query)]
