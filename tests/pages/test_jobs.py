"""Jobs on pages: what they leave, who gives way to whom, and what a browser gets to draw."""

from __future__ import annotations

import gc
import itertools
import weakref
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st
from streamlit import runtime
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.session_manager import SessionInfo
from streamlit.runtime.state.session_state import SessionState
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager
from streamlit.testing.v1 import AppTest, local_script_runner

from core import engine
from core.engine import Job, JobState, TimeLeft
from core.memory import held as ledger
from core.memory.held import count_held
from core.sound.transfer.training import SoundTrainingSettings
from pages._sounds import training_downloads, training_input
from pages._transfer import export, features
from pages._transfer.state import LABS, Lab
from pages._ui import durations, jobs, visitors
from pages._ui.inputs import NamedPhoto
from tests.waiting import wait_until


def test_what_a_visitor_has_started_ends_when_the_session_is_forgotten():
    visitor, stays = visitors.Visitor(), visitors.Visitor()
    running, waiting, another = (
        engine.jobs.submit(lambda: itertools.repeat(0), title="endless", owner=who.name)
        for who in (visitor, visitor, stays)
    )
    del visitor
    assert running.wait(10) and waiting.wait(10)
    assert running.state is waiting.state is JobState.CANCELLED
    assert not another.is_over
    engine.jobs.cancel(another)
    assert another.wait(10)


def test_what_nobody_else_can_reach_ends_with_a_session_that_has_a_project(monkeypatch):
    st.session_state.clear()
    me = visitors.visitor()
    me.presence.has_project = True
    endless = {"queue": engine.saves}, {"in_project": False}, {}
    opening, checking, training = (
        jobs.start(f"{number}", "endless", lambda: itertools.repeat(0), **how)
        for number, how in enumerate(endless)
    )
    saving = engine.saves.submit(lambda: itertools.repeat(0), title="Saving", owner=me.name)
    st.session_state.clear()
    del me
    gc.collect()
    assert opening.wait(10) and checking.wait(10)
    assert not training.is_over and not saving.is_over
    engine.jobs.cancel(training)
    engine.saves.cancel(saving)
    assert training.wait(10) and saving.wait(10)


def test_sessions_are_forgotten_when_no_other_one_ends():
    storage = MemorySessionStorage(ttl_seconds=0)
    manager = WebsocketSessionManager(storage, None, None, lambda: None)

    ends, later, held = [], [], visitors.Visitor()
    gone = weakref.ref(held)
    session = SimpleNamespace(
        id="gone",
        session_state=SessionState(_old_state={"visitor": held}),
        shutdown=lambda: ends.append("gone"),
    )
    storage.save(SessionInfo(client=None, session=session))
    del held
    loop = SimpleNamespace(
        call_soon_threadsafe=lambda function, *arguments: function(*arguments),
        call_later=lambda _seconds, *again: later.append(again),
    )
    server = Runtime()
    server._session_mgr = manager
    server._get_async_objs = lambda: SimpleNamespace(eventloop=loop)
    assert gone() is not None
    visitors._look_after(server)
    assert gone() is None and ends == ["gone"] and len(later) == 1
    visitors._look_after(server)
    assert len(later) == 1  # once for all visitors
    function, *arguments = later[0]
    function(*arguments)
    assert len(later) == 2


def test_what_sessions_hold_is_counted_once(monkeypatch):
    photo = NamedPhoto("a.png", bytes(1000))
    server = Runtime()
    server._session_mgr = SimpleNamespace(
        list_sessions=lambda: [
            SimpleNamespace(session=SimpleNamespace(session_state=state))
            for state in (
                SessionState(_old_state={"one": photo}),
                SessionState(_new_session_state={"same": photo, "more": bytes(500)}),
            )
        ]
    )
    monkeypatch.setattr(runtime, "exists", lambda: True)
    monkeypatch.setattr(runtime, "get_instance", lambda: server)
    monkeypatch.setattr(ledger, "_ledger", ledger._Ledger())
    count_held("sessions", visitors._held)
    number, size = ledger.held()["sessions"]
    assert number == 2 and 1500 < size < 1600
    del server._session_mgr
    ledger._ledger.forget()
    assert ledger.held() == {"sessions": (0, 0)}


