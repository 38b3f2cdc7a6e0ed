"""What goes wrong with disks and servers is a sentence, loses nothing, and may be over later."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import socket
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.errors import InvalidInputError
from core.projects import StorageError, UnknownProjectError, database, projects
from core.projects.migrations import VERSION_TABLE
from core.settings import settings
from tests.core.projects.conftest import files_of


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    monkeypatch.setattr(database, "_WAIT_S", 0.3)


@contextmanager
def refused(sentence: str) -> Iterator[None]:
    """What is done within is refused, in words that are not those of a library."""
    with pytest.raises(StorageError, match=sentence) as failure:
        yield
    text = str(failure.value)
    assert text.endswith(".")
    foreign = ("sqlite", "Errno", "OperationalError", "botocore", "secret", tempfile.gettempdir())
    assert not any(word in text for word in foreign)


def execute(local: tuple[str, str], statement: str) -> None:
    base = sqlite3.connect(local[0])
    with base:
        base.execute(statement)
    base.close()


def test_a_database_of_a_newer_version_is_refused_and_left_alone(local_store, local, opened):
    project = local_store.create("Garden")
    local_store.close()
    execute(local, f"UPDATE {VERSION_TABLE} SET version_num = 'v999'")
    before = Path(local[0]).read_bytes()
    with refused("newer version"):
        opened(*local)
    assert Path(local[0]).read_bytes() == before
    execute(local, f"UPDATE {VERSION_TABLE} SET version_num = 'v3'")
    assert opened(*local).open(project.token).name == "Garden"


def test_a_full_disk_under_the_database_loses_nothing(local_store):
    project = local_store.create("Garden")
    item = project.add("settings", "Rose", {})
    with local_store.database.writing() as session:
        pages = session.connection().exec_driver_sql("PRAGMA page_count").scalar()
        session.connection().exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with refused("disk for projects is full.*Nothing was saved"):
        project.add("settings", "Too much", {"x": "y" * 900_000})
    assert project.items() == [item]
    with local_store.database.writing() as session:
        session.connection().exec_driver_sql("PRAGMA max_page_count = 1000000")
    project.add("settings", "Fits", {"x": "y" * 900_000})


def test_a_full_disk_under_the_contents_loses_nothing(local_store, local):
    project = local_store.create("Garden")
    item = project.add("picture", "Rose", {}, {"image": b"petals"})
    before = files_of(local)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    try:
        with refused("disk for projects is full.*Nothing was saved"):
            project.add("picture", "Too much", {}, {"image": bytes(2 << 20)})
        with refused("Nothing was saved"):
            project.change(item, content={"image": bytes(2 << 20)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert files_of(local) == before
    assert project.items() == [item]
    assert project.read(item, "image") == b"petals"
    project.add("picture", "Fits now", {}, {"image": bytes(2 << 20)})


def test_a_locked_database_is_waited_for_and_then_a_sentence(local_store, local):
    project = local_store.create("Garden")
    other = sqlite3.connect(local[0], isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    with refused("in use by another program.*Nothing was saved"):
        project.rename("Other")
    assert project.name == "Garden"  # reading goes on
    threading.Timer(0.1, lambda: other.execute("COMMIT")).start()
    project.rename("Other")
    assert project.name == "Other"
    other.close()


def test_a_new_database_that_another_process_makes_is_waited_for(local, opened, monkeypatch):
    """SQLite itself refuses to change how such a file is written, without waiting."""
    monkeypatch.setattr(database, "_WAIT_S", 20)
    Path(local[0]).parent.mkdir()
    other = sqlite3.connect(local[0], isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    other.execute("CREATE TABLE other (x)")
    committing = threading.Timer(0.1, lambda: other.execute("COMMIT"))
    committing.start()
    assert opened(*local).create("Garden").name == "Garden"
    committing.join()
    other.close()


def test_reading_goes_on_while_a_long_change_is_made(local_store):
    project = local_store.create("Garden")
    with local_store.database.writing():
        assert local_store.open(project.token).name == "Garden"
        with refused("too much to do"):
            project.rename("Other")


def test_a_database_that_was_deleted_is_a_sentence_until_it_is_back(local_store, local, tmp_path):
    project = local_store.create("Garden")
    with local_store.database.writing() as session:
        session.connection().exec_driver_sql("PRAGMA user_version = 1")
    local_store.close()  # so that all of it is in its file
    shutil.move(local[0], tmp_path / "away")
    for use in (
        lambda: local_store.open(project.token),
        lambda: local_store.create("Other"),
        lambda: project.add("settings", "x", {}),
        lambda: project.name,
    ):
        with refused("cannot be used"):
            use()
    assert not Path(local[0]).exists()
    shutil.move(tmp_path / "away", local[0])
    assert local_store.open(project.token).name == "Garden"
    project.rename("Other")


def test_what_is_written_does_not_go_into_a_deleted_file(local_store, local):
    """An open file can be written after it was deleted, and what is written is lost."""
    project = local_store.create("Garden")
    assert project.name == "Garden"
    for path in Path(local[0]).parent.glob("projects.db*"):
        path.unlink()
    with refused("cannot be used.*Nothing was saved"):
        project.rename("Other")
    with refused("cannot be used"):
        _ = project.name


def test_what_was_saved_is_on_the_disk_and_a_disk_that_fails_is_a_sentence(
    local_store, local, monkeypatch
):
    project = local_store.create("Garden")
    log, synced = Path(f"{local[0]}-wal"), []
    monkeypatch.setattr(
        "os.fsync", lambda file: synced.append((os.fstat(file).st_ino, log.read_bytes()))
    )
    project.rename("Other")
    assert synced == [(log.stat().st_ino, log.read_bytes())]

    def fail(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("os.fsync", fail)
    with refused("disk under the database of projects fails"):
        project.rename("Other")


def test_what_is_no_database_is_a_sentence(local, opened, tmp_path):
    path = Path(local[0])
    path.parent.mkdir()
    path.write_bytes(b"Dear diary, " * 1000)
    with refused("damaged, or is another kind of file"):
        opened(*local)
    assert path.read_bytes() == b"Dear diary, " * 1000
    with refused("cannot be made"):
        opened(str(path / "below.db"), local[1])
    with refused("cannot be (made|used)"):
        opened(str(tmp_path), local[1])


def test_a_database_that_is_overwritten_is_a_sentence(local_store, local):
    project = local_store.create("Garden")
    project.add("settings", "x", {"y": "z" * 100_000})
    local_store.close()
    path = Path(local[0])
    path.write_bytes(path.read_bytes()[:4096] + b"x" * 100_000)
    with refused("damaged"):
        project.items()


def test_contents_that_are_gone_or_damaged_are_sentences(local_store, local):
    project = local_store.create("Garden")
    item = project.add("picture", "Rose", {}, {"image": b"petals"})
    (path,) = files_of(local)
    path.write_bytes(b"petalz")
    with refused("damaged"):
        project.read(item, "image")
    path.unlink()
    with refused("missing"):
        project.read(item, "image")
    with refused("missing"):
        project.path(item, "image")
    with refused("missing"):
        project.write_file(path.with_name("file.zip"))
    assert not path.with_name("file.zip").exists()
    project.add("picture", "Again", {}, {"image": b"petals"})
    assert project.read(item, "image") == b"petals"


def test_a_folder_of_contents_that_is_gone_is_a_sentence_until_it_is_back(local_store, local):
    project = local_store.create("Garden")
    item = project.add("picture", "Rose", {}, {"image": b"petals"})
    away = Path(local[1]).with_name("away")
    shutil.move(local[1], away)
    with refused("cannot be used.*Nothing was saved"):
        project.add("picture", "Other", {}, {"image": b"thorns"})
    with refused("missing"):
        project.read(item, "image")
    assert not Path(local[1]).exists()  # such as a disk that is not there: nothing is put beside it
    assert project.items() == [item]
    shutil.move(away, local[1])
    assert project.read(item, "image") == b"petals"
    project.add("picture", "Other", {}, {"image": b"thorns"})


def test_a_file_to_save_that_is_gone_is_a_sentence(local_store, tmp_path):
    project = local_store.create("Garden")
    with refused("Nothing was saved"):
        project.add("picture", "Rose", {}, {"image": tmp_path / "missing"})
    assert project.items() == []


def test_a_content_that_changes_while_it_is_saved_is_refused(local_store, local):
    project = local_store.create("Garden")

    class Changing:
        count = 0

        def __iter__(self) -> Iterator[bytes]:
            self.count += 1
            yield b"%d" % self.count

    with refused("changed while it was being saved"):
        project.add("picture", "Rose", {}, {"image": Changing()})
    assert files_of(local) == set()


def test_a_postgresql_that_restarts_is_used_again(opened, shared_database, local):
    store = opened(shared_database, local[1])
    project = store.create("Garden")
    assert project.name == "Garden"
    import psycopg

    with psycopg.connect(shared_database, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
    assert project.name == "Garden"
    project.rename("Other")


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_a_postgresql_that_is_not_there_is_a_sentence(opened, local):
    with refused("does not answer"):
        opened(f"postgresql://me:secret@127.0.0.1:{closed_port()}/projects", local[1])


def test_an_object_store_that_does_not_answer_is_a_sentence(opened, local, s3, monkeypatch):
    store = opened(local[0], s3)
    project = store.create("Garden")
    item = project.add("picture", "Rose", {}, {"image": b"petals"})
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{closed_port()}")
    gone = opened(local[0], s3).open(project.token)
    with refused("cannot be used"):
        gone.read(item, "image")
    with refused("Nothing was saved"):
        gone.add("picture", "Other", {}, {"image": b"thorns"})
    assert project.items() == [item]


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("GRAFT_DATABASE", "mysql://me@here/projects", "Expected GRAFT_DATABASE"),
        ("GRAFT_DATABASE", "://", "Expected GRAFT_DATABASE"),
        ("GRAFT_DATABASE", "mysql://me:secret@here/projects", "Expected GRAFT_DATABASE"),
        ("GRAFT_BLOBS", "nothing://key:secret@bucket", "Expected GRAFT_BLOBS"),
    ],
)
def test_places_that_cannot_be_are_sentences(variable, value, sentence, monkeypatch, tmp_path):
    monkeypatch.setenv("GRAFT_DATA", str(tmp_path))
    monkeypatch.setenv(variable, value)
    with refused(sentence):
        projects()


def test_projects_are_where_the_settings_say(monkeypatch, tmp_path):
    monkeypatch.setenv("GRAFT_DATA", str(tmp_path / "data"))
    project = projects().create("Garden")
    assert projects().open(project.token).name == "Garden"
    assert {path.name for path in (tmp_path / "data").iterdir()} >= {"projects.db", "content"}
    monkeypatch.setenv("GRAFT_DATA", str(tmp_path / "other"))
    with pytest.raises(UnknownProjectError):
        projects().open(project.token)


@pytest.mark.parametrize(
    "variable", ["GRAFT_PROJECT_MIB", "GRAFT_PROJECTS_MIB", "GRAFT_PROJECT_DAYS"]
)
def test_limits_are_positive_numbers(variable, monkeypatch):
    for value in ("0", "-1", "many", "1e999", "nan"):
        monkeypatch.setenv(variable, value)
        with pytest.raises(InvalidInputError, match=variable):
            settings()
    monkeypatch.setenv(variable, "5")
    now = settings()
    assert 5 in (now.project_days, now.project_bytes >> 20, (now.projects_bytes or 0) >> 20)
