"""Projects that belong to people, links that are replaced, and keys for the web API."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from core.errors import NotAllowedError
from core.projects import ApiKeys, LimitError, Limits, ReadOnlyError, UnknownProjectError
from core.projects.api_keys import MOST
from core.projects.tables import KeyRow, OwnerRow, ProjectRow
from core.projects.tokens import fingerprint
from core.sign_in import Person


def somebody(name: str, *, is_admin: bool = False) -> Person:
    """Known to no other test, which may have the same database."""
    return Person(secrets.token_hex(32), name, "", is_admin, datetime.now(UTC))


@pytest.fixture
def ada():
    return somebody("Ada")


@pytest.fixture
def bob():
    return somebody("Bob")


@pytest.fixture
def root():
    return somebody("Root", is_admin=True)


def change(store, project, **values):
    """Change the row of a project behind its back."""
    link = fingerprint(project.read_token)
    with store.database.writing() as session:
        session.execute(update(ProjectRow).where(ProjectRow.read_link == link).values(**values))


def names(store, person):
    return [project.name for project in store.of(person)]


def test_a_person_has_a_list_of_their_projects_and_of_no_others(store, ada, bob):
    garden = store.create("Garden", ada)
    store.create("Shed", ada)
    store.create("Nobody's")
    store.create("Bob's", bob)
    garden.rename("Garden 2")  # saved last
    assert names(store, ada) == ["Garden 2", "Shed"]
    assert store.open(store.of(ada)[0].token).may_edit
    garden.delete(ada)
    assert names(store, ada) == ["Shed"]


def test_copies_and_files_belong_to_who_makes_them(store, tmp_path, ada, bob):
    garden = store.create("Garden", ada)
    garden.copy(bob)
    garden.write_file(tmp_path / "file.zip")
    store.read_file(tmp_path / "file.zip", bob)
    assert names(store, bob) == ["Garden", "Garden"]
    assert names(store, ada) == ["Garden"]


def test_who_has_a_link_edits_and_does_not_delete_what_is_somebodys(store, ada, bob, root):
    theirs = store.open(store.create("Garden", ada).token)
    theirs.rename("Garden of Ada")
    for act in (theirs.delete, theirs.replace_links, theirs.take):
        with pytest.raises(NotAllowedError, match="belongs to somebody else"):
            act(bob)
    assert names(store, ada) == ["Garden of Ada"]
    theirs.delete(root)
    assert names(store, ada) == []


def test_what_is_nobodys_can_be_taken_once(store, ada, bob):
    old = store.create("Garden")
    assert old.owner is None
    old.take(ada)
    old.take(ada)
    assert old.owner == ada.id and names(store, ada) == ["Garden"]
    with pytest.raises(NotAllowedError):
        old.take(bob)
    with pytest.raises(ReadOnlyError):
        store.open(old.read_token).take(bob)


def test_where_people_sign_in_nobody_owns_nothing_and_deletes_nothing(store, ada, monkeypatch):
    garden, nobodys = store.create("Garden", ada), store.create("Nobody's")
    monkeypatch.setenv("GRAFT_ACCESS", "login")
    attempts = (garden.delete, garden.replace_links, nobodys.delete, garden.copy)
    for act in (*attempts, lambda: store.create("New")):
        with pytest.raises(NotAllowedError, match="signed in"):
            act()
    assert names(store, ada) == ["Garden"]


def test_a_deletion_is_undone_by_whose_it_was(store, ada, bob):
    garden = store.create("Garden", ada)
    garden.delete(ada)
    with pytest.raises(NotAllowedError, match="somebody else"):
        store.restore(garden.token, bob)
    assert names(store, ada) == []
    store.restore(garden.token, ada)
    assert names(store, ada) == ["Garden"]


@pytest.mark.parametrize("is_owned", [False, True])
def test_links_that_were_replaced_lead_nowhere(store, is_owned, ada):
    owner = ada if is_owned else None
    old = store.create("Garden", owner)
    item = old.add("settings", "Settings", {"a": 1})
    new = old.replace_links(owner)
    for link in (old.token, old.read_token):
        with pytest.raises(UnknownProjectError):
            store.open(link)
    with pytest.raises(UnknownProjectError, match="links were replaced"):
        old.rename("Mine")
    assert store.open(new.token).item(item.id).about == {"a": 1}
    assert not store.open(new.read_token).may_edit
    if owner is not None:
        assert [project.token for project in store.of(owner)] == [new.token]


def test_expired_projects_are_not_listed(open_store, ada):
    store = open_store(Limits(days=30))
    garden = store.create("Garden", ada)
    change(store, garden, visited=datetime.now(UTC) - timedelta(days=31))
    assert names(store, ada) == []


def test_a_project_that_is_gone_for_good_is_nobodys(store, ada):
    garden = store.create("Garden", ada)
    change(store, garden, deleted=datetime.now(UTC) - timedelta(days=2))
    store.sweep()
    with store.database.reading() as session:
        assert session.scalars(select(OwnerRow).where(OwnerRow.person == ada.id)).all() == []


def test_a_key_stands_for_a_person_until_it_is_deleted_or_expires(store, ada, bob):
    keys = ApiKeys(store.database)
    one, other = keys.create(ada, "Notebook"), keys.create(ada, "  ")
    assert keys.owner(one) == keys.owner(other) == ada.id
    assert keys.owner("") is keys.owner(f"{one} ") is keys.owner("graft_guess") is None
    first, second = keys.of(ada)
    assert (first.name, second.name, first.person_name) == ("Notebook", "Key", "Ada")
    assert first.used is not None
    keys.delete(first.id, bob)
    assert keys.owner(one) == ada.id
    keys.delete(first.id, ada)
    assert keys.owner(one) is None
    with store.database.writing() as session:
        mine = update(KeyRow).where(KeyRow.person == ada.id)
        session.execute(mine.values(expires=datetime.now(UTC)))
    assert keys.owner(other) is None and keys.of(ada) == []


def test_an_admin_sees_and_deletes_all_keys(store, bob, root):
    keys = ApiKeys(store.database)
    key = keys.create(bob, "Script")
    (known,) = (each for each in keys.every() if each in keys.of(bob))
    keys.delete(known.id, root)
    assert keys.owner(key) is None


def test_the_database_has_no_key_and_a_person_not_too_many(store, ada, bob):
    keys = ApiKeys(store.database)
    made = [keys.create(ada, str(number)) for number in range(MOST)]
    with pytest.raises(LimitError, match=f"at most {MOST} keys"):
        keys.create(ada, "one more")
    keys.create(bob, "his first")
    with store.database.reading() as session:
        columns = [list(vars(row).values()) for row in session.query(KeyRow)]
    assert not any(key in str(columns) for key in made)