class Runtime:
    """Of Streamlit, as far as sessions go."""


def test_a_visitor_whose_work_waits_sees_for_how_many_jobs_and_how_long(visit):
    for job in engine.jobs.jobs():  # of tests before
        assert job.wait(60)
    holding = engine.jobs.submit(
        lambda: itertools.repeat(None), title="holds the worker", owner="somebody", is_long=True
    )
    try:
        app = visit("transfer.py", room="Smallest example")
        app.button(key="iris_start").click().run()
        (bar,) = app.get("progress")
        assert bar.proto.text.endswith("waiting for 1 job ahead of it")
        engine.jobs._durations["holds the worker"].append(holding.elapsed_s + 1000)
        app.run()
        assert app.get("progress")[0].proto.text.endswith(
            "waiting for 1 job ahead of it, about 17 min"
        )
        assert app.session_state["iris"].state is JobState.QUEUED
        app.button(key="iris_cancel").click().run()
        assert app.session_state["iris"].state is JobState.CANCELLED
        assert not app.get("progress")
    finally:
        engine.jobs.cancel(holding)
    assert holding.wait(10)


@pytest.fixture
def held():
    """A queue of computations whose worker for long jobs another visitor keeps busy."""
    holding = engine.jobs.submit(
        lambda: itertools.repeat(None), title="holds the worker", owner="somebody", is_long=True
    )
    wait_until(lambda: holding.started)
    yield
    engine.jobs.cancel(holding)
    assert holding.wait(10)


def test_one_job_too_many_says_why_on_its_page_and_costs_nothing(visit, held):
    app = visit("transfer.py", room="Smallest example")
    app.session_state["visitor"] = visitors.Visitor()
    me = app.session_state["visitor"].name
    waiting = [
        engine.jobs.submit(lambda: iter([1]), title="t", owner=me, is_long=True)
        for _ in range(jobs.MOST_WAITING)
    ]
    app.button(key="iris_start").click().run()
    assert not app.exception
    assert [box.value for box in app.error if "Expected at most 4 of your jobs" in box.value]
    assert not any(job.is_over for job in waiting)
    engine.jobs.cancel(waiting[0])
    app.button(key="iris_start").click().run()
    assert app.session_state["iris"].state is JobState.QUEUED and not app.error
    app.button(key="iris_start").click().run()  # in place of the one before there is room
    assert app.session_state["iris"].state is JobState.QUEUED
    for job in (*waiting, app.session_state["iris"]):
        engine.jobs.cancel(job)


def test_what_a_cancelled_job_has_left_is_saved_however_many_wait(held):
    st.session_state.clear()
    me = visitors.visitor().name
    waiting = [
        engine.jobs.submit(lambda: iter([1]), title="t", owner=me, is_long=True)
        for _ in range(jobs.MOST_WAITING)
    ]
    assert jobs.start("one more", "t", lambda: iter([1]), is_long=True).error is not None
    saving = jobs.start("saving", "t", lambda: iter([2]), goes_on=True)
    assert saving.wait(10) and saving.snapshot == 2
    for job in waiting:
        engine.jobs.cancel(job)


def interrupted(*arguments: object, **named: object) -> Any:
    raise RuntimeError("the script ended here")


def test_a_job_that_an_interrupted_script_could_not_start_is_started_by_the_next(monkeypatch):
    def asked(about: int) -> Job[int]:
        return jobs.start_anew("interrupted", about, "asked", lambda: iter([about]))

    assert asked(1).wait(10)
    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(jobs, "start", interrupted)
        asked(2)
    job = asked(2)
    assert job.wait(10) and job.snapshot == 2


