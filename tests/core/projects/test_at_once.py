"""Many sessions and processes at once: nothing is lost, and a half-made change is never seen."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.projects import Correction, LimitError, Limits, Projects

SESSIONS = 8


@pytest.fixture(params=["sqlite", "postgresql"])
def places(request, local) -> tuple[str, str]:
    """An empty database of each kind, and a folder for contents."""
    if request.param == "sqlite":
        return local
    return request.getfixturevalue("postgresql")(), local[1]


def test_sessions_that_save_and_correct_at_once_lose_nothing(open_store):
    store = open_store()
    project = store.create("Together")
    photos = project.add("photos", "Cats", {}, {"data": b"many"})

    def session(number: int) -> None:
        mine = store.open(project.token)
        for i in range(3):
            mine.correct(photos, 3 * number + i, f"label {number}", tested=False)
            mine.correct(photos, 1000, f"label {number}", tested=False)
            content = {"same": b"the same", "own": b"%d %d" % (number, i)}
            mine.add("picture", f"{number} {i}", {}, content)

    with ThreadPoolExecutor(SESSIONS) as pool:
        list(pool.map(session, range(SESSIONS)))
    again = store.open(project.token)
    corrections = again.corrections(photos)
    assert corrections.pop(1000).label.startswith("label ")
    assert corrections == {
        3 * n + i: Correction(f"label {n}", False) for n in range(SESSIONS) for i in range(3)
    }
    pictures = {item.name: item for item in again.items("picture")}
    assert pictures.keys() == {f"{n} {i}" for n in range(SESSIONS) for i in range(3)}
    assert again.read(pictures["3 2"], "own") == b"3 2"
    assert again.read(pictures["3 2"], "same") == b"the same"


@pytest.mark.parametrize(
    ("limits", "fits"), [(Limits(project_bytes=500), 8), (Limits(total_bytes=1500), 15)]
)
def test_limits_hold_when_many_save_at_once(open_store, limits, fits):
    store = open_store(limits=limits)
    projects = [store.create(str(i)) for i in range(2)]

    def add(number: int) -> bool:
        try:
            content = {"image": b"%03d" % number + bytes(97)}
            projects[number % 2].add("picture", str(number), {}, content)
        except LimitError:
            return False
        return True

    with ThreadPoolExecutor(SESSIONS) as pool:
        added = list(pool.map(add, range(24)))
    assert sum(added) == fits
    assert sum(len(project.items()) for project in projects) == fits


def test_a_copy_made_during_changes_is_whole(open_store):
    store = open_store()
    project = store.create("Changing")
    item = project.add("settings", "0", {"number": 0})

    def change() -> None:
        for i in range(1, 20):
            project.change(item, name=str(i), about={"number": i}, content={"x": b"%d" % i})

    with ThreadPoolExecutor(1) as pool:
        changing = pool.submit(change)
        for _ in range(3):
            copy = project.copy()
            (same,) = copy.items()
            assert same.name == str(same.about["number"])
            if same.parts:
                assert copy.read(same, "x") == same.name.encode()
    changing.result()


def test_many_that_open_an_empty_database_at_once_all_get_it(places):
    together = threading.Barrier(4)

    def save(number: int) -> str:
        together.wait()
        store = Projects(*places)
        token = store.create(str(number)).token
        store.close()
        return token

    with ThreadPoolExecutor(4) as pool:
        tokens = list(pool.map(save, range(4)))
    store = Projects(*places)
    assert [store.open(token).name for token in tokens] == list("0123")
    store.close()
