"""What a session may do whose user has signed in, and once that is over: spoken to as a browser."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
import requests
from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.bench.room import Visitor
from tests.identity_provider import ADA, BOB, EVE, USER, by_login, cookie
from tests.own_loop import run

METADATA = "http://127.0.0.1:9/.well-known/openid-configuration"  # nobody is sent there
HOUR_S = 3600


@pytest.fixture(scope="module")
def by_name(serving) -> Iterator[object]:
    """A server for teachers, who change it, and for one domain."""
    rules = {"GRAFT_ADMINS": "groups=teachers", "GRAFT_VISITORS": "@example.com"}
    with serving(**by_login(METADATA, GRAFT_LOGIN_HOURS="1", **rules)) as server:
        yield server


@asynccontextmanager
async def guest(server, person, sub: str, left_s: float = HOUR_S) -> AsyncIterator[Visitor]:
    """Somebody who has come, and whose sign-in lasts for so many seconds yet."""
    since = time.time() - HOUR_S + left_s
    claims = {**person, "iss": METADATA, "sub": sub, "iat": since, "nonce": sub}
    visitor = Visitor(server.url)
    visitor.bring(**{USER: cookie(claims, server.url)})
    await visitor.come()
    try:
        yield visitor
    finally:
        await visitor.leave()


def is_asked(visitor: Visitor) -> bool:
    """Whether there is the page for signing in, and nothing else."""
    return visitor.button("Sign in") is not None and visitor.button("Save as project") is None


def projects_of(server) -> int:
    """How many projects its database has."""
    database = server.scratch.parent / "data" / "projects.db"
    with sqlite3.connect(database) as connection:
        return connection.execute("SELECT count(*) FROM graft_projects").fetchone()[0]


def test_what_was_drawn_before_answers_no_more_once_the_sign_in_is_over(by_name):
    async def visit() -> None:
        async with guest(by_name, ADA, "ada", left_s=40) as visitor:
            await visitor.open("engine_room")
            old_button, old_fragments = visitor.button("Save as project"), {*visitor.fragments}
            assert old_button and old_fragments
            while not is_asked(visitor):
                await asyncio.wait_for(visitor._finished(), 60)
            before = projects_of(by_name)
            await visitor.rerun(**{old_button: True})
            assert is_asked(visitor) and projects_of(by_name) == before
            for fragment in old_fragments:
                visitor.elements.clear()
                with pytest.raises(TimeoutError):  # it is discarded
                    await asyncio.wait_for(visitor.rerun(fragment), 2)
                assert visitor.elements == {}

    run(visit())


@pytest.mark.parametrize(
    ("person", "left_s", "status"), ((BOB, HOUR_S, 204), (EVE, HOUR_S, 401), (BOB, -1, 401))
)
def test_who_is_let_in_uploads_and_nobody_else(by_name, person, left_s, status):
    async def visit() -> int:
        async with guest(by_name, person, "somebody", left_s) as visitor:
            await visitor.open("classify")
            path = f"/_stcore/upload_file/{visitor._session}/file"
            answer = await asyncio.to_thread(visitor._put, path, "a.txt", b"a")
            return answer.status_code

    assert run(visit()) == status


def test_no_browser_empties_the_caches_of_all(by_name):
    async def visit() -> None:
        async with guest(by_name, BOB, "bob") as visitor:
            await visitor.open("captions")
            kept = entries(by_name)
            assert kept > 0
            await visitor._send(BackMsg(clear_cache=True))
            await visitor.rerun()
            assert entries(by_name) >= kept

    run(visit())


def entries(server) -> int:
    """What Streamlit says to keep, by its metrics."""
    lines = requests.get(f"{server.url}/_stcore/metrics", timeout=60).text.splitlines()
    return sum(int(float(line.split()[-1])) for line in lines if line.startswith("cache_memory"))
