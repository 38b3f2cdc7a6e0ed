"""What refers to itself is let go without a collection after every run of a page."""

from __future__ import annotations

import gc
import threading
import tomllib
import weakref
from pathlib import Path

import pytest

from pages._server import collecting
from tests.waiting import wait_until


@pytest.fixture
def collected(monkeypatch) -> list[None]:
    """The collections that a server makes, one hundred a second at most."""
    noted: list[None] = []
    collect = gc.collect
    monkeypatch.setattr(collecting, "_LEAST_S", 0.01)
    monkeypatch.setattr(collecting, "_SHARE", float("inf"))
    monkeypatch.setattr(gc, "collect", lambda: noted.append(None) or collect())
    monkeypatch.setattr(gc, "freeze", lambda: None)
    return noted


class Ring:
    """Something that refers to itself."""

    def __init__(self) -> None:
        self.itself = self


def test_what_refers_to_itself_goes_by_and_by(collected):
    known = weakref.ref(Ring())
    stop = collecting.start_collecting()
    try:
        wait_until(lambda: known() is None)
    finally:
        stop.set()


def test_a_server_without_work_does_not_collect(collected, monkeypatch):
    monkeypatch.setattr(gc, "get_stats", lambda: [{"collections": 7}] * 3)
    stop = collecting.start_collecting()
    wait_until(lambda: collected)
    threading.Event().wait(0.2)
    stop.set()
    assert len(collected) == 1


def test_streamlit_does_not_collect_after_every_run():
    """A job stood still while its own page asked how far it was."""
    config = tomllib.loads((Path(__file__).parents[2] / ".streamlit/config.toml").read_text())
    assert config["runner"]["postScriptGC"] is False
