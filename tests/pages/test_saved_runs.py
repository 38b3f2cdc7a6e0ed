"""Trainings of projects: other sessions follow them, and they outlive a restart of the server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import engine
from core.engine import JobState
from core.learning.resuming import ResumePoint
from core.media import encode_png
from core.optvis.openings import opening
from core.projects import Project, projects, runs
from core.projects.leases import Leases
from core.text.transfer.training import DocumentTrainingStep, train
from pages._documents.training_input import TRAINER
from pages._ui import jobs
from pages._ui.optimising_run import Run
from pages._ui.saved_runs import POINT
from tests.pages.conftest import opened
from tests.waiting import wait_until


class _Server:
    """What trains: in two rounds with a point after the first; it stops there until `go`."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.resumed_from: list[ResumePoint | None] = []

    def train(self, dataset, settings, cache, resume) -> Iterator[DocumentTrainingStep]:
        steps = list(train(dataset, settings, cache))
        if "low" not in dataset.classes:
            yield from steps  # the room opens on a sample
            return
        self.resumed_from.append(resume)
        kept = ResumePoint(1, {}, {"done": np.ones(3, "f4")})
        while not self.go.wait(0.01):
            yield replace(steps[0], stage="round 1 of 2", share=0.5, resume_point=kept)
        yield steps[-1]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Of the projects of this test alone; words and points several times a second."""
    monkeypatch.setenv("GRAFT_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(runs, "_RENEW_S", 0.02)
    yield
    runs._stopping.clear()


@pytest.fixture
def server(monkeypatch) -> Iterator[_Server]:
    made = _Server()
    monkeypatch.setattr(TRAINER, "_train", made.train)
    yield made
    made.go.set()
    for job in engine.jobs.jobs():
        if job.title.startswith("Training on Own"):
            engine.jobs.cancel(job)
            job.wait(60)
    wait_until(lambda: not runs._running, 60)


@pytest.fixture
def begin(server, visit, pack) -> Callable[[], tuple[AppTest, Project]]:
    """A function that lets a visitor with a project begin to train."""

    def start() -> tuple[AppTest, Project]:
        texts = {
            f"{name}/{i}.txt": f"A letter about the {name}, number {i}.".encode()
            for name in ("low", "high")
            for i in range(5)
        }
        app = visit("documents.py", room="Train your own", desk_source="Upload")
        app.session_state["desk_given"] = ("Own.zip", pack(texts), "1")
        app.query_params["desk_evidence"] = "Words"
        app.run()
        app.button(key="project_save").click().run()
        window = app.session_state["open_project"]
        wait_until(lambda: not window.is_saving, 60)
        button(app, "Train").click().run()
        app.run()
        project = projects().open(window.token)
        wait_until(lambda: point_of(project), 60)
        return app, project

    return start


def button(app: AppTest, label: str) -> Any:
    return next(button for button in app.button if button.label == label)


def point_of(project: Project) -> bool:
    """Whether a point of its training is saved."""
    return any(POINT in item.parts for item in project.items("job"))


def kinds(project: Project) -> list[str]:
    return [item.kind for item in project.items() if item.kind != "settings"]


def restart(app: AppTest) -> None:
    """End the server as a signal does: jobs with it, sessions too, and what is in its memory."""
    runs.leave()
    job = app.session_state["documents"]
    engine.jobs.cancel(job)
    job.wait(60)
    wait_until(lambda: not runs._running, 60)
    runs._stopping.clear()
    jobs.job_sharing._jobs.clear()


def test_a_reload_finds_the_training_with_its_progress(begin, server):
    app, project = begin()
    other = opened("documents.py", {"project": project.token})
    job = other.session_state["documents"]
    assert job is app.session_state["documents"] and job.state is JobState.RUNNING
    (bar,) = other.get("progress")
    assert bar.proto.value == 50 and "round 1 of 2" in bar.proto.text
    server.go.set()
    assert job.wait(60)
    wait_until(lambda: not runs._running, 60)
    for session in (other, app):
        session.run()
        assert session.session_state["documents_desk"].trained is not None
        session.run()
    assert kinds(project) == ["texts", "text-model"]  # once, whoever looks


def test_a_training_ends_and_is_saved_when_nobody_looks(begin, server):
    app, project = begin()
    job = app.session_state["documents"]
    assert app.session_state["visitor"].presence.has_project
    del app
    server.go.set()
    assert job.wait(60)
    wait_until(lambda: kinds(project) == ["texts", "text-model"], 60)
    work = opened("documents.py", {"project": project.token}).session_state["documents_desk"]
    assert work.trained is not None and work.job is None


def test_after_a_restart_it_is_interrupted_and_goes_on_from_its_last_point(begin, server):
    app, project = begin()
    restart(app)
    other = opened("documents.py", {"project": project.token})
    assert any("was interrupted" in text.value for text in other.markdown)
    said = [text.value for text in other.caption if "The server stopped" in text.value]
    assert said and "at 50% (round 1 of 2)" in said[0] and "Saved up to: round 1" in said[0]
    server.go.set()
    button(other, "Go on").click().run()
    assert other.session_state["documents"].wait(60)
    other.run()
    wait_until(lambda: not runs._running and not other.session_state["open_project"].is_saving, 60)
    (first, again) = server.resumed_from
    assert first is None and again is not None and again.number == 1
    other.run()
    assert other.session_state["documents_desk"].trained is not None
    assert kinds(project) == ["texts", "text-model"]
    assert not any("was interrupted" in text.value for text in other.markdown)


def test_an_interrupted_training_can_be_discarded_or_replaced(begin, server):
    app, project = begin()
    restart(app)
    other = opened("documents.py", {"project": project.token})
    button(other, "Discard").click().run()
    assert kinds(project) == ["texts"]
    assert not any("was interrupted" in text.value for text in other.markdown)


def test_who_discards_what_somebody_goes_on_with_follows_it(begin, server):
    app, project = begin()
    restart(app)
    first, second = (opened("documents.py", {"project": project.token}) for _ in range(2))
    (item,) = project.items("job")
    button(first, "Go on").click().run()
    wait_until(lambda: runs.of(item), 60)
    button(second, "Discard").click().run()
    assert second.session_state["documents"] is first.session_state["documents"]
    assert not any("was interrupted" in text.value for text in second.markdown)
    assert button(second, "Cancel")
    server.go.set()
    wait_until(lambda: kinds(project) == ["texts", "text-model"], 60)


def test_who_discards_what_somebody_is_about_to_go_on_with_does_not(begin, server):
    app, project = begin()
    restart(app)
    other = opened("documents.py", {"project": project.token})
    (item,) = project.items("job")
    runs.claim(project, item)
    for label in ("Discard", "Go on"):
        button(other, label).click()
    other.run()
    assert kinds(project) == ["texts", "job"] and len(server.resumed_from) == 1
    assert not any("interrupted" in text.value for text in other.markdown)
    assert button(other, "Cancel")


def test_what_was_saved_is_not_saved_again_after_going_on(begin, server):
    app, project = begin()
    restart(app)
    (item,) = project.items("job")
    assert item.about["number"] == 1
    project.change(item, about={**item.about, "saved": "round 1, as it was"})
    other = opened("documents.py", {"project": project.token})
    button(other, "Go on").click().run()
    wait_until(lambda: project.items("job")[0].about["share"] == 0.5, 60)
    assert project.items("job")[0].about["saved"] == "round 1, as it was"


def test_a_read_only_link_shows_the_training_and_may_not_end_it(begin, server):
    app, project = begin()
    reader = opened("documents.py", {"project": project.read_token})
    assert reader.session_state["documents"].state is JobState.RUNNING
    assert button(reader, "Cancel").disabled and not button(app, "Cancel").disabled
    restart(app)
    reader = opened("documents.py", {"project": project.read_token})
    assert any("was interrupted" in text.value for text in reader.markdown)
    assert not any(each.label in ("Go on", "Discard") for each in reader.button)


def test_cancelled_training_leaves_nothing_behind(begin, server):
    app, project = begin()
    button(app, "Cancel").click().run()
    wait_until(lambda: not runs._running, 60)
    assert kinds(project) == ["texts"]


@pytest.fixture
def elsewhere(begin) -> tuple[AppTest, Project, Leases]:
    """A visitor with a project whose training another server goes on with, and that server."""
    app, project = begin()
    restart(app)
    (item,) = project.items("job")
    another = Leases(projects().database, "another")
    another.take(item.id)
    return opened("documents.py", {"project": project.token}), project, another


def test_what_another_server_trains_is_followed_by_what_it_saves(elsewhere, server):
    app, project, another = elsewhere
    (bar,) = app.get("progress")
    assert bar.proto.value == 50 and "round 1 of 2" in bar.proto.text
    assert any("on another server" in text.value for text in app.caption)
    assert not any(each.label in ("Go on", "Discard") for each in app.button)
    reader = opened("documents.py", {"project": project.read_token})
    assert button(reader, "Cancel").disabled
    button(app, "Cancel").click().run()
    (item,) = project.items("job")
    assert another.renew([item.id]) == {item.id: True}


def test_what_another_server_has_trained_is_shown_when_it_has_ended(elsewhere, server):
    app, project, another = elsewhere
    (item,) = project.items("job")
    another.free(item.id)
    other = opened("documents.py", {"project": project.token})
    server.go.set()
    button(other, "Go on").click().run()
    wait_until(lambda: kinds(project) == ["texts", "text-model"], 60)
    work = app.session_state["documents_desk"]
    assert work.trained is None and work.saved.interrupted is not None  # as on another server
    app.run()
    assert work.trained is not None and work.saved.interrupted is None
    assert not any("interrupted" in text.value for text in app.markdown)
    app.run()
    assert kinds(project) == ["texts", "text-model"]


def test_who_goes_on_with_what_another_server_has_taken_meanwhile_follows_that(begin, server):
    app, project = begin()
    restart(app)
    other = opened("documents.py", {"project": project.token})
    (item,) = project.items("job")
    another = Leases(projects().database, "another")
    another.take(item.id)
    for label in ("Go on", "Discard"):
        button(other, label).click().run()
        assert len(server.resumed_from) == 1 and kinds(project) == ["texts", "job"]
        assert any("on another server" in text.value for text in other.caption)
        another.free(item.id)
        other.run()
        another.take(item.id)


def test_a_damaged_item_of_a_training_is_said(begin, server, tmp_path):
    app, project = begin()
    restart(app)
    (item,) = project.items("job")
    (file,) = tmp_path.rglob(item.parts[POINT].digest)
    file.write_bytes(b"damaged")
    other = opened("documents.py", {"project": project.token})
    button(other, "Go on").click().run()
    assert not other.exception
    assert any("could not be opened" in box.value for box in other.warning)


@pytest.fixture
def dream(visit) -> Iterator[Callable[[], tuple[AppTest, Project, threading.Event]]]:
    """A function that lets a visitor with a project begin to dream."""
    go = threading.Event()
    record = opening("dream").record

    def steps() -> Iterator[Run]:
        image = np.full((40, 60, 3), 90, np.uint8)
        while not go.wait(0.01):
            yield Run(image, 0.4, "step 4 of 10", [{"iteration": 4, "response": 1.0}], [], record)
        history = [{"iteration": i, "response": 1.0 + i} for i in (4, 10)]
        yield Run(image + 50, 1.0, "step 10 of 10", history, [], record)

    def start() -> tuple[AppTest, Project, threading.Event]:
        app = visit("dream.py")
        job = engine.jobs.submit(steps, title="Dreaming", owner="me")
        app.session_state["dream_job"] = job
        app.run()
        app.button(key="project_save").click().run()
        project = projects().open(app.session_state["open_project"].token)
        wait_until(lambda: any("picture" in item.parts for item in project.items("job")), 60)
        return app, project, go

    yield start
    go.set()
    wait_until(lambda: not runs._running, 60)


def test_a_picture_is_saved_when_it_is_done_and_shown_after_a_restart(dream):
    app, project, go = dream()
    go.set()
    wait_until(lambda: not runs._running, 60)
    app.run()
    assert kinds(project) == ["picture"]
    (item,) = project.items("picture")
    assert item.name.startswith("Dreaming, ")
    other = opened("dream.py", {"project": project.token})
    assert not any("Precomputed example" in text.value for text in other.caption)
    (kept,) = other.session_state["pictures_last"].values()
    assert kept.image.max() == 140 and kept.losses[-1] == {"iteration": 10.0, "response": 11.0}
    other.run()
    assert kinds(project) == ["picture"]


def test_a_picture_that_was_interrupted_is_shown_as_far_as_it_was(dream):
    app, project, _ = dream()
    runs.leave()
    engine.jobs.cancel(app.session_state["dream_job"])
    wait_until(lambda: not runs._running, 60)
    runs._stopping.clear()
    other = opened("dream.py", {"project": project.token})
    assert any("Dreaming was interrupted" in text.value for text in other.markdown)
    assert any("step 4 of 10" in text.value for text in other.caption)
    button(other, "Discard").click().run()
    assert kinds(project) == []


def test_a_picture_somebody_has_written_badly_is_refused_in_words(visit):
    project = projects().create("Bad")
    picture = encode_png(np.zeros((8, 8, 3), np.uint8))
    about = {"run": "dream_job", "about": {"photo": 3}}
    project.add("picture", "Bad", about, {"picture": picture, "losses": b"[]"})
    app = opened("dream.py", {"project": project.token})
    assert any("damaged" in box.value for box in app.error)