@pytest.mark.parametrize(
    ("start", "mark"),
    [
        (lambda: export._start(SimpleNamespace(), [], ".zip"), "check_of"),
        (
            lambda: features._start(
                SimpleNamespace(digest="x"), SimpleNamespace(), SimpleNamespace()
            ),
            "features_of",
        ),
        (
            lambda: training_downloads._start(SimpleNamespace(test_part=list), SimpleNamespace()),
            "own_export_of",
        ),
    ],
)
def test_what_was_not_started_is_not_marked_as_started(monkeypatch, start, mark):
    monkeypatch.setattr(jobs, "start", interrupted)
    st.session_state.pop(mark, None)
    with pytest.raises(RuntimeError):
        start()
    assert mark not in st.session_state


def test_a_training_that_was_not_started_leaves_no_trace(monkeypatch):
    monkeypatch.setattr(jobs, "start", interrupted)
    work = training_input.sample_workspace()
    work.corrections[0] = None
    lab = Lab(work.original, "three")
    with pytest.raises(RuntimeError):
        training_input.TRAINER.begin(work, SoundTrainingSettings())
    with pytest.raises(RuntimeError):
        LABS.begin(lab, [])
    assert work.attempt is None and lab.attempt is None


def test_a_file_is_opened_after_an_interruption(visit, finish, monkeypatch):
    app = visit("transfer.py", room="Export")
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "start", interrupted)
        app.file_uploader(key="open_file").upload("x.keras", b"no classifier").run()
        assert app.exception
    app.run()
    finish(app, "open")
    assert app.error


def test_a_job_starts_anew_only_for_other_content():
    def about(content: bytes) -> tuple:
        return tuple(photo.identity for photo in [NamedPhoto("a.png", content)])

    def ask(content: bytes) -> Job:
        return jobs.start_anew("asked", about(content), "asked", lambda: iter([content]))

    st.session_state.clear()
    first = ask(b"one")
    assert ask(b"one") is first
    assert ask(b"two") is not first
    assert ask(b"two").wait(10) and ask(b"two").snapshot == b"two"


def test_a_result_that_was_finished_is_there_again_with_its_settings():
    def ask(about: object) -> Job:
        return jobs.start_anew("asked", about, "asked", lambda: iter([about]))

    st.session_state.clear()
    first = ask(1)
    assert first.wait(10)
    second = ask(2)
    assert second.wait(10)
    assert ask(1) is first and ask(2) is second and ask(1) is first
    stopped = jobs.start_anew("asked", 4, "asked", lambda: itertools.repeat(0))
    engine.jobs.cancel(stopped)
    assert stopped.wait(10)
    assert ask(1) is first and first.snapshot == 1
    assert ask(4) is not stopped  # what was cancelled is not kept


def of_results() -> None:
    import itertools

    import streamlit as st

    from pages._ui import jobs

    for name, work in (
        ("one", lambda: iter(["one"])),
        ("endless", lambda: itertools.repeat("part")),
        ("nothing", lambda: itertools.repeat(None)),
    ):
        st.button(name, on_click=jobs.start, args=("made", name, work))
    if (job := jobs.current("made")) is not None:
        jobs.panel("made", job, lambda step: (None, step))
        if job.is_over:
            st.markdown(f"shown: {jobs.outcome('made')}")


def press(app: AppTest, label: str) -> Job:
    next(b for b in app.button if b.label == label).click().run()
    assert not app.exception
    return app.session_state["made"]


def test_a_finished_result_stays_beside_one_that_was_cancelled(finish):
    app = AppTest.from_function(of_results, default_timeout=30).run()
    press(app, "one")
    finish(app, "made")
    assert app.markdown[-1].value == "shown: one"
    for _ in range(2):  # the second time after a cancelled one
        job = press(app, "endless")
        wait_until(lambda job=job: job.snapshot)
        press(app, "Cancel")
        finish(app, "made")
        assert app.markdown[-1].value == "shown: part"
        app.segmented_control(key="made_result").set_value("Previous finished run").run()
        assert app.markdown[-1].value == "shown: one"
        app.segmented_control(key="made_result").set_value("Cancelled run").run()
    press(app, "nothing")
    press(app, "Cancel")
    finish(app, "made")
    assert app.markdown[-1].value == "shown: one"


