"""What the web API doesn't take: too much, what is somebody else's, and what nobody waits for."""

from __future__ import annotations

import hashlib
import json
import time

import pytest
from starlette.testclient import TestClient

from core.api import bodies, jobs
from core.api.app import web_api
from core.api.bodies import Room
from core.api.problems import UNEXPECTED, BusyError
from core.tasks import Input, Settings, Task
from tests.core.api.test_jobs import CountAnswer, begun, counting, events
from tests.made_up_task import REPEAT, RepeatSettings
from tests.refused import refused
from tests.waiting import wait_until


def test_texts_have_a_greatest_number_and_length():
    client = TestClient(web_api())
    long = {"reviews": ["a" * (bodies.MOST_TEXT + 1)]}
    assert "100000" in refused(client.post("/sentiment", json=long), 400)
    many = {"reviews": ["a"] * (bodies.MOST_TEXTS + 1)}
    assert "10000" in refused(client.post("/sentiment", json=many), 400)
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    reviews = schemas["sentiment_body"]["properties"]["reviews"]
    assert (reviews["maxItems"], reviews["items"]["maxLength"]) == (10_000, 100_000)
    assert "32 MiB" in refused(client.post("/sentiment", content=bytes((32 << 20) + 1)), 413)


def test_all_requests_together_take_only_so_much_memory():
    room = Room(most=10)
    room.take(8)
    with pytest.raises(BusyError) as refusal:
        room.take(3)
    assert refusal.value.status_code == 429
    assert refusal.value.headers["Retry-After"] == "5"
    room.give_back(8)
    room.take(3)


def test_one_owner_has_only_so_many_jobs(gate, monkeypatch):
    monkeypatch.setattr(jobs, "MOST_OPEN", 2)
    client = TestClient(web_api([counting(gate)]))
    first = begun(client, json={})
    begun(client, json={})
    refusal = client.post("/count", json={})
    assert "2 jobs" in refused(refusal, 429)
    assert int(refusal.headers["retry-after"]) > 0
    client.delete(first)
    gate.set()
    wait_until(lambda: client.get(first).json()["state"] == "cancelled")
    begun(client, json={})


def test_jobs_hold_only_so_much(gate, monkeypatch):
    monkeypatch.setattr(jobs, "MOST_HELD", 10)
    task = Task(
        name="measure",
        title="Measure",
        about="Measures.",
        inputs=(Input("photo", "photo", "Photo"),),
        settings=Settings,
        function=lambda photo: (gate.wait(20) and len(photo) for _ in range(1)),
        answer=CountAnswer,
        share=lambda _: 1.0,
    )
    client = TestClient(web_api([task]))
    begun(client, "measure", content=b"12345678")
    assert "as many jobs" in refused(client.post("/measure", content=b"123"), 429)
    begun(client, "measure", content=b"12")


def test_a_job_belongs_to_the_key_that_began_it(gate, monkeypatch):
    keys = ["one", "another"]
    digests = [hashlib.sha256(key.encode()).hexdigest() for key in keys]
    monkeypatch.setenv("GRAFT_API_KEYS", ",".join(digests))
    app = web_api([counting(gate)])
    one, another = (TestClient(app, headers={"authorization": f"Bearer {key}"}) for key in keys)
    address = begun(one, json={})
    assert one.get(address).status_code == 200
    for path in (address, f"{address}/result", f"{address}/events"):
        refused(another.get(path), 404)
    refused(another.delete(address), 404)
    refused(TestClient(app).get(address), 401)
    described = one.get("/openapi.json").json()
    assert described["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert described["paths"]["/count"]["post"]["security"] == [{"key": []}]
    assert "401" in described["paths"]["/count"]["post"]["responses"]


def test_a_job_at_which_nobody_looks_ends_when_others_wait(monkeypatch):
    def count():
        for i in range(10_000):
            time.sleep(0.005)
            yield i

    task = Task(
        name="count",
        title="Count",
        about="Counts.",
        inputs=(),
        settings=Settings,
        function=count,
        answer=CountAnswer,
        share=lambda i: i / 10_000,
    )
    monkeypatch.setattr(jobs, "WANTED_S", 0.0)
    client = TestClient(web_api([task]))
    forgotten = begun(client, json={})
    time.sleep(0.2)
    other = TestClient(web_api([task]), client=("another", 1))
    waiting = begun(other, json={})
    time.sleep(1.5)
    other.delete(waiting)
    assert client.get(forgotten).json()["state"] == "cancelled"
    assert client.get(f"{forgotten}/result").json()["count"] > 0


def test_an_unexpected_error_says_nothing_of_the_inside():
    def fail(_text, *, times):
        raise RuntimeError("secret path")

    failing = Task(
        name="repeat",
        title="Repeat",
        about="Repeats.",
        inputs=REPEAT.inputs,
        settings=RepeatSettings,
        function=fail,
        answer=REPEAT.answer,
    )
    client = TestClient(web_api([failing]), raise_server_exceptions=False)
    assert refused(client.post("/repeat", json={"text": "ha"}), 500) == UNEXPECTED


def test_a_job_that_breaks_says_so_and_nothing_of_the_inside():
    def breaks():
        yield 1
        raise RuntimeError("secret path")

    task = Task(
        name="count",
        title="Count",
        about="Counts.",
        inputs=(),
        settings=Settings,
        function=breaks,
        answer=CountAnswer,
        share=lambda _: 0.5,
    )
    client = TestClient(web_api([task]))
    address = begun(client, json={})
    _, last = events(client, address)[-1]
    assert UNEXPECTED in last
    assert "secret" not in last


def test_methods_that_an_address_knows_are_named():
    client = TestClient(web_api())
    assert client.options("/jobs/x").headers["allow"] == "DELETE, GET"
    assert client.get("/classify").headers["allow"] == "POST"
    assert client.head("/health").status_code == 405


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"--x\r\n", "multipart/form-data"),
        (b"--x", "multipart/form-data; boundary=x"),
        (b"\x00" * 40, "multipart/form-data; boundary=" + "y" * 400),
        (b"", "image/jpeg"),
        (b"not a photo", "text/plain; charset=utf-16"),
        (b"photo=1", "application/x-www-form-urlencoded"),
    ],
)
def test_odd_bodies_are_refused_in_a_sentence(content, kind):
    client = TestClient(web_api())
    answer = client.post("/classify", content=content, headers={"content-type": kind})
    assert refused(answer, 400).endswith(".")


@pytest.mark.parametrize("name", ["\x00", "\ud800", "🦆", "../..", "a" * 201])
def test_odd_names_are_refused(name, cat):
    client = TestClient(web_api())
    review = {"review": "Fine.", "model": name}
    answer = client.post("/explain-review", content=json.dumps(review))
    assert answer.status_code in (400, 404), answer.text
    for task, setting in (("classify", "backbone"), ("explain", "target"), ("sounds", "model")):
        value = name.encode("utf-8", "surrogatepass")
        answer = client.post(f"/{task}", content=cat, params={setting: value})
        assert answer.status_code in (400, 404), answer.text


@pytest.mark.parametrize(
    ("settings", "status", "named"),
    [({"layer": "nonsense"}, 404, "no layer"), ({"channels": [10**9]}, 400, "channels")],
)
def test_settings_of_a_job_that_cannot_be_met_are_refused_in_the_same_sentence(
    settings, status, named
):
    client = TestClient(web_api())
    address = begun(client, "filters", json={"size": 32, "steps": 1} | settings)
    _, last = events(client, address)[-1]
    refusal = refused(client.get(f"{address}/result"), status)
    assert named in refusal
    assert json.loads(last)["error"] == refusal
