"""Without a cluster, without Ray, without an answer."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from multiprocessing.connection import Listener
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from core import cluster, engine
from core.cli.commands import app
from core.cluster import driver, folders, jobs, link
from core.cluster.carrying import reader, writer
from core.cluster.connection import (
    CPUS_OF_REPLICA,
    CPUS_OF_WORK,
    ClusterError,
    NodeLostError,
)
from core.cluster.jobs import Work
from core.cluster.running import run_task
from core.cluster.streaming import _work
from core.engine import messages as messages_module
from core.errors import DiskFullError, InvalidInputError
from core.learning.resuming import ResumePoint
from core.learning.training import BaseTrainingStep
from core.settings import settings
from core.tasks import TASKS
from core.tasks.folders.buckets import BucketError

pytestmark = pytest.mark.filterwarnings("default::DeprecationWarning")  # Ray's
SENTIMENT, TRAIN = TASKS["sentiment"], TASKS["train-texts"]


def ask():
    (name,) = (each.name for each in SENTIMENT.inputs)
    return cluster.run(SENTIMENT, {name: ["A fine film."]}, SENTIMENT.settings())


def test_nothing_of_ray_is_imported_where_no_cluster_is_named(python, monkeypatch, tmp_path):
    monkeypatch.delenv("GRAFT_CLUSTER", raising=False)
    code = """
