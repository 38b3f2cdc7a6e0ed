"""What frees space: what nothing refers to any more goes, and nothing else does."""

from __future__ import annotations

import os
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import delete, select

from core.projects import (
    Limits,
    Projects,
    StorageError,
    UnknownProjectError,
    projects,
    regular_sweeping,
    sweeping,
)
from core.projects.tables import ContentRow, ItemRow, ProjectRow
from tests.core.projects.conftest import contents_of, files_of
from tests.waiting import wait_until

DAYS = timedelta(days=2)


@pytest.fixture
def fresh(request, opened, local, postgresql, s3):
    """A function that opens an empty store of a kind."""

    def make(kind: str, limits: Limits | None = None) -> Projects:
        places = local if kind == "sqlite" else (postgresql(), s3)
        return opened(*places, limits)

    return make


def age(store: Projects) -> None:
    """Let two days pass."""
    with store.database.writing() as session:
        for table, name in (
            (ContentRow, "used"),
            (ItemRow, "removed"),
            (ProjectRow, "deleted"),
            (ProjectRow, "visited"),
        ):
            for row in session.scalars(select(table).where(getattr(table, name).is_not(None))):
                setattr(row, name, getattr(row, name) - DAYS)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_was_removed_goes_after_a_day_and_frees_its_space(fresh, kind):
    store = fresh(kind)
    kept, deleted = store.create("Kept"), store.create("Deleted")
    both = {"x": b"in both"}
    stays = kept.add("picture", "Stays", {}, both)
    gone = kept.add("picture", "Goes", {}, {"image": b"12345"})
    deleted.add("picture", "Goes, too", {}, {**both, "more": b"678"})
    kept.change(stays, content={"old": b"90"})
    kept.change(stays, content={"old": None})
    kept.remove(gone)
    deleted.delete()
    assert store.sweep() == 0
    assert len(contents_of(store)) == 4
    kept.restore(gone)
    kept.remove(gone)
    age(store)
    assert store.sweep() == 10
    assert kept.read(stays, "x") == b"in both"
    assert contents_of(store) == {stays.parts["x"].digest}
    with pytest.raises(UnknownProjectError):
        store.restore(deleted.token)
    assert store.sweep() == 0


def test_expired_projects_go(fresh):
    store = fresh("sqlite", Limits(days=1))
    project = store.create("Old")
    project.add("picture", "Rose", {}, {"image": b"petals"})
    age(store)
    recent = store.create("Recent")
    assert store.sweep() == 6
    assert store.open(recent.token).name == "Recent"
    with pytest.raises(UnknownProjectError):
        store.open(project.token)


def test_many_contents_go_in_small_transactions(fresh):
    store = fresh("sqlite")
    project = store.create("Many")
    item = project.add("job", "x", {}, {str(i): b"%d" % i for i in range(50)})
    project.change(item, content={str(i): None for i in range(45)})
    age(store)
    store.sweep()
    assert len(contents_of(store)) == 5


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_is_being_saved_is_not_collected(fresh, kind, monkeypatch):
    """Its content is in its place, and the row that refers to it is about to come."""
    store = fresh(kind)
    project = store.create("Garden")
    (part,) = store.put({"image": b"petals"}).values()
    assert store.sweep() == 0
    age(store)
    store.put({"image": b"petals"})  # by somebody else, who found it there
    assert store.sweep() == 0
    assert project.add("picture", "Rose", {}, {"image": b"petals"}).parts == {"image": part}
    age(store)
    assert store.sweep() == 0


def test_saving_while_contents_are_collected_loses_nothing(fresh, monkeypatch):
    store = fresh("sqlite")
    project = store.create("Garden")
    monkeypatch.setattr(sweeping, "GRACE", timedelta(milliseconds=30))
    stop = threading.Event()

    def collect() -> int:
        count = 0
        while not stop.wait(0.001):
            count += sweeping._collect(store.database, store.blobs)[0]
        return count

    saved = 0
    with ThreadPoolExecutor(1) as pool:
        collected = pool.submit(collect)
        for pause_ms in np.random.default_rng(0).integers(60, size=20):
            try:
                item = project.add("picture", "Rose", {}, {"image": b"petals"})
            except StorageError:
                continue  # it took more than the 30 ms that there are here in place of an hour
            assert project.read(item, "image") == b"petals"
            saved += 1
            with store.database.writing() as session:
                session.execute(delete(ItemRow).where(ItemRow.key == item.id))
            time.sleep(pause_ms / 1000)
        stop.set()
    assert collected.result() > 3
    assert saved > 3