class Server:
    """A runtime that knows of some sessions."""

    def __init__(self) -> None:
        self.sessions: set[str] = set()

    def is_active_session(self, session: str) -> bool:
        return session in self.sessions


@pytest.fixture
def sessions(monkeypatch) -> set[str]:
    """Those whose browsers are connected."""
    server = Server()
    monkeypatch.setattr(runtime, "exists", lambda: True)
    monkeypatch.setattr(runtime, "get_instance", lambda: server)
    return server.sessions


def test_a_browser_that_is_gone_for_a_moment_is_still_there(sessions, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(visitors.time, "monotonic", lambda: clock[0])
    presence = visitors.Presence("mine")
    sessions.add("mine")
    assert presence()
    sessions.clear()
    for clock[0], is_there in ((200.0, True), (209.0, True), (211.0, False)):
        assert presence() is is_there
    sessions.add("mine")
    assert presence()
    sessions.clear()
    assert presence()  # counted anew


def test_what_a_reload_has_left_behind_does_not_hold_the_queue(sessions, monkeypatch):
    monkeypatch.setattr(visitors, "AWAY_S", 0.1)
    orphan = engine.jobs.submit(
        lambda: itertools.repeat(0),
        title="endless",
        owner="reloaded",
        is_long=True,
        is_wanted=visitors.Presence("reloaded"),
    )
    assert not orphan.wait(0.3)  # nobody else waits
    other = engine.jobs.submit(lambda: iter([1]), title="t", owner="other", is_long=True)
    assert other.wait(10) and orphan.state is JobState.CANCELLED


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.2, 0.4, "about 1 s left"),
        (8.4, 8.9, "about 9 s left"),
        (11, 14, "about 15 s left"),
        (11, 28, "15 to 30 s left"),
        (70, 200, "70 s to 4 min left"),
        (200, 400, "4 to 7 min left"),
        (1000, 1100, "about 19 min left"),
        (12, float("inf"), "at least 15 s left"),
    ],
)
def test_times_are_said_no_more_exactly_than_they_are_known(low, high, words):
    assert durations.left(TimeLeft(low, high)) == words


def with_fragment() -> None:
    import streamlit as st

    from pages._ui.fragments import fragment

    left, right = st.columns(2)
    with left:
        st.markdown("above")
        fragment(lambda: st.markdown("inside"), run_every=60)()
        st.markdown("below")
    right.markdown("beside")


def replay(messages: list) -> None:
    """Put deltas into a tree as Streamlit's browser part does, which knows no gaps."""
    children: dict[tuple[int, ...], int] = {(): 4, (0,): 0, (1,): 0, (2,): 0, (3,): 0}
    for message in messages:
        if message.WhichOneof("type") != "delta":
            continue
        *parent, index = message.metadata.delta_path
        count = children[tuple(parent)]
        assert index <= count, f"Bad delta path index {index} (should be between [0, {count}])"
        children[tuple(parent)] = max(count, index + 1)
        children.setdefault((*parent, index), 0)


def test_a_fragment_that_runs_again_before_all_is_sent_leaves_no_gap(monkeypatch):
    runners = []

    class Runner(local_script_runner.LocalScriptRunner):
        def __init__(self, *arguments, **named) -> None:
            super().__init__(*arguments, **named)
            runners.append(self)

    monkeypatch.setattr("streamlit.testing.v1.app_test.LocalScriptRunner", Runner)
    AppTest.from_function(with_fragment).run()
    unsent: ForwardMsgQueue = runners[-1].forward_msg_queue
    (fragment_id,) = {m.auto_rerun.fragment_id for m in unsent._queue if m.HasField("auto_rerun")}
    replay(unsent._queue)
    unsent.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=[fragment_id])
    texts = [m.delta.new_element.markdown.body for m in unsent._queue if m.HasField("delta")]
    assert "below" in texts and "inside" not in texts
    replay(unsent._queue)