import sys
from pathlib import Path
from core import cluster, engine
from core.api.app import web_api
from core.tasks import TASKS
web_api()
task = TASKS["sentiment"]
cluster.run(task, {task.inputs[0].name: ["A fine film."]}, task.settings())
list(cluster.every(range, 3))
list(cluster.folder_steps(task, task.settings(), ["A film."], Path(sys.argv[1]), print))
cluster.spread(len)("")
print(*(name for name in sys.modules if name.split(".")[0] == "ray"))
"""
    assert python(code, tmp_path / "reviews.csv").split() == []


def test_without_ray_a_sentence_names_the_extra(monkeypatch):
    monkeypatch.setenv("GRAFT_CLUSTER", "auto")
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ClusterError, match="extra `cluster`"):
        ask()
    job = engine.JobQueue().submit(
        lambda: cluster.run(TRAIN, {"archive": b""}, TRAIN.settings()), title="", owner=""
    )
    with pytest.raises(ClusterError, match="extra `cluster`"):
        job.result()


def test_without_ray_a_folder_is_not_spread(monkeypatch, tmp_path, cat):
    monkeypatch.delenv("GRAFT_CLUSTER", raising=False)
    monkeypatch.setitem(sys.modules, "ray", None)
    (tmp_path / "cat.png").write_bytes(cat)
    words = ["classify", str(tmp_path), "-o", str(tmp_path / "classes.csv"), "--cluster"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 1
    assert "extra `cluster`" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["cat.png"]


def test_no_cluster_starts_for_an_empty_folder(monkeypatch, tmp_path):
    monkeypatch.setattr(folders, "connected", lambda _: pytest.fail("there is nothing to do"))
    words = ["classify", str(tmp_path), "-o", str(tmp_path / "classes.csv"), "--cluster"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 1
    assert result.stderr.endswith("Expected photo. Received: no such files.\n")


@pytest.mark.parametrize("scheme", ["", "ray://"])
def test_a_cluster_that_does_not_answer_is_named(scheme, monkeypatch):
    pytest.importorskip("ray", reason="needs Ray: pip install -r requirements-cluster.txt")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"{scheme}127.0.0.1:{free.getsockname()[1]}"
        monkeypatch.setenv("GRAFT_CLUSTER", address)
        with pytest.raises(ClusterError, match=f"cluster at {address}, .* Received: no answer"):
            ask()


def test_who_asks_in_the_next_seconds_is_told_at_once_why_a_cluster_fails(monkeypatch):
    asked = []

    def fail(address):
        asked.append(address)
        raise ClusterError("no answer")

    monkeypatch.setenv("GRAFT_CLUSTER", "127.0.0.1:1")
    monkeypatch.setattr(link, "check_answers", fail)
    monkeypatch.setattr(link, "_failures", {})
    for _ in range(2):
        with pytest.raises(ClusterError, match="no answer"):
            ask()
    assert asked == ["127.0.0.1:1"]
    monkeypatch.setenv("GRAFT_CLUSTER", "127.0.0.1:2")
    with pytest.raises(ClusterError, match="no answer"):
        ask()
    monkeypatch.setattr(link, "_FAILED_S", 0.0)
    monkeypatch.setattr(link, "_failures", {})
    for _ in range(2):
        with pytest.raises(ClusterError, match="no answer"):
            ask()
    assert len(asked) == 4


def test_what_is_no_cluster_is_not_waited_for_by_each_who_asks(monkeypatch):
    pytest.importorskip("ray", reason="needs Ray: pip install -r requirements-cluster.txt")
    monkeypatch.setattr(link, "_STARTS_WITHIN_S", 1.0)
    monkeypatch.setattr(link, "_failures", {})
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("GRAFT_CLUSTER", f"127.0.0.1:{silent.getsockname()[1]}")
        for _ in range(2):
            began = time.monotonic()
            with pytest.raises(ClusterError, match="perhaps something else answers"):
                list(link.ask("status"))
    assert time.monotonic() - began < 0.5


@pytest.mark.parametrize("error", [BucketError("no bucket"), DiskFullError("a full disk")])
def test_what_graft_itself_raises_is_no_lost_cluster_although_connections_raise_the_like(
    error, monkeypatch
):
    def fail():
        yield 1
        raise error

    monkeypatch.setitem(driver._ASKED, "fail", fail)
    monkeypatch.setattr(driver, "_closing", threading.Event())
    asked = object.__new__(link._Link)
    asked.cluster, asked._key = "here", b"key"
    with Listener(authkey=asked._key) as listener:
        asked._address = listener.address
        thread = threading.Thread(target=driver._accept, args=(listener,))
        thread.start()
        steps = asked.ask([("fail", ())])
        assert next(steps) == 1
        with pytest.raises(type(error), match=str(error)):
            next(steps)
        driver._closing.set()
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as waker:
            waker.connect(listener.address)  # asks for no answer: the thread may have ended already
        thread.join(10)
        assert not thread.is_alive()


def test_jobs_leave_room_for_a_replica_of_each_family_on_every_node():
    for cpus in range(1, 193):
        left = cpus - int(cpus / CPUS_OF_WORK) * CPUS_OF_WORK
        assert left > 4 * CPUS_OF_REPLICA


def test_what_stays_on_this_machine_runs_one_at_a_time_beside_a_cluster(monkeypatch):
    monkeypatch.setenv("GRAFT_CLUSTER", "127.0.0.1:1")
    first, second = cluster.here(range, 2), cluster.here(range, 1)
    assert next(first) == 0
    assert [next(second), next(second)] == [None, None]
    assert list(first) == [1]
    assert list(second) == [0]


@pytest.mark.parametrize("text", ["some", "host", "http://host:80", "host:", "ray://"])
def test_the_setting_is_none_auto_or_an_address(text, monkeypatch):
    monkeypatch.setenv("GRAFT_CLUSTER", text)
    with pytest.raises(InvalidInputError, match="GRAFT_CLUSTER to be none, auto or an address"):
        settings()


@pytest.fixture
def nodes_end(monkeypatch):
    """Nodes that send a snapshot each and end; what they were asked to go on from."""
    asked: list[int | None] = []

    def end_after(points):
        points = iter(points)

        def messages(_name, request, *_):
            work = reader()(request)[1]
            asked.append(getattr(work.keywords.get("resume"), "number", None))
            number = next(points)
            point = None if number is None else ResumePoint(number, {}, {})
            step = SimpleNamespace(resume_point=point)
            yield None
            yield writer()("snapshots", [step])
            raise NodeLostError

        monkeypatch.setattr(jobs, "ask", messages)
        return asked

    return end_after


def steps_of(task):
    return jobs.steps(Work(run_task, (task.name, {}, task.settings()), resumes=task.resumes))


def end_of(task):
    seen = []
    with pytest.raises(ClusterError, match="ended too early"):
        seen.extend(steps_of(task))
    return seen


def test_a_training_goes_on_from_its_last_point_as_long_as_there_is_a_new_one(nodes_end):
    asked = nodes_end([1, 2, 5, 5])
    end_of(TRAIN)
    assert asked == [None, 1, 2, 5]


def test_what_cannot_go_on_begins_again_once(nodes_end):
    asked = nodes_end([7, 8])
    end_of(TASKS["dream"])
    assert asked == [None, None]


def test_what_there_was_stays_while_another_node_begins(nodes_end):
    nodes_end([1, None])
    seen = []
    with pytest.raises(ClusterError):
        for step in steps_of(TRAIN):
            seen.append(step)
    first = next(i for i, step in enumerate(seen) if step is not None)
    assert first > 0
    assert all(step is not None for step in seen[first:])


@pytest.fixture(scope="module")
def texts(pack):
    return pack(
        {f"{'ab'[i % 2]}/{i}.txt": f"{('rockets', 'cakes')[i % 2]} {i}".encode() for i in range(12)}
    )


def test_where_no_snapshot_may_be_left_out_another_node_repeats_none(monkeypatch):
    ends = iter([3, 5])

    def messages(_name, request, *_):
        write, read = writer(), reader()
        done, end = 0, next(ends)
        for message in _work(request):
            _, some = read(message)
            done += len(some)
            yield write("snapshots", some)
            if done >= end:
                raise NodeLostError

    monkeypatch.setattr(jobs, "ask", messages)
    monkeypatch.setattr(messages_module, "_EVERY_S", 0)
    steps = jobs.steps(Work(range, (6,), every=True))
    with pytest.raises(ClusterError, match="ended too early"):
        received = []
        received.extend(each for each in steps if each is not None)
    assert received == [0, 1, 2, 3, 4]


def test_a_node_goes_on_from_the_point_that_it_is_given(texts):
    chosen = TRAIN.settings(evidence="words")

    def work(point):
        read = reader()
        work = Work(run_task, (TRAIN.name, {"archive": texts}, chosen, point))
        messages = map(read, _work(writer()("work", work)))
        return [content for _, content in messages]

    whole: list[BaseTrainingStep] = list(TRAIN({"archive": texts}, chosen))
    points = [step.resume_point for step in whole if step.resume_point is not None]
    *_, (last,) = work(points[-1])
    assert len(points) > 1
    assert last.attempts == whole[-1].attempts
    (refusal,) = work(ResumePoint(1, {}, {}))
    assert isinstance(refusal, InvalidInputError)  # since it is of no training


JOIN = """
import sys, ray
try:
    ray.init(sys.argv[1], log_to_driver=False)
except ConnectionError:
    print("refused")
"""


@pytest.mark.slow  # Ray asks for twenty seconds before it believes it
def test_a_cluster_of_this_machine_is_of_this_server_alone(monkeypatch):
    pytest.importorskip("ray", reason="needs Ray: pip install -r requirements-cluster.txt")
    monkeypatch.setenv("GRAFT_CLUSTER", "auto")
    try:
        *_, address = cluster.steps(_address)
        impatient = {"RAY_gcs_rpc_server_connect_timeout_s": "1"}
        joined = subprocess.run(
            [sys.executable, "-c", JOIN, address],
            env=os.environ | impatient,
            capture_output=True,
            text=True,
            check=False,
        )
        assert joined.stdout.strip() == "refused"
        assert "InvalidAuthToken" in joined.stderr
    finally:
        link.close()


def _address():
    import ray

    yield ray.get_runtime_context().gcs_address
