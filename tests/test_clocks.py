"""The clock of the machine is set back an hour, and forward a day."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from starlette.testclient import TestClient

from core.api.app import web_api
from core.engine import JobQueue, JobState
from core.projects import Projects, UnknownProjectError, runs
from core.projects.leases import Leases
from pages._ui.project_line import _when
from tests.made_up_task import REPEAT

ROOT = Path(__file__).parents[1]
BACK, FORWARD = timedelta(hours=-1), timedelta(days=1, minutes=1)
TIMES_OF_DAY = {  # of what is saved, for people or for other processes; nothing that is waited for
    "core/cli/many.py",  # where the bar of a library reads it, too
    "core/learning/card_of_training.py",
    "core/projects/api_keys.py",
    "core/projects/blobs.py",
    "core/projects/clock.py",
    "core/projects/project.py",
    "core/projects/rows.py",
    "core/projects/store.py",
    "core/recipes/common/files.py",
    "core/sign_in.py",
    "core/vision/transfer/race_record.py",
    "pages/_ui/finding_tabs.py",
    "pages/_ui/person.py",
    "pages/_ui/project.py",
    "pages/_ui/project_line.py",
}


def jump(by: timedelta) -> time_machine.travel:
    """The clock from now on, while what counts seconds goes on as it did."""
    return time_machine.travel(datetime.now(UTC) + by, tick=True)


@pytest.fixture
def store(tmp_path):
    made = Projects(str(tmp_path / "projects.db"), str(tmp_path / "content"))
    yield made
    made.close()


def test_nothing_measures_how_long_something_takes_by_the_time_of_day():
    readers = {
        path.relative_to(ROOT).as_posix()
        for folder in ("core", "pages")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"\btime\.time\(|\bdatetime\.now\(|\bdate\.today\(", path.read_text("utf-8"))
    }
    assert readers == TIMES_OF_DAY


@pytest.mark.parametrize("by", [BACK, FORWARD])
def test_a_rate_is_kept_and_keeps_nobody_out(monkeypatch, by):
    monkeypatch.setenv("GRAFT_API_RATE", "2 per second")
    client = TestClient(web_api([REPEAT]))

    def asked() -> int:
        answer = client.post("/repeat", json={"text": "ha"})
        if answer.status_code == 429:
            assert answer.headers["retry-after"] == "1"
        return answer.status_code

    assert {asked() for _ in range(8)} == {200, 429}
    with jump(by):
        assert {asked() for _ in range(8)} <= {200, 429}
        time.sleep(1.1)
        assert asked() == 200


@pytest.mark.parametrize("by", [BACK, FORWARD])
def test_a_job_ends_and_says_how_long_it_took(by):
    queue = JobQueue(1)

    def work():
        yield 0.1
        with jump(by):
            yield 0.5
        yield 1.0

    job = queue.submit(work, title="Work", owner="somebody")
    assert job.wait(10)
    assert job.state is JobState.DONE and 0 <= job.elapsed_s < 10
    queue.close(patience_s=1)


def test_a_clock_that_is_set_forward_deletes_nothing_early(store):
    deleted, kept = store.create("Deleted"), store.create("Kept")
    item = deleted.add("picture", "Rose", {}, {"image": b"petals"})
    removed = kept.add("picture", "Tulip", {}, {"image": b"leaves"})
    kept.remove(removed)
    store.put({"image": b"being saved"})
    deleted.delete()
    with jump(FORWARD):
        assert store.sweep() == 0
    assert store.restore(deleted.token).read(item, "image") == b"petals"
    kept.restore(removed)
    assert kept.read(removed, "image") == b"leaves"


def test_projects_go_on_where_the_clock_is_set_back(store):
    project = store.create("Garden")
    with jump(BACK):
        item = store.open(project.token).add("settings", "Rose", {})
        assert store.sweep() == 0
        project.remove(item)
        project.delete()
        with pytest.raises(UnknownProjectError):
            store.open(project.token)
        assert store.restore(project.token).name == "Garden"
    assert store.open(project.token).items() == []


def test_whether_another_server_is_at_work_this_clock_does_not_say(store):
    project = store.create("Garden")
    item, another = project.add("job", "Training", {}), Leases(store.database, "another")
    for by in (BACK, FORWARD):
        with jump(by):
            another.take(item.id)
        assert runs.is_elsewhere(project, item)
        with jump(by):
            assert runs.is_elsewhere(project, item)
        another.free(item.id)
        assert not runs.is_held(project, item)


def test_when_something_was_saved_is_never_in_the_future():
    now = datetime.now(UTC)
    with jump(FORWARD):
        assert _when(now) == "yesterday"
    with jump(-FORWARD):
        assert _when(now).startswith("at ")
