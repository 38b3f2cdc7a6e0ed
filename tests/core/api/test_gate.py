"""Who comes in: keys, limits, and a house that can be full."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import anyio
import pytest
from starlette.testclient import TestClient

from core.api.app import web_api
from core.api.gate import Gate
from core.errors import InvalidInputError
from core.projects import ApiKeys, projects
from core.settings import settings
from core.sign_in import Person
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
    monkeypatch.setenv("GRAFT_API_RATE", "often")
    with pytest.raises(InvalidInputError, match="such as 100 per second"):
        client()


def test_keys_cannot_be_tried_without_end(monkeypatch):
    monkeypatch.setenv("GRAFT_API_KEYS", hashlib.sha256(KEY.encode()).hexdigest())
    monkeypatch.setenv("GRAFT_API_RATE", "2 per minute")
    app = web_api([REPEAT])
    guesses = TestClient(app, headers={"authorization": "Bearer guess"})
    assert [repeat(guesses).status_code for _ in range(3)] == [401, 401, 429]
    assert repeat(TestClient(app, headers={"authorization": f"Bearer {KEY}"})).status_code == 200


@pytest.fixture
def house():
    """A function that makes a gate, and how to fill what is behind it, and let all go."""
    entered, leave = threading.Semaphore(0), threading.Event()

    async def slow(scope, receive, send):
        entered.release()
        await anyio.to_thread.run_sync(leave.wait, 20)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})

    def filled(threads, **bounds):
        gate = Gate(slow, settings(), **bounds)
        visitors = TestClient(gate)
        inside = [threads.submit(visitors.post, "/repeat") for _ in range(2)]
        for _ in inside:
            assert entered.acquire(timeout=10)
        return gate, inside

    yield filled, leave
    leave.set()


def test_a_full_house_refuses_at_once_and_answers_all_others(house):
    filled, leave = house
    with ThreadPoolExecutor(2) as threads:
        gate, inside = filled(threads, most_inside=2)
        refusal = TestClient(gate, client=("another", 1)).post("/repeat")
        leave.set()
        assert [answer.result().status_code for answer in inside] == [200, 200]
        assert refusal.status_code == 429
        assert refusal.headers["retry-after"] == "1"
        assert TestClient(gate).post("/repeat").status_code == 200


def test_nobody_alone_keeps_all_others_out(house):
    filled, leave = house
    with ThreadPoolExecutor(3) as threads:
        gate, _ = filled(threads, most_inside=3, most_of_one=2)
        refusal = TestClient(gate).post("/repeat")
        assert refusal.status_code == 429
        assert "2 requests at once" in refusal.json()["detail"]
        other = threads.submit(TestClient(gate, client=("another", 1)).post, "/repeat")
        leave.set()
        assert other.result().status_code == 200


def test_pages_of_others_may_ask_only_where_they_are_named(monkeypatch):
    origin = {"origin": "https://example.org"}
    assert "access-control-allow-origin" not in repeat(client(**origin)).headers
    monkeypatch.setenv("GRAFT_API_ORIGINS", "https://example.org, https://example.com")
    assert repeat(client(**origin)).headers["access-control-allow-origin"] == origin["origin"]
    asked = {
        **origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization, content-type",
    }
    allowed = client().options("/repeat", headers=asked)
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-headers"] == "authorization, content-type"


def test_where_people_sign_in_their_keys_come_in(monkeypatch, tmp_path):
    monkeypatch.setenv("GRAFT_ACCESS", "login")
    monkeypatch.setenv("GRAFT_DATA", str(tmp_path))
    ada = Person("a" * 64, "Ada", "", False, datetime.now(UTC))
    keys = ApiKeys(projects().database)
    key = keys.create(ada, "Notebook")
    app = web_api([REPEAT])
    assert repeat(TestClient(app)).status_code == 401
    assert repeat(TestClient(app, headers={"authorization": f"Bearer {key}"})).status_code == 200
    assert repeat(TestClient(app, headers={"authorization": f"Bearer {key}x"})).status_code == 401
    (known,) = keys.of(ada)
    keys.delete(known.id, ada)
    assert repeat(TestClient(app, headers={"authorization": f"Bearer {key}"})).status_code == 401


def test_keys_of_people_count_where_people_sign_in_only(monkeypatch, tmp_path):
    monkeypatch.setenv("GRAFT_DATA", str(tmp_path))
    monkeypatch.setenv("GRAFT_API_KEYS", hashlib.sha256(KEY.encode()).hexdigest())
    ada = Person("a" * 64, "Ada", "", False, datetime.now(UTC))
    key = ApiKeys(projects().database).create(ada, "Notebook")
    assert repeat(client(authorization=f"Bearer {key}")).status_code == 401


def test_a_database_that_does_not_answer_is_no_wrong_key(monkeypatch):
    monkeypatch.setenv("GRAFT_ACCESS", "login")
    monkeypatch.setenv("GRAFT_DATABASE", "postgresql://nobody@127.0.0.1:9/projects")
    refusal = repeat(client(authorization=f"Bearer {KEY}"))
    assert refusal.status_code == 503
    assert "database of projects" in refusal.json()["detail"]
