"""A store of projects on the kinds of database and object store that there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.projects import Limits, Project, Projects

OpenStore = Callable[..., Projects]


@pytest.fixture
def open_store(tmp_path) -> Iterator[OpenStore]:
    """A function that opens the projects of a folder; in any number of processes at once."""
    opened: list[Projects] = []

    def make(folder: Path = tmp_path, limits: Limits | None = None) -> Projects:
        store = Projects(str(folder / "projects.db"), str(folder / "content"), limits or Limits())
        opened.append(store)
        return store

    yield make
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store) -> Projects:
    """An empty store."""
    return open_store()


@pytest.fixture
def project(store) -> Project:
    """An empty project."""
    return store.create("Garden")
