"""Trainings of projects: how far they are is saved, and what is left when a server is killed."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from sqlalchemy import update

from core.engine import Job, JobQueue
from core.engine.child_process import child_environment
from core.learning.resuming import ResumePoint
from core.projects import Item, Limits, Project, Projects, StorageError, leases, runs
from core.projects.leases import Leases, TakenError, clock
from core.projects.runs import Following, Progress, SoFar, UnderWayError
from core.projects.tables import LeaseRow
from tests.waiting import SLACK, wait_until


@dataclass(frozen=True)
class _Step:
    share: float
    resume_point: ResumePoint | None = None


POINT = "point"


def so_far(step: _Step) -> SoFar | None:
    kept = step.resume_point
    return None if kept is None else SoFar(kept.number, lambda: {POINT: kept.to_bytes()})


def point(number: int, size: int = 4) -> ResumePoint:
    return ResumePoint(number, {"rounds": number}, {"weights": np.full(size, number, "f4")})


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Words and points several times a second."""
    monkeypatch.setattr(runs, "_RENEW_S", 0.02)
    monkeypatch.setattr(runs, "_KEEP_S", 0.0)
    monkeypatch.setattr(runs, "_PAUSE_S", 0.0)
    yield
    runs._stopping.clear()


@pytest.fixture
def project(local) -> Project:
    return Projects(*local).create("Flowers")


class _Training:
    """A training that takes its steps when a test says so."""

    def __init__(self, project: Project, save: Callable[[Project], None] | None = None) -> None:
        self.queue = JobQueue(name="test")
        self.saved: list[str] = []
        self._next: _Step | None = None
        self._go = threading.Semaphore(0)
        self.job: Job[_Step] = self.queue.submit(self._work, title="Training", owner="me")
        self.run = runs.begin(
            project, self.job, {"room": "lab"}, {"training": b"{}"}, self.following(save)
        )

    def following(self, save: Callable[[Project], None] | None = None) -> Following:
        return Following(
            lambda step: Progress(step.share, f"at {step.share}"),
            so_far,
            save or (lambda into: self.saved.append(into.name)),
        )

    def step(self, step: _Step | None) -> None:
        self._next = step
        self._go.release()

    def _work(self) -> Iterator[_Step]:
        while self._go.acquire() and self._next is not None:
            yield self._next


@pytest.fixture
def start(project) -> Iterator[Callable[..., _Training]]:
    started: list[_Training] = []

    def begin(*arguments) -> _Training:
        started.append(_Training(project, *arguments))
        return started[-1]

    yield begin
    for training in started:
        training.queue.cancel(training.job)
        training.step(None)
        training.run.wait(10)


def test_how_far_a_training_is_gets_saved_and_its_point(project, start):
    training = start()
    (item,) = project.items("job")
    assert runs.of(item) is training.run is runs.of_job(training.job)
    training.step(_Step(0.25))
    wait_until(lambda: project.item(item.id).about["share"] == 0.25)
    assert POINT not in project.item(item.id).parts
    training.step(_Step(0.5, point(1)))
    wait_until(lambda: POINT in project.item(item.id).parts)
    training.step(_Step(0.75, point(2)))
    wait_until(lambda: project.item(item.id).about.get("saved") == "at 0.75")
    stored = ResumePoint.from_bytes(project.read(project.item(item.id), POINT))
    assert stored.number == 2 and stored.arrays["weights"].tolist() == [2.0] * 4


def test_the_outcome_is_saved_without_a_session_and_the_item_goes(project, start):
    training = start()
    training.step(_Step(1.0))
    training.step(None)
    assert training.run.wait(10)
    assert training.saved == ["Flowers"] and not project.items("job")
    assert runs.of_job(training.job) is None


def test_a_training_goes_on_when_the_links_of_its_project_are_replaced(project, start):
    training = start()
    training.step(_Step(0.25))
    new = runs.replace_links(project)
    training.step(_Step(0.5))
    (item,) = new.items("job")
    wait_until(lambda: new.item(item.id).about["share"] == 0.5)
    training.step(None)
    assert training.run.wait(10)
    assert training.saved == ["Flowers"] and not new.items("job")


def test_of_a_cancelled_training_nothing_is_left(project, start):
    training = start()
    training.step(_Step(0.5, point(1)))
    wait_until(lambda: training.job.snapshot is not None)
    training.job.cancel()
    training.step(_Step(0.6))
    assert training.run.wait(10)
    assert not training.saved and not project.items("job")


def test_an_outcome_that_cannot_be_saved_leaves_the_point(project, start, another):
    def refuse(into: Project) -> None:
        raise StorageError("The disk is full.")

    training = start(refuse)
    training.step(_Step(0.5, point(1)))
    wait_until(lambda: POINT in project.items("job")[0].parts)
    training.step(None)
    assert training.run.wait(10)
    assert training.run.failure == "The disk is full."
    (item,) = project.items("job")
    assert POINT in item.parts
    another.take(item.id)


