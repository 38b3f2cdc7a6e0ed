"""Uploads to pages: each session has its bound, and all have one together."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from core.api.uploads import UploadBounds
from core.memory import held as ledger
from core.memory.held import count_held
from tests.refused import refused
from tests.waiting import wait_until


@pytest.fixture
def held() -> dict[str, int]:
    """Bytes by session."""
    return {}


@pytest.fixture
def seen() -> list[int]:
    """Lengths of the bodies that were let through."""
    return []


@pytest.fixture
def client(held, seen, gate, monkeypatch) -> TestClient:
    async def take(request: Request) -> Response:
        seen.append(len(await request.body()))
        return Response(status_code=204)

    def wait(_request: Request) -> Response:
        seen.append(0)
        gate.wait(20)
        return Response(status_code=204)

    routes = [
        Route("/_stcore/upload_file/{session}/slow", wait, methods=["PUT"]),
        Route("/_stcore/upload_file/{session}/{file}", take, methods=["PUT", "DELETE"]),
        Route("/{other}", take, methods=["PUT"]),
    ]
    monkeypatch.setattr(ledger, "_ledger", ledger._Ledger())
    monkeypatch.setenv("GRAFT_HELD_MIB", str(15 / 2**20))
    bounds = Middleware(UploadBounds, held=lambda: held, most_of_one=10)
    return TestClient(Starlette(routes=routes, middleware=[bounds]))


def put(client: TestClient, session: str, size: int, file: str = "1") -> Response:
    return client.put(f"/_stcore/upload_file/{session}/{file}", content=bytes(size))


def test_a_session_has_so_much(client, held, seen):
    assert put(client, "one", 10).status_code == 204
    held["one"] = 10
    assert "at a time" in refused(put(client, "one", 1), 413)
    assert put(client, "another", 5).status_code == 204
    assert seen == [10, 5]  # what was refused was not read


def test_an_upload_has_to_fit_beside_what_all_visitors_hold(client, seen):
    count_held("data sets", lambda: [bytes(14)])
    assert put(client, "one", 1).status_code == 204
    assert "of all visitors together" in refused(put(client, "another", 2), 413)
    assert seen == [1]


def test_what_is_still_coming_to_others_counts_too(client, gate, seen):
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(put, client, "one", 9, "slow")
        wait_until(lambda: seen == [0])
        ledger._ledger.forget()
        assert "of all visitors together" in refused(put(client, "another", 7), 413)
        gate.set()
        assert slow.result(20).status_code == 204
    ledger._ledger.forget()  # some seconds later; nobody has kept it
    assert put(client, "another", 7).status_code == 204


def test_what_is_still_coming_counts(client, gate, seen):
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(put, client, "one", 8, "slow")
        wait_until(lambda: seen == [0])
        refused(put(client, "one", 3), 413)
        gate.set()
        assert slow.result(20).status_code == 204
    assert put(client, "one", 3).status_code == 204


def test_a_file_that_does_not_say_how_large_it_is_is_refused(client, seen):
    refused(client.put("/_stcore/upload_file/one/1", content=iter([b"12"])), 411)
    assert seen == []


def test_nothing_else_is_bounded(client, held):
    held["one"] = 10
    assert client.put("/other", content=bytes(99)).status_code == 204
    assert client.delete("/_stcore/upload_file/one/1").status_code == 204
