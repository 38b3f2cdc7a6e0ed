"""Stores of projects on a file and a folder, and on a real PostgreSQL and an S3 endpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.projects import Limits, Project, Projects

OpenStore = Callable[..., Projects]


@pytest.fixture(scope="session")
def shared_database(postgresql) -> str:
    """The URL of a database that tests have in common: making one for each takes a while."""
    return postgresql()


@pytest.fixture
def local(tmp_path) -> tuple[str, str]:
    """A database in a file and a folder for contents."""
    return str(tmp_path / "data" / "projects.db"), str(tmp_path / "data" / "content")


ON_SERVERS = "postgresql and s3"
"""A kind of store for tests of contents, as a parameter of `places`."""


@pytest.fixture(params=["sqlite", "postgresql"])
def places(request, local, tmp_path, monkeypatch) -> tuple[str, str]:
    """A database of each kind, and a place for contents: a folder, unless S3 is asked for."""
    monkeypatch.setenv("GRAFT_CACHE", str(tmp_path / "cache"))
    if request.param == "sqlite":
        return local
    blobs = request.getfixturevalue("s3") if request.param == ON_SERVERS else local[1]
    return request.getfixturevalue("shared_database"), blobs


@pytest.fixture
def opened() -> Iterator[Callable[..., Projects]]:
    """A function that opens a store, which is closed at the end."""
    stores: list[Projects] = []

    def make(database: str, blobs: str, limits: Limits | None = None) -> Projects:
        stores.append(Projects(database, blobs, limits or Limits()))
        return stores[-1]

    yield make
    for store in stores:
        store.close()


@pytest.fixture
def open_store(places, opened) -> OpenStore:
    """A function that opens one store, as any number of processes do."""
    return lambda limits=None: opened(*places, limits)


@pytest.fixture
def store(open_store) -> Projects:
    """A store of each kind; that on a server may hold projects of other tests."""
    return open_store()


@pytest.fixture
def local_store(local, opened) -> Projects:
    """An empty store on this machine."""
    return opened(*local)


@pytest.fixture
def project(store) -> Project:
    """An empty project."""
    return store.create("Garden")


def contents_of(store: Projects) -> set[str]:
    """The digests of all contents in their place."""
    return {part.digest for part in store.blobs.older_than(-60)}


def files_of(local: tuple[str, str]) -> set[Path]:
    """All files of a store on this machine, but for those that SQLite has beside its own."""
    return {path for path in Path(local[1]).rglob("*") if path.is_file()}
