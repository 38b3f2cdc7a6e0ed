"""A server that is full, of browsers or in memory: who comes next is told so."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
import requests

from core import engine
from pages._server import places
from pages._ui.visitors import AWAY_S
from tests.bench.room import Visitor, photo
from tests.own_loop import run

FULL = "This server has room for 2 visitors at a time"


class Guest(Visitor):
    """A browser that can lose its connection and come back to its session."""

    def said(self) -> str:
        """What is in boxes on the page."""
        kinds = ("alert", "heading")
        return "\n".join(
            getattr(element, kind).body
            for element in self.elements.values()
            for kind in kinds
            if element.WhichOneof("type") == kind
        )

    def is_out(self) -> bool:
        """Whether there is the sentence in place of the page."""
        button = self.button("Try again")
        assert (FULL in self.said()) == (button is not None)
        return button is not None

    async def try_again(self) -> None:
        """Press the button."""
        await self.rerun(**{str(self.button("Try again")): True})


async def in_the_end(guest: Guest) -> None:
    """Try again until there is a place, as long as it takes to be sure that somebody is gone."""
    until = time.monotonic() + 3 * AWAY_S
    while guest.is_out():
        assert time.monotonic() < until
        await asyncio.sleep(1)
        await guest.try_again()


@asynccontextmanager
async def guests(server: str) -> AsyncIterator[Callable[[], Awaitable[Guest]]]:
    """A function that returns one more who has opened the projects page."""
    async with AsyncExitStack() as stack:

        async def come() -> Guest:
            guest = Guest(server)
            stack.push_async_callback(guest.leave)
            await guest.come()
            await guest.open("projects")
            return guest

        yield come


@pytest.fixture(scope="module")
def small(serving):
    """A server with two places and little memory."""
    bounds = {"GRAFT_SESSIONS": "2", "GRAFT_RESULTS_MIB": "30", "GRAFT_HELD_MIB": "20"}
    with serving(**bounds) as server:
        yield server


def test_an_upload_that_does_not_fit_beside_what_visitors_hold_is_refused(small):
    async def visit() -> None:
        async with guests(small.url) as come:
            guest = await come()
            await guest.open("classify", classify_source="Upload")
            with pytest.raises(requests.HTTPError) as refused:
                await guest.upload("vast.jpg", bytes(25 << 20))
            assert "of all visitors together" in refused.value.response.text
            await guest.upload("own.jpg", photo(1))
            assert not guest.exceptions()

    run(visit())


def test_who_comes_to_a_full_server_is_let_in_once_another_has_gone(small):
    async def visit() -> None:
        async with guests(small.url) as come:
            first, second = await come(), await come()
            await in_the_end(second)  # a guest of another test has left just now
            assert not first.is_out()
            third = await come()
            assert third.is_out()
            assert "once somebody leaves, or has done nothing for an hour" in third.said()
            await third.try_again()
            assert third.is_out()
            await first.rerun()
            assert not first.is_out()  # who is in stays in
            await second.leave()
            await asyncio.sleep(0.5)
            await third.try_again()
            assert third.is_out()  # the second may only have lost its connection
            await in_the_end(third)
            assert not third.is_out() and not third.exceptions()
            assert (await come()).is_out()

    run(visit())
    assert "Traceback" not in small.log


def test_browsers_that_have_left_keep_nobody_out(small):
    """Streamlit keeps their sessions for two minutes, in case that they come back."""

    async def visit() -> None:
        async with guests(small.url) as come:
            for _ in range(3):
                guest = await come()
                await in_the_end(guest)
                await guest.leave()

    run(visit())


def test_the_engine_room_shows_the_bounds_that_are_set(small):
    # last, since what draws the page has a place for some minutes
    (table,) = re.findall(r'"rows": (\[\["Networks".*?\]\])', json.dumps(small.draw("engine_room")))
    bounds = {what: most for what, _, _, most in json.loads(table)}
    assert bounds["Caches of results on pages"] == 20
    assert bounds["Results that sessions share"] == 10
    assert bounds["All that visitors hold"] == 20
    assert bounds["All of these"] == bounds["Networks"] + 30 + 20
    assert bounds["Sessions: data sets, features, classifiers, results"] is None


class FakeServer:
    """What Streamlit knows of sessions, without any."""

    def __init__(self, *active: str) -> None:
        self.active = {*active}
        self.is_active_session = self.active.__contains__
        self.eventloop = self
        self.emptied: list[str] = []

    def _get_async_objs(self) -> FakeServer:
        return self

    def call_soon_threadsafe(self, _function: object, _server: object, session: str) -> None:
        self.emptied.append(session)


@pytest.fixture
def taken(monkeypatch):
    """A function that has places taken, by sessions and for how many seconds nothing was done."""

    def take(**idle_s: float) -> dict[str, places._Place]:
        now = time.monotonic()
        every = {name: places._Place(name, now - spent) for name, spent in idle_s.items()}
        monkeypatch.setattr(places, "_places", every)
        return every

    return take


def test_a_place_comes_from_who_is_away_and_else_from_who_has_done_nothing_for_an_hour(taken):
    server, known = FakeServer("idle", "asleep", "busy"), {"idle", "asleep", "busy", "away"}
    left = taken(idle=4000, asleep=5000, busy=3000, away=10)
    left["away"].away_since = time.monotonic() - AWAY_S - 1
    for gone, count in (("away", 4), ("asleep", 3), ("idle", 2)):
        assert places._make_room(server, known, count)
        assert server.emptied[-1] == gone and gone not in left
    assert not places._make_room(server, known, 1)
    assert [*left] == ["busy"]


def test_a_moment_without_connection_costs_no_place(taken):
    taken(away=10, here=5)
    assert not places._make_room(FakeServer("here"), {"away", "here"}, 2)


def test_who_has_a_training_under_way_is_not_idle(taken):
    server, left = FakeServer("trains"), taken(trains=9000)
    job = engine.jobs.submit(lambda: itertools.repeat(0), title="long", owner="trains")
    try:
        assert not places._make_room(server, {"trains"}, 1)
    finally:
        engine.jobs.cancel(job)
    assert job.wait(30)
    assert places._make_room(server, {"trains"}, 1) and not left


def test_sessions_that_are_over_have_no_place(taken):
    server, left = FakeServer("here"), taken(here=0, gone=0, over=0)
    assert places._make_room(server, {"here"}, 2)
    assert [*left] == ["here"] and not server.emptied
