"""Jobs of the web API on several servers: each answers for those of all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from core.api import job_routes, sharing
from core.api.app import web_api
from core.errors import InvalidInputError
from core.projects import LimitError, StorageError, projects
from core.projects.api_jobs import ApiJobs
from core.projects.tables import ApiJobPartRow, ApiJobRow, ContentRow, LeaseRow
from core.projects.tokens import fingerprint
from core.tasks.task import Task, table_files
from tests.core.api.test_jobs import begun, counting, events
from tests.refused import refused
from tests.waiting import wait_until

# a thread that saves a result when its servers are closed may leave a connection to the collector
pytestmark = pytest.mark.filterwarnings("default::pytest.PytestUnraisableExceptionWarning")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def many_servers(postgresql, s3, tmp_path, monkeypatch):
    """Projects in PostgreSQL and S3; servers tell each other of jobs many times a second."""
    monkeypatch.setenv("GRAFT_DATABASE", postgresql())
    monkeypatch.setenv("GRAFT_BLOBS", s3)
    monkeypatch.setenv("GRAFT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(sharing, "RENEW_S", 0.02)
    monkeypatch.setattr(job_routes, "_LOOK_ELSEWHERE_S", 0.02)


@pytest.fixture
def servers(many_servers) -> Iterator[Callable[[Task], tuple[TestClient, TestClient]]]:
    """A function that starts two servers that do the same."""
    started: list[TestClient] = []

    def start(task: Task) -> tuple[TestClient, TestClient]:
        started.extend(TestClient(web_api([task])) for _ in range(2))
        return started[-2], started[-1]

    yield start
    for client in started:
        silence(client)
    projects().close()


def silence(client: TestClient) -> None:
    """Have a server say no more."""
    told = client.app.state.jobs._sharing
    told._told.clear()
    wait_until(lambda: told._thread is None)


def with_changes(task: Task, **changes) -> Task:
    return Task(**{**{name: getattr(task, name) for name in task.__slots__}, **changes})


def fingerprint_of(address: str) -> str:
    return fingerprint(address.rpartition("/")[2])


def let_die(client: TestClient) -> None:
    """Have a server say no more, and its leases run out."""
    silence(client)
    with projects().database.writing() as session:
        session.execute(update(LeaseRow).values(until=0.0))


def test_any_server_says_how_far_a_job_is_and_has_its_result(servers, gate):
    files = table_files(lambda count: {"count": [count]})
    one, other = servers(with_changes(counting(gate), files=files))
    address = begun(one, json={})
    assert other.get(address).json()["task"] == "count"
    wait_until(lambda: other.get(address).json()["progress"] == 0.5)
    assert other.get(address).json()["links"] == one.get(address).json()["links"]
    assert "no result yet" in refused(other.get(f"{address}/result"), 409)
    gate.set()
    wait_until(lambda: other.get(address).json()["state"] == "done")
    for accept in ("application/json", "text/csv"):
        answers = [c.get(f"{address}/result", headers={"Accept": accept}) for c in (one, other)]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].content == answers[1].content
        assert answers[1].headers["content-type"].startswith(accept)
    assert refused(other.get(f"{address}/result", headers={"Accept": "image/png"}), 400)


def test_progress_comes_as_events_from_any_server(servers, gate):
    one, other = servers(counting(gate))
    address = begun(one, json={})
    wait_until(lambda: other.get(address).json()["progress"] == 0.5)
    gate.set()
    name, last = events(other, address)[-1]
    assert name == "end"
    assert json.loads(last)["state"] == "done" and json.loads(last)["progress"] == 1


def test_a_job_is_cancelled_by_any_server_and_keeps_what_it_has(servers, gate):
    one, other = servers(counting(gate, until=100))
    address = begun(one, json={})
    wait_until(lambda: other.get(address).json()["progress"] == 0.02)
    assert other.delete(address).status_code == 200
    (entry,) = one.app.state.jobs._entries.values()
    wait_until(lambda: entry.job.cancel_requested)
    gate.set()
    wait_until(lambda: other.get(address).json()["state"] == "cancelled")
    assert other.get(f"{address}/result").json()["count"] in (2, 3)


def test_a_job_that_fails_says_why_on_any_server(servers, gate):
    def fail():
        raise InvalidInputError("Expected a number. Received: none.")
        yield

    one, other = servers(with_changes(counting(gate), function=fail))
    address = begun(one, json={})
    wait_until(lambda: other.get(address).json()["state"] == "failed")
    assert other.get(address).json()["error"] == "Expected a number. Received: none."
    assert refused(other.get(f"{address}/result"), 400) == "Expected a number. Received: none."


def test_a_job_whose_server_has_died_has_failed(servers, gate):
    one, other = servers(counting(gate))
    address = begun(one, json={})
    wait_until(lambda: other.get(address).json()["progress"] == 0.5)
    let_die(one)
    assert other.get(address).json()["state"] == "failed"
    assert "has ended. Start the job again" in refused(other.get(f"{address}/result"), 409)
    name, last = events(other, address)[-1]
    assert name == "end" and "has ended" in json.loads(last)["error"]


def test_a_result_outlives_its_server(servers, gate):
    gate.set()
    one, other = servers(counting(gate))
    address = begun(one, json={})
    wait_until(lambda: other.get(address).json()["state"] == "done")
    let_die(one)
    assert other.get(f"{address}/result").json() == {"count": 4}


def test_who_looks_on_another_server_still_wants_the_job(servers, gate):
    one, other = servers(counting(gate))
    address = begun(one, json={})
    (entry,) = one.app.state.jobs._entries.values()
    entry.looked -= 1000
    assert not entry.is_wanted()
    assert other.get(address).status_code == 200
    wait_until(entry.is_wanted)


def test_a_job_is_shown_to_its_owner_alone_on_any_server(servers, gate, monkeypatch):
    monkeypatch.setenv("GRAFT_ACCESS", "open")
    digest = hashlib.sha256(b"key").hexdigest()
    monkeypatch.setenv("GRAFT_API_KEYS", f"{digest},{'0' * 64}")
    one, other = servers(counting(gate))
    mine = {"Authorization": "Bearer key"}
    address = begun(one, json={}, headers=mine)
    assert other.get(address, headers=mine).status_code == 200
    assert other.get(address).status_code == 401
    jobs = ApiJobs(projects())
    name = address.rpartition("/")[2]
    assert jobs.find(name, f"key {digest[:12]}").about["task"] == "count"
    for owner in (None, "key 000000000000"):
        with pytest.raises(LookupError):
            jobs.find(name, owner)


def test_no_job_begins_of_which_other_servers_cannot_be_told(servers, gate, monkeypatch):
    one, _ = servers(counting(gate))

    def fail(*_):
        raise StorageError("The database does not answer.")

    monkeypatch.setattr(ApiJobs, "add", fail)
    assert refused(one.post("/count", json={}), 503) == "The database does not answer."
    assert not one.app.state.jobs._entries


def test_a_result_that_is_too_large_to_be_saved_is_said(servers, gate, monkeypatch):
    gate.set()
    put = projects().put

    def refuse(contents, **more):
        if contents:
            raise LimitError("All projects together would take too much.")
        return put(contents, **more)

    monkeypatch.setattr(projects(), "put", refuse)
    one, other = servers(counting(gate))
    address = begun(one, json={})
    wait_until(lambda: other.get(address).json()["state"] == "done")
    assert "would take too much" in refused(other.get(f"{address}/result"), 503)
    assert one.get(f"{address}/result").json() == {"count": 4}


def test_a_result_that_cannot_be_saved_at_first_is_saved_later(servers, gate, monkeypatch):
    monkeypatch.setattr(sharing, "_AGAIN_S", 0.02)
    gate.set()
    put, failures = projects().put, iter([True, True])

    def refuse(contents, **more):
        if next(failures, False):
            raise StorageError("The place of contents does not answer.")
        return put(contents, **more)

    monkeypatch.setattr(projects(), "put", refuse)
    one, other = servers(counting(gate))
    address = begun(one, json={})
    wait_until(lambda: other.get(address).json()["state"] == "done")
    assert other.get(f"{address}/result").json() == {"count": 4}


def test_jobs_that_ended_long_ago_are_swept_with_their_contents(servers, gate):
    gate.set()
    one, other = servers(counting(gate))
    kept, old, dead = (begun(one, json={}) for _ in range(3))
    for address in (kept, old, dead):
        wait_until(lambda address=address: other.get(address).json()["state"] == "done")
    store = projects()
    keys = {address: fingerprint_of(address) for address in (old, dead)}
    with store.database.writing() as session:
        change = update(ApiJobRow)
        session.execute(change.where(ApiJobRow.key == keys[old]).values(ended=1.0))
        session.execute(change.where(ApiJobRow.key == keys[dead]).values(ended=None))
        session.execute(update(ContentRow).values(used=LONG_AGO))
    refused(TestClient(web_api([counting(gate)])).get(old), 404)
    store.sweep()
    assert other.get(f"{kept}/result").json() == {"count": 4}
    with store.database.reading() as session:
        assert session.scalars(select(ApiJobRow.key)).all() == [fingerprint_of(kept)]
    with store.database.writing() as session:
        session.execute(update(ApiJobRow).values(ended=1.0))
    assert store.sweep() > 0
    with store.database.reading() as session:
        assert session.scalars(select(ApiJobPartRow.digest)).all() == []
        assert session.scalars(select(ContentRow.digest)).all() == []
