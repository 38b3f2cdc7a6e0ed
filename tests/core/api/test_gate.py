"""Who comes in: keys, limits, and a house that can be full."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.testclient import TestClient

from core.api.app import web_api
from core.api.gate import Gate
from core.errors import InvalidInputError
from core.settings import settings
from tests.made_up_task import REPEAT

KEY = "a key of somebody's"


def client(**headers) -> TestClient:
    return TestClient(web_api([REPEAT]), headers=headers)


def repeat(client, text="ha"):
    return client.post("/repeat", json={"text": text})


def test_without_keys_everybody_comes_in():
    assert repeat(client()).status_code == 200


def test_with_keys_only_who_has_one_comes_in(monkeypatch):
    monkeypatch.setenv("GRAFT_API_KEYS", hashlib.sha256(KEY.encode()).hexdigest())
    assert repeat(client(authorization=f"Bearer {KEY}")).status_code == 200
    for other in ({}, {"authorization": "Bearer another"}, {"authorization": KEY}):
        refusal = repeat(client(**other))
        assert refusal.status_code == 401
        assert refusal.headers["www-authenticate"] == "Bearer"
        assert refusal.headers["content-type"] == "application/problem+json"
    assert client().get("/health").status_code == 200
    assert client().get("/openapi.json").status_code == 200


def test_keys_are_kept_as_digests_only(monkeypatch):
    monkeypatch.setenv("GRAFT_API_KEYS", KEY)
    with pytest.raises(InvalidInputError, match="SHA-256") as refusal:
        settings()
    assert KEY not in str(refusal.value)


def test_whoever_asks_too_often_is_told_when_to_come_again(monkeypatch):
    monkeypatch.setenv("GRAFT_API_RATE", "2 per minute")
    visitor = client()
    assert [repeat(visitor).status_code for _ in range(3)] == [200, 200, 429]
    refusal = repeat(visitor)
    assert 1 <= int(refusal.headers["retry-after"]) <= 60
    assert "2 per 1 minute" in refusal.json()["detail"]


def test_a_full_house_refuses_at_once_and_answers_all_others():
    entered, leave = threading.Semaphore(0), threading.Event()

    async def slow(scope, receive, send):
        import anyio

        entered.release()
        await anyio.to_thread.run_sync(leave.wait, 20)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})

    visitors = TestClient(Gate(slow, settings(), most_inside=2))
    with ThreadPoolExecutor(2) as threads:
        inside = [threads.submit(visitors.post, "/repeat") for _ in range(2)]
        for _ in inside:
            assert entered.acquire(timeout=10)
        refusal = visitors.post("/repeat")
        leave.set()
        assert [answer.result().status_code for answer in inside] == [200, 200]
        assert refusal.status_code == 429
        assert refusal.headers["retry-after"] == "1"
        assert visitors.post("/repeat").status_code == 200


def test_pages_of_others_may_ask_only_where_they_are_named(monkeypatch):
    origin = {"origin": "https://example.org"}
    assert "access-control-allow-origin" not in repeat(client(**origin)).headers
    monkeypatch.setenv("GRAFT_API_ORIGINS", "https://example.org, https://example.com")
    assert repeat(client(**origin)).headers["access-control-allow-origin"] == origin["origin"]