def test_a_point_that_is_too_large_is_left_out_and_the_progress_is_not(local, project):
    small = Projects(*local, Limits(project_bytes=4096)).open(project.token)
    training = _Training(small)
    try:
        training.step(_Step(0.5, point(1, 100_000)))
        (item,) = small.items("job")
        wait_until(lambda: small.item(item.id).about["share"] == 0.5)
        training.step(_Step(0.9, point(2, 100_000)))
        wait_until(lambda: small.item(item.id).about["share"] == 0.9)
        assert POINT not in small.item(item.id).parts
    finally:
        training.step(None)
        assert training.run.wait(10)


def test_a_server_that_stops_leaves_its_trainings_to_the_next(project, start, another):
    training = start()
    training.step(_Step(0.5, point(1)))
    wait_until(lambda: POINT in project.items("job")[0].parts)
    runs.leave()
    training.queue.close()
    training.step(_Step(0.6))
    assert training.run.wait(10)
    (item,) = project.items("job")
    assert runs.of(item) is None and not training.saved
    another.take(item.id)
    assert item.about["share"] == 0.5


def test_a_training_that_goes_on_takes_the_place_of_the_one_before(project, start):
    first = start()
    first.step(_Step(0.5, point(1)))
    wait_until(lambda: POINT in project.items("job")[0].parts)
    runs.leave()
    first.queue.close()
    first.step(None)
    assert first.run.wait(10)
    runs._stopping.clear()
    (left,) = project.items("job")
    for goes_on in (True, False):
        queue, gate = JobQueue(name="test"), threading.Event()

        def work(gate=gate) -> Iterator[_Step]:
            gate.wait(10)
            yield _Step(1.0)

        job = queue.submit(work, title="Training", owner="you")
        about, content = {"room": "lab"}, {"training": b"{}"}
        run = runs.begin(
            project, job, about, content, first.following(), before=left, goes_on=goes_on
        )
        (item,) = project.items("job")
        assert item.id == left.id and (POINT in item.parts) is goes_on
        assert (item.about["share"] == 0.5) is goes_on
        runs._stopping.set()
        gate.set()
        assert run.wait(10)
        runs._stopping.clear()


def test_a_training_of_a_deleted_project_goes_on_for_whoever_looks(project, start):
    training = start()
    project.delete()
    assert training.run.wait(10)
    assert not training.job.is_over
    assert runs.of_job(training.job) is None


@pytest.fixture
def another(project) -> Leases:
    """Another server."""
    return Leases(project._store.database, "another")


def taken(another: Leases, item: Item) -> None:
    """Have another server go on with it, as where this one was away for too long."""
    new = {"server": "another", "until": clock() + leases.LEASE_S}
    with another._database.writing() as session:
        session.execute(update(LeaseRow).where(LeaseRow.key == item.id).values(**new))


def test_one_server_is_at_work_on_a_training(project, start, another):
    training = start()
    (item,) = project.items("job")
    assert another.elsewhere([item.id]) == {item.id} and not runs.is_elsewhere(project, item)
    training.step(_Step(1.0))
    training.step(None)
    assert training.run.wait(10)
    assert another.elsewhere([item.id]) == set()


def test_a_training_that_another_server_goes_on_with_ends_and_saves_nothing(
    project, start, another
):
    training = start()
    training.step(_Step(0.5, point(1)))
    (item,) = project.items("job")
    wait_until(lambda: POINT in project.item(item.id).parts)
    taken(another, item)
    wait_until(lambda: training.job.cancel_requested)
    training.step(_Step(0.9, point(2)))
    assert training.run.wait(10) and not training.saved
    (left,) = project.items("job")
    assert (left.about["share"], left.about["number"]) == (0.5, 1)
    assert runs.is_elsewhere(project, left)


def test_what_ends_after_another_server_has_gone_on_is_not_saved(
    project, start, another, monkeypatch
):
    monkeypatch.setattr(runs, "_RENEW_S", 60.0)  # as of one that was asleep
    training = start()
    training.step(_Step(0.5))
    (item,) = project.items("job")
    wait_until(lambda: training.job.snapshot is not None)
    taken(another, item)
    training.step(None)
    assert training.run.wait(10) and not training.saved
    assert runs.is_elsewhere(project, *project.items("job"))


def test_a_change_of_who_has_lost_the_lease_is_refused(project, start, another):
    training = start()
    (item,) = project.items("job")
    project.change(item, about={"share": 0.1}, leased=True)
    taken(another, item)
    with pytest.raises(TakenError):
        project.change(item, about={"share": 0.2}, leased=True)
    assert project.item(item.id).about["share"] == 0.1
    training.step(None)
    assert training.run.wait(10) and not training.saved


def test_cancel_on_another_server_ends_a_training(project, start, another):
    training = start()
    training.step(_Step(0.5, point(1)))
    (item,) = project.items("job")
    another.ask_to_cancel(item.id)
    wait_until(lambda: training.job.cancel_requested)
    training.step(_Step(0.6))
    assert training.run.wait(10)
    assert not training.saved and not project.items("job")


