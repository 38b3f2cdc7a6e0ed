"""Whose turn it is on a cluster."""

from __future__ import annotations

import time

import pytest

from core.cluster import turns
from core.cluster.turns import Standing, Turns
from tests.waiting import wait_until


@pytest.fixture
def line():
    line = Turns()
    yield line
    line._queue.close()


def test_another_person_is_next_however_many_jobs_one_has(line):
    hasty = [f"hasty {i}" for i in range(5)]
    for ticket in hasty:
        line.ask(ticket, "hasty", 1)
    wait_until(lambda: line.ask("hasty 0", "hasty", 1))
    assert not line.ask("other", "other", 1)
    assert not any(line.ask(ticket, "hasty", 1) for ticket in hasty[1:])
    assert line.standings() == [Standing("hasty", 1, 4), Standing("other", 0, 1)]
    line.end("hasty 0")
    wait_until(lambda: line.ask("other", "other", 1))
    assert not any(line.ask(ticket, "hasty", 1) for ticket in hasty[1:])


def test_as_many_run_as_there_is_room_for(line):
    for number in range(3):
        line.ask(f"{number}", "me", 2)
    wait_until(lambda: line.ask("0", "me", 2) and line.ask("1", "me", 2))
    assert not line.ask("2", "me", 2)
    wait_until(lambda: line.ask("2", "me", 3))


def test_the_turn_of_a_server_that_is_gone_lapses(line, monkeypatch):
    monkeypatch.setattr(turns, "_LAPSES_S", 0.2)
    line.ask("lost", "lost", 1)
    wait_until(lambda: line.ask("lost", "lost", 1))
    begun = time.monotonic()
    wait_until(lambda: line.ask("next", "next", 1))
    assert time.monotonic() - begun >= 0.1
    assert line.standings() == [Standing("next", 1, 0)]
