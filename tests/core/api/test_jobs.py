"""Jobs of the web API: progress, a preview, the result, and a cancel that keeps what there is."""

from __future__ import annotations

import io
import json
import threading

import numpy as np
from PIL import Image
from starlette.testclient import TestClient

from core.api import jobs
from core.api.app import web_api
from core.errors import InvalidInputError
from core.memory import held as ledger
from core.memory.held import count_held, held
from core.tasks import Answer, Settings, Task
from core.tasks.many import ManyStep
from tests.waiting import wait_until


class CountAnswer(Answer):
    count: int

    @classmethod
    def of(cls, result):
        return cls(count=result)


def counting(gate: threading.Event, until: int = 4) -> Task:
    """A task that counts, and waits for `gate` after two."""

    def count():
        for i in range(1, until + 1):
            if i > 2:
                gate.wait(20)
            yield i

    return Task(
        name="count",
        title="Count",
        about="Counts.",
        inputs=(),
        settings=Settings,
        function=count,
        answer=CountAnswer,
        share=lambda i: i / until,
    )


def begun(client, name="count", **request) -> str:
    """The address of a job that has been started."""
    answer = client.post(f"/{name}", **request)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == answer.json()["links"]["self"]
    return answer.json()["links"]["self"].removeprefix("/api")


def events(client, address) -> list[tuple[str, str]]:
    with client.stream("GET", f"{address}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in answer.iter_lines() if line and not line.startswith(":")]
    names = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
    data = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
    return list(zip(names, data, strict=True))


def test_progress_comes_as_events_and_the_result_stays(gate):
    client = TestClient(web_api([counting(gate)]))
    address = begun(client, json={})
    wait_until(lambda: client.get(address).json()["progress"] == 0.5)
    assert client.get(f"{address}/result").json() == {"count": 2}
    gate.set()
    name, last = events(client, address)[-1]
    assert name == "end"
    assert json.loads(last)["state"] == "done"
    assert json.loads(last)["progress"] == 1
    assert client.get(f"{address}/result").json() == {"count": 4}


def test_a_cancelled_job_keeps_what_it_has(gate):
    client = TestClient(web_api([counting(gate, until=100)]))
    address = begun(client, json={})
    wait_until(lambda: client.get(address).json()["progress"] == 0.02)
    assert client.delete(address).status_code == 200
    gate.set()
    wait_until(lambda: client.get(address).json()["state"] == "cancelled")
    assert client.get(f"{address}/result").json()["count"] in (2, 3)


def test_a_job_that_fails_says_why_in_the_same_sentence():
    def fail():
        raise InvalidInputError("Expected a number. Received: none.")
        yield

    task = counting(threading.Event())
    failing = Task(**{**{f: getattr(task, f) for f in task.__slots__}, "function": fail})
    client = TestClient(web_api([failing]))
    address = begun(client, json={})
    wait_until(lambda: client.get(address).json()["state"] == "failed")
    assert client.get(address).json()["error"] == "Expected a number. Received: none."
    refusal = client.get(f"{address}/result")
    assert refusal.status_code == 400
    assert refusal.json()["detail"] == "Expected a number. Received: none."


def test_results_go_after_a_while_and_where_there_are_too_many(gate, monkeypatch):
    gate.set()
    client = TestClient(web_api([counting(gate)]))
    first = begun(client, json={})
    wait_until(lambda: client.get(first).json()["state"] == "done")
    monkeypatch.setattr(jobs, "MOST_KEPT", 1)
    second = begun(client, json={})
    assert client.get(first).status_code == 404
    wait_until(lambda: client.get(second).json()["state"] == "done")
    monkeypatch.setattr(jobs, "MOST_KEPT", 100)
    monkeypatch.setattr(jobs, "KEPT_S", 0.0)
    assert client.get(second).status_code == 404


def test_results_take_only_so_much_memory(gate, monkeypatch):
    gate.set()
    client = TestClient(web_api([counting(gate)]))
    monkeypatch.setattr(jobs, "size_of", lambda _result: 6)
    monkeypatch.setenv("GRAFT_HELD_MIB", str(40 / 2**20))
    monkeypatch.setattr(ledger, "_ledger", ledger._Ledger())
    addresses = []
    for _ in range(3):
        addresses.append(begun(client, json={}))
        wait_until(lambda: client.get(addresses[-1]).json()["state"] == "done")
    statuses = [client.get(address).status_code for address in addresses]
    assert statuses == [404, 200, 200]


def test_a_job_that_would_not_fit_beside_what_visitors_hold_comes_later(gate, monkeypatch):
    gate.set()
    monkeypatch.setattr(ledger, "_ledger", ledger._Ledger())
    client = TestClient(web_api([counting(gate)]))
    count_held("data sets", lambda: [bytes(3 << 20)])
    monkeypatch.setenv("GRAFT_HELD_MIB", "2")
    answer = client.post("/count", json={})
    assert answer.status_code == 429 and answer.headers["Retry-After"] == "15"
    assert "of all visitors together" in answer.json()["detail"]
    monkeypatch.setenv("GRAFT_HELD_MIB", "4")
    begun(client, json={})


def test_inputs_and_results_count_among_what_visitors_hold(gate, monkeypatch):
    task = counting(gate)
    monkeypatch.setattr(ledger, "_ledger", ledger._Ledger())
    table = jobs.JobTable()
    entry = table.start(task, {"photo": bytes(5000)}, Settings(), jobs.Owner("me"))
    ledger._ledger.forget()
    (kind,) = held()
    assert kind == "Jobs of the web API: inputs and results"
    assert entry.job.wait(20)  # there is no such input
    entry.job.snapshot = bytes(7000)
    ledger._ledger.forget()
    assert 7000 <= held()[kind].bytes < 8000


def test_arrays_files_and_texts_of_a_result_are_counted():
    step = ManyStep(3, (np.zeros((2, 5, 3), np.uint8), None, {"a": [b"four", 1.0]}), ("", "why"))
    assert jobs.size_of(step) == 30 + 4 + 3


def test_a_dream_has_a_preview_and_a_picture(cat):
    client = TestClient(web_api())
    settings = {"size": 64, "octaves": 1, "steps": 2}
    address = begun(client, "dream", content=cat, params=settings)
    names = [name for name, _ in events(client, address)]
    assert names[-2:] == ["preview", "end"]
    picture = client.get(f"{address}/result", headers={"Accept": "image/png"}).content
    assert max(Image.open(io.BytesIO(picture)).size) == 64
    assert client.get(f"{address}/result").json()["iteration"] == 2