def test_what_a_crash_has_left_is_collected(fresh, local):
    store = fresh("sqlite")
    item = store.create("Garden").add("picture", "Rose", {}, {"image": b"petals"})
    (kept,) = files_of(local)
    assert kept.name == item.parts["image"].digest
    half = kept.parents[1] / "new" / "graft-half"
    stray = kept.parents[1] / "00" / ("0" * 64)
    stray.parent.mkdir()
    for path in (half, stray):
        path.write_bytes(b"12345")
    assert store.sweep() == 0
    long_ago = (datetime.now(UTC) - DAYS).timestamp()
    for path in (half, stray, kept):
        os.utime(path, (long_ago, long_ago))
    assert store.sweep() == 5
    assert files_of(local) == {kept}


def test_what_a_crash_has_left_and_somebody_saves_again_stays(fresh, local):
    store = fresh("sqlite")
    project = store.create("Garden")
    item = project.add("picture", "Rose", {}, {"image": b"petals"})
    (path,) = files_of(local)
    with store.database.writing() as session:
        session.execute(delete(ItemRow))
        session.execute(delete(ContentRow))
    os.utime(path, (1e6, 1e6))

    class Meanwhile:
        """Somebody saves it after it was seen to be in no row, and before it is deleted."""

        reading = staticmethod(store.database.reading)

        def writing(self):
            store.put({"image": b"petals"})
            return store.database.writing()

    assert sweeping._collect_strays(Meanwhile(), store.blobs) == 0
    assert store.blobs.read(item.parts["image"].digest) == b"petals"


def test_two_servers_that_sweep_at_once_free_everything_once(opened, postgresql, s3):
    places = postgresql(), s3
    stores = [opened(*places) for _ in range(2)]
    project = stores[0].create("Garden")
    stays = project.add("picture", "Stays", {}, {"image": b"petals"})
    gone = project.add("job", "Goes", {}, {str(i): b"%02d" % i for i in range(20)})
    project.remove(gone)
    age(stores[0])
    together = threading.Barrier(2)

    def sweep(store: Projects) -> int:
        together.wait()
        return store.sweep()

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(sweep, stores)) == 40
    assert contents_of(stores[1]) == {stays.parts["image"].digest}


def test_stores_with_one_place_for_contents_leave_each_other_alone(opened, tmp_path):
    one, two = (opened(str(tmp_path / name), str(tmp_path / "content")) for name in "ab")
    item = one.create("Garden").add("picture", "Rose", {}, {"image": b"petals"})
    other = two.create("Garden")
    same = other.add("picture", "Rose", {}, {"image": b"petals"})
    for path in Path(tmp_path / "content").rglob("*"):
        os.utime(path, (0, 0))
    other.remove(same)
    age(two)
    assert two.sweep() == 6
    assert contents_of(one) == {item.parts["image"].digest}


def test_copies_on_this_machine_go_after_a_day_without_use(opened, postgresql, s3, own_cache):
    store = opened(postgresql(), s3)
    project = store.create("Garden")
    item = project.add("picture", "Rose", {}, {"image": b"petals"})
    path = project.path(item, "image")
    assert own_cache in path.parents
    store.sweep()
    assert path.read_bytes() == b"petals"
    os.utime(path, (0, 0))
    store.sweep()
    assert not path.exists()
    assert project.path(item, "image").read_bytes() == b"petals"


def test_a_server_sweeps_by_itself_and_goes_on_after_a_failure(monkeypatch, tmp_path):
    monkeypatch.setenv("GRAFT_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(regular_sweeping, "_HOUR_S", 0.01)
    project = projects().create("Garden")
    project.add("picture", "Rose", {}, {"image": b"petals"})
    project.delete()
    folder = tmp_path / "data" / "content"
    shutil.move(folder, tmp_path / "away")  # such as a disk that comes later
    age(projects())
    stop = regular_sweeping.start_sweeping()
    try:
        time.sleep(0.1)
        shutil.move(tmp_path / "away", folder)
        wait_until(lambda: contents_of(projects()) == set())
    finally:
        stop.set()
