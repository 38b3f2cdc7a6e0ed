"""Projects: what is saved is there for whoever has a link, and for nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import MetaData, select, update

from core.errors import InvalidInputError
from core.projects import (
    Correction,
    DeletedProjectError,
    LimitError,
    Limits,
    Project,
    Projects,
    ReadOnlyError,
    ReplacedItemError,
    UnknownItemError,
    UnknownProjectError,
)
from core.projects.tables import ProjectRow
from core.projects.tokens import fingerprint
from tests.core.projects.conftest import ON_SERVERS, contents_of


@pytest.mark.parametrize("places", ["sqlite", ON_SERVERS], indirect=True)
def test_what_was_added_is_there_after_a_restart(open_store):
    project = open_store().create("Garden")
    item = project.add("picture", "Rose", {"seed": 3}, {"image": b"petals", "small": b"p"})
    again = open_store().open(project.token)
    (same,) = again.items()
    assert same == item
    assert (same.kind, same.name, same.about) == ("picture", "Rose", {"seed": 3})
    assert again.read(same, "image") == b"petals"
    assert again.path(same, "small").read_bytes() == b"p"
    assert (again.name, again.may_edit) == ("Garden", True)
    assert same.bytes == 7


@pytest.mark.parametrize("places", ["sqlite", ON_SERVERS], indirect=True)
def test_contents_come_from_bytes_files_and_pieces(project, tmp_path):
    (tmp_path / "file").write_bytes(b"from a file")
    item = project.add(
        "documents", "Three", {}, {"a": b"x", "b": tmp_path / "file", "c": [b"in ", b"pieces"]}
    )
    assert project.read(item, "b") == b"from a file"
    assert project.read(item, "c") == b"in pieces"


def test_the_link_for_reading_shows_everything_and_changes_nothing(store, project):
    item = project.add("settings", "Mine", {"a": 1}, {"x": b"1"})
    reader = store.open(project.read_token)
    assert reader.token is None
    assert reader.read_token == project.read_token
    assert reader.items() == [item]
    assert reader.read(item, "x") == b"1"
    changes = [
        lambda: reader.add("settings", "Other", {}),
        lambda: reader.change(item, name="Other"),
        lambda: reader.remove(item),
        lambda: reader.restore(item),
        lambda: reader.correct(item, 0, "a", tested=False),
        lambda: reader.uncorrect(item),
        lambda: reader.rename("Other"),
        lambda: reader.delete(),
    ]
    for change in changes:
        with pytest.raises(ReadOnlyError, match="copy"):
            change()
    assert project.items() == [item]
    assert project.name == "Garden"


def test_the_link_for_reading_does_not_lead_to_that_for_editing(store, project):
    copies = {store.open(project.read_token).read_token, project.read_token}
    assert len(copies) == 1
    with pytest.raises(UnknownProjectError):
        store.restore(project.read_token)


def test_the_database_holds_no_link(store, project):
    project.add("settings", "Mine", {})
    everything = ""
    with store.database.reading() as session:
        tables = MetaData()
        tables.reflect(session.connection())
        for table in tables.tables.values():
            everything += str(session.execute(select(table)).all())
    assert "Garden" in everything
    assert project.token not in everything
    assert project.read_token not in everything


def test_a_wrong_link_opens_nothing(store, project):
    for token in ("", "x", "../..", "a" * 10_000, "\0", "\ud800", "ä", project.token[:-1]):
        with pytest.raises(UnknownProjectError, match="no project behind this link"):
            store.open(token)


def test_no_link_is_in_a_log(project):
    assert project.token not in repr(project)
    assert project.read_token not in repr(project)


def test_items_come_oldest_first_and_by_kind(project):
    first = project.add("settings", "1", {})
    second = project.add("picture", "2", {})
    third = project.add("settings", "3", {})
    assert project.items() == [first, second, third]
    assert project.items("settings") == [first, third]
    assert project.items("job", "picture") == [second]
    assert project.item(second.id) == second


@pytest.mark.parametrize("places", ["sqlite", ON_SERVERS], indirect=True)
def test_a_change_leaves_what_it_does_not_name(project):
    item = project.add("photo-model", "Old", {"a": 1}, {"model": b"m", "card": b"c", "x": b"x"})
    changed = project.change(item, name="New", content={"card": b"better", "x": None})
    assert (changed.id, changed.name, changed.about) == (item.id, "New", {"a": 1})
    assert set(changed.parts) == {"model", "card"}
    assert project.read(changed, "card") == b"better"
    assert project.read(item, "card") == b"better"  # an older view shows what there is
    assert project.change(item, about={}).about == {}
    assert project.items() == [project.item(item.id)]
    assert changed.changed > item.changed


def test_a_removed_item_is_gone_until_it_is_restored(project):
    item = project.add("picture", "Rose", {}, {"image": b"petals"})
    project.remove(item)
    assert project.items() == []
    assert project.bytes == 0
    for use in (
        lambda: project.item(item.id),
        lambda: project.read(item, "image"),
        lambda: project.change(item, name="x"),
        lambda: project.remove(item),
    ):
        with pytest.raises(UnknownItemError, match="not in the project any more"):
            use()
    project.restore(item)
    assert project.items() == [item]
    with pytest.raises(UnknownItemError):
        project.restore(item)


def test_an_item_of_another_project_is_none_of_this(store, project):
    item = store.create("Other").add("picture", "Rose", {}, {"image": b"petals"})
    with pytest.raises(UnknownItemError):
        project.read(item, "image")
    with pytest.raises(UnknownItemError):
        project.remove(item)


def test_corrections_are_kept_in_their_order_and_undone(project):
    photos, others = project.add("photos", "Cats", {}), project.add("photos", "Dogs", {})
    project.correct(photos, 7, "dog", tested=False)
    project.correct(photos, 2, None, tested=True)
    project.correct(others, 7, "cat", tested=False)
    assert list(project.corrections(photos).items()) == [
        (7, Correction("dog", False)),
        (2, Correction(None, True)),
    ]
    project.correct(photos, 7, "cat", tested=True)
    assert list(project.corrections(photos)) == [2, 7]
    assert project.corrections(photos)[7] == Correction("cat", True)
    project.uncorrect(photos, 2)
    project.uncorrect(photos, 3)
    assert list(project.corrections(photos)) == [7]
    project.uncorrect(photos)
    assert project.corrections(photos) == {}
    assert list(project.corrections(others)) == [7]


def test_a_correction_is_a_label_at_a_position(project):
    photos = project.add("photos", "Cats", {})
    for label in ("", "\0", "a\nb", "x" * 1001, "\ud800"):
        with pytest.raises(InvalidInputError, match="label"):
            project.correct(photos, 0, label, tested=False)
    project.correct(photos, 1, "👩‍🌾", tested=False)
    project.uncorrect(photos)
    with pytest.raises(InvalidInputError, match="position"):
        project.correct(photos, -1, "dog", tested=False)
    assert project.corrections(photos) == {}


@pytest.mark.parametrize("places", ["sqlite", ON_SERVERS], indirect=True)
def test_a_copy_is_independent_and_copies_no_content(store, project):
    photos = project.add("photos", "Cats", {"n": 1}, {"data": b"many photos"})
    project.correct(photos, 1, "dog", tested=True)
    gone = project.add("picture", "Rose", {})
    project.remove(gone)
    before = contents_of(store)
    copy = store.open(project.read_token).copy()
    assert copy.may_edit
    assert contents_of(store) == before
    assert before
    (same,) = copy.items()
    assert same.id != photos.id
    assert (same.name, same.about, same.parts) == (photos.name, photos.about, photos.parts)
    assert copy.corrections(same) == project.corrections(photos)
    copy.uncorrect(same)
    copy.rename("Copy")
    project.delete()
    assert copy.read(same, "data") == b"many photos"
    assert copy.name == "Copy"


def test_a_deleted_project_is_restored_by_its_owner_alone(store, project):
    item = project.add("picture", "Rose", {}, {"image": b"petals"})
    project.delete()
    with pytest.raises(DeletedProjectError, match="was deleted"):
        store.open(project.token)
    with pytest.raises(UnknownProjectError) as refused:
        store.open(project.read_token)
    assert not isinstance(refused.value, DeletedProjectError)
    for use in (project.items, lambda: project.add("job", "x", {}), lambda: project.name):
        with pytest.raises(UnknownProjectError):
            use()
    again = store.restore(project.token)
    assert again.items() == [item]
    with pytest.raises(UnknownProjectError):
        store.restore(project.token)


def test_names_are_cleaned(store, project):
    assert store.create("  two\nlines\0 \ud800").name == "two lines"
    assert store.create("👩‍🌾 क्‍ष").name == "👩‍🌾 क्‍ष"
    assert store.create(" \n").name == "Untitled project"
    assert len(project.add("job", "x" * 5000, {}).name) == 200
    assert project.add("job", "", {}).name == "job"
    project.rename("")
    assert project.name == "Garden"


def test_whatever_json_can_hold_comes_back(project):
    about = {"": [None, True, 1.5, 10**20, "\0 \ud800 👩‍🌾 \n"], "x": {"y": []}}
    item = project.add("settings", "x", about)
    assert project.item(item.id).about == item.about == about


def test_what_json_cannot_hold_is_refused(project):
    for about in ({"x": object()}, {"x": float("nan")}, {"x": "y" * (2 << 20)}):
        with pytest.raises(InvalidInputError):
            project.add("settings", "x", about)
    assert project.items() == []


def test_a_project_at_its_limit_refuses_more_and_loses_nothing(open_store):
    store = open_store(limits=Limits(project_bytes=1000))
    project = store.create("Small")
    item = project.add("picture", "Rose", {}, {"image": b"x" * 700})
    for refused in (
        lambda: project.add("picture", "Too much", {}, {"image": b"y" * 700}),
        lambda: project.change(item, content={"more": b"y" * 700}),
        lambda: project.change(item, content={"image": b"z" * 1001}),
        lambda: project.add("picture", "Too much", {"text": "y" * 700}),
    ):
        with pytest.raises(LimitError, match="at most 1,000 bytes"):
            refused()
    assert project.items() == [item]
    project.change(item, content={"image": b"z" * 800})
    assert project.bytes == 802
    project.remove(item)
    project.add("picture", "Another", {}, {"image": b"y" * 700})
    with pytest.raises(LimitError):
        project.restore(item)


def test_what_is_beyond_a_lowered_limit_can_still_be_renamed(open_store):
    project = open_store().create("Large")
    item = project.add("picture", "Rose", {}, {"image": b"x" * 700, "small": b"x"})
    lowered = open_store(limits=Limits(project_bytes=100)).open(project.token)
    assert lowered.change(item, name="Flower", content={"small": None}).name == "Flower"


def test_all_projects_together_have_a_limit_and_equal_contents_count_once(opened, local):
    store = opened(*local, Limits(total_bytes=1000))
    project = store.create("One")
    project.add("picture", "Rose", {}, {"image": b"x" * 700})
    other = store.create("Two")
    other.add("picture", "The same", {}, {"image": b"x" * 700})
    with pytest.raises(LimitError, match="All projects together"):
        other.add("picture", "Another", {}, {"image": b"y" * 700})
    assert len(other.items()) == 1


def test_a_project_expires_some_days_after_its_last_visit(open_store):
    store = open_store(limits=Limits(days=30))
    project = store.create("Old")
    assert project.expires - datetime.now(UTC) > timedelta(days=29)
    _visited_before(store, project, timedelta(days=29))
    assert store.open(project.read_token).expires - datetime.now(UTC) > timedelta(days=29)
    _visited_before(store, project, timedelta(days=31))
    with pytest.raises(UnknownProjectError, match="expired"):
        store.open(project.token)
    assert open_store().open(project.token).expires is None


def _visited_before(store: Projects, project: Project, age: timedelta) -> None:
    with store.database.writing() as session:
        session.execute(
            update(ProjectRow)
            .where(ProjectRow.read_link == fingerprint(project.read_token))
            .values(visited=datetime.now(UTC) - age)
        )


def test_other_examples_get_no_corrections_of_those_before(project):
    photos = project.add("photos", "Cats", {}, {"data": b"three photos"})
    project.correct(photos, 1, "dog", tested=False)
    replaced = project.change(photos, content={"data": b"four photos"})
    for change in (
        lambda: project.correct(photos, 2, "dog", tested=False),
        lambda: project.uncorrect(photos),
    ):
        with pytest.raises(ReplacedItemError, match="“Cats” was replaced meanwhile"):
            change()
    assert set(project.corrections(replaced)) == {1}