def test_a_training_is_ours_however_long_saving_takes(project, start, another, monkeypatch):
    monkeypatch.setattr(leases, "LEASE_S", 0.4)
    held: list[bool] = []

    def slow() -> None:
        (item,) = project.items("job")
        until = time.monotonic() + 1.2
        while time.monotonic() < until or len(held) < 4:
            held.append(another.elsewhere([item.id]) == {item.id})
            time.sleep(0.02)

    def to_bytes(_point: ResumePoint) -> bytes:
        slow()
        return b"point"

    monkeypatch.setattr(ResumePoint, "to_bytes", to_bytes)
    training = start(lambda _into: slow())
    training.step(_Step(0.5, point(1)))
    wait_until(lambda: POINT in project.items("job")[0].parts)
    assert len(held) > 3 and all(held)
    training.step(None)
    assert training.run.wait(10)
    assert all(held) and not project.items("job")


def test_two_servers_do_not_go_on_with_one_training(project, another):
    item = project.add("job", "Training", {})
    runs.claim(project, item)
    for refused in (runs.claim, runs.discard):  # by somebody else on this one
        with pytest.raises(TakenError):
            refused(project, item)
    with pytest.raises(TakenError):
        another.take(item.id)
    project.leases.free(item.id)
    another.take(item.id)
    for refused in (runs.claim, runs.discard):
        with pytest.raises(TakenError):
            refused(project, item)
    assert [left.id for left in project.items("job")] == [item.id]


def test_a_training_in_place_of_one_on_another_server_cancels_that(project, start, another):
    before = project.add("job", "Training", {}, {POINT: b"half"})
    another.take(before.id)
    first = start()
    queue, gate = JobQueue(name="test"), threading.Event()

    def work() -> Iterator[_Step]:
        gate.wait(10)
        yield _Step(1.0)

    job = queue.submit(work, title="Training", owner="you")
    arguments = (project, job, {"room": "lab"}, {}, first.following(None))
    with pytest.raises(TakenError):
        runs.begin(*arguments, before=before, goes_on=True)
    assert another.renew([before.id]) == {before.id: False}
    run = runs.begin(*arguments, before=before)
    try:
        assert another.renew([before.id]) == {before.id: True}
        assert run.item.id != before.id and POINT in project.item(before.id).parts
    finally:
        gate.set()
        assert run.wait(10)


def test_a_training_in_place_of_one_that_goes_on_here_cancels_that(project, start):
    first, second = start(), start()
    (before, _) = project.items("job")
    arguments = (project, second.job, {"room": "lab"}, {}, second.following(None))
    with pytest.raises(TakenError):
        runs.begin(*arguments, before=before, goes_on=True)
    assert not first.job.cancel_requested
    run = runs.begin(*arguments, before=before)
    assert first.job.cancel_requested and run.item.id != before.id
    second.step(None)
    assert run.wait(10)


def test_links_stay_as_they_are_while_another_server_saves_by_them(project, another):
    item = project.add("job", "Training", {})
    another.take(item.id)
    with pytest.raises(UnderWayError, match="on another server"):
        runs.replace_links(project)
    assert project.name == "Flowers"
    another.free(item.id)
    assert runs.replace_links(project).name == "Flowers"


_SCRIPT = """
import sys, time
from core.engine import JobQueue
from core.learning.resuming import ResumePoint
from core.projects import Projects, leases, runs
from tests.core.projects.test_runs import POINT, _Step, point, so_far
runs._RENEW_S, leases.LEASE_S = 0.02, 2.0
def work():
    yield _Step(0.5, point(7))
    time.sleep(60)
project = Projects(*sys.argv[1:3]).open(sys.argv[3])
job = JobQueue().submit(work, title="Training", owner="me")
follow = runs.Following(
    lambda step: runs.Progress(step.share, "half"), so_far, print
)
run = runs.begin(project, job, {}, {}, follow)
while POINT not in project.item(run.item.id).parts:
    time.sleep(0.01)
print("saved", flush=True)
run.wait()
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_after_a_kill_the_item_says_how_far_it_was_and_has_its_point(
    request, local, opened, kind, tmp_path, monkeypatch
):
    monkeypatch.setenv("GRAFT_CACHE", str(tmp_path / "cache"))
    places = local
    if kind == "postgresql":
        places = request.getfixturevalue("postgresql")(), request.getfixturevalue("s3")
    project = opened(*places).create("Flowers")
    command = [sys.executable, "-c", textwrap.dedent(_SCRIPT), *places, project.token]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=child_environment()) as process:
        assert process.stdout is not None and process.stdout.readline() == b"saved\n"
        (item,) = project.items("job")
        time.sleep(2.5)  # longer than a lease lasts there
        assert runs.is_elsewhere(project, item)
        with pytest.raises(TakenError):
            runs.claim(project, item)
        process.kill()
    killed = time.monotonic()
    wait_until(lambda: not runs.is_elsewhere(project, item))
    assert time.monotonic() - killed < 2.0 + SLACK
    runs.claim(project, item)
    (item,) = project.items("job")
    assert runs.of(item) is None
    assert (item.about["share"], item.about["saved"]) == (0.5, "half")
    assert ResumePoint.from_bytes(project.read(item, POINT)).number == 7
