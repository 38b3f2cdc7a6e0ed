"""The same answers and jobs as without a cluster, also where a node of it ends."""

from __future__ import annotations

import functools
import json
import operator
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest
from starlette.testclient import TestClient

from core import cluster, engine
from core.api.app import web_api
from core.cli.runners import run_here
from core.cluster import answers
from core.cluster.turns import Standing
from core.engine import JobState
from core.errors import InvalidInputError, UnknownNameError, WorkerError
from core.tasks import TASKS
from core.tasks.examples import filled
from core.tasks.task import JSON
from core.text import sentiment
from core.text.sentiment import reviews
from core.vision import classification
from tests.pages.conftest import opened
from tests.waiting import SLACK, wait_until

pytestmark = [
    pytest.mark.filterwarnings("default::DeprecationWarning", "default::ResourceWarning"),  # Ray's
    pytest.mark.timeout(300),  # the processes of a node take their time on a machine that is busy
]
LINEAR = "Words and pairs of words, linear"
REVIEW = "A film that I would watch again. The end is weak."
OF_OTHERS = pytest.mark.slow  # each family of deployments is another process to start
ANSWERED = (  # some of each family
    "classify",
    "embed",
    "explain",
    "sentiment",
    "explain-review",
    "documents",
    pytest.param("caption", marks=OF_OTHERS),
    pytest.param("colorize", marks=OF_OTHERS),
    pytest.param("sounds", marks=OF_OTHERS),
)


@pytest.fixture(scope="module")
def inputs(cat, beeps):
    files = {"photo": cat, "photos": [cat, cat], "sound": beeps}
    return {**files, "text": REVIEW, "texts": [REVIEW, "A cat."]}


@pytest.fixture(scope="module")
def beeps():
    import numpy as np

    from core.media import encode_wav

    wave = np.sin(np.arange(32_000) / 9) * (np.arange(32_000) % 8_000 < 3_000)
    return encode_wav((0.3 * wave).astype(np.float32), 16_000)


@pytest.mark.parametrize("name", ANSWERED)
def test_a_cluster_answers_as_this_process_does(nodes, inputs, name):
    task = TASKS[name]
    given, settings = {each.name: inputs[each.kind] for each in task.inputs}, task.settings()
    here, there = task(given, settings), cluster.run(task, given, settings)
    assert type(there) is type(here)
    assert alike(task.answer.of(there).model_dump(), task.answer.of(here).model_dump())


def alike(one, other):
    """Equal, numbers but for what the order of additions leaves."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(alike, one, other))
    return one == (pytest.approx(other, abs=1e-4) if isinstance(one, float) else other)


def test_arrays_of_answers_can_be_written_to(nodes, cat):
    vectors = cluster.run(TASKS["embed"], {"photos": [cat]}, TASKS["embed"].settings())
    vectors /= 2  # as some who call it do


def test_a_cluster_refuses_as_this_process_does(nodes, cat):
    task = TASKS["classify"]
    for given, settings, error in (
        ({"photo": b"no photo"}, task.settings(), InvalidInputError),
        ({}, task.settings(), InvalidInputError),
        ({"photo": cat}, task.settings(backbone="resnet51"), UnknownNameError),
    ):
        with pytest.raises(error) as here:
            task(given, settings)
        with pytest.raises(error) as there:
            cluster.run(task, given, settings)
        assert (type(there.value), str(there.value)) == (type(here.value), str(here.value))


def started(task, given, settings=None):
    settings = task.settings() if settings is None else settings
    return engine.jobs.submit(
        lambda: cluster.run(task, given, settings), title=task.title, owner="a test", is_long=True
    )


def test_a_job_of_a_cluster_ends_as_one_of_this_process(nodes, crops):
    task, given = TASKS["many-photos"], {"photos": [*crops[:6], b"no photo"]}
    *_, here = task(given, task.settings())
    there = started(task, given).result()
    assert there.errors == here.errors
    assert alike(json.loads(answer(task, there)), json.loads(answer(task, here)))


def answer(task, snapshot):
    return task.answer.of(snapshot).model_dump_json()


def test_a_job_of_a_cluster_is_refused_as_one_of_this_process(nodes):
    with pytest.raises(InvalidInputError, match="ZIP"):
        started(TASKS["train-texts"], {"archive": b"no archive"}).result()


def test_a_training_comes_back_with_its_classifier(nodes, greys, pack):
    photos = greys(8).photos
    files = {f"{photo.name.rstrip('0123456789')}/{photo.name}.jpg": photo.data for photo in photos}
    step = started(TASKS["train-photos"], {"archive": pack(files)}).result()
    assert step.evaluation.accuracy == 1
    classes = [step.model.classes[i] for i in step.model.predict([*files.values()]).argmax(axis=1)]
    assert classes == [name.split("/")[0] for name in files]


def nowhere_but_there(name):
    """A task that cannot run here; nodes know it by its name."""

    def function(*_, **__):
        raise AssertionError("it runs in this process")

    return replace(TASKS[name], function=function)


def test_the_web_api_has_its_work_done_by_the_cluster(nodes, cat):
    classify, many = nowhere_but_there("classify"), nowhere_but_there("many-photos")
    with TestClient(web_api([classify, many])) as client:
        answered = client.post("/classify", content=cat)
        assert answered.json()["labels"][0] == "Egyptian cat", answered.text
        refused = client.post("/classify", content=b"no photo")
        assert (refused.status_code, refused.json()["title"]) == (400, "Bad Request")
        job = client.post("/many-photos", files=[("photos", cat)] * 3).json()["links"]["self"]
        *_, end = client.get(f"{job.removeprefix('/api')}/events").iter_lines()
        assert '"state":"done"' in client.get(job.removeprefix("/api")).text, end
        result = client.get(f"{job.removeprefix('/api')}/result").json()
        assert [one["labels"][0] for one in result["results"]] == ["Egyptian cat"] * 3


def test_a_command_has_its_work_done_by_the_cluster(nodes, cat):
    for name, given in (("classify", {"photo": cat}), ("many-photos", {"photos": [cat]})):
        task = nowhere_but_there(name)
        *_, last = run_here(task, given, task.settings(), JSON)
        assert b"Egyptian cat" in last.content()


def test_a_job_of_a_cluster_is_cancelled_within_a_second_and_keeps_what_there_is(nodes, cat):
    task = TASKS["dream"]
    job = started(task, {"photo": cat})
    wait_until(lambda: job.snapshot is not None or job.is_over, 60)
    engine.jobs.cancel(job)
    assert job.wait(1.0 * SLACK)
    assert job.state is JobState.CANCELLED
    assert 0 <= task.share(job.snapshot) < 1
    wait_until(lambda: cluster.current_status().free_cpus >= 3 - 1, 5 * SLACK)  # 1 for replicas


def test_what_a_core_is_free_for_is_answered_here(nodes, cat):
    classify = replace(TASKS["classify"], function=lambda *_, **__: "here")
    answers.cores.release()
    try:
        assert cluster.run(classify, {"photo": cat}, classify.settings()) == "here"
    finally:
        assert answers.cores.acquire(blocking=False)  # it is free again
    assert cluster.run(classify, {"photo": cat}, classify.settings()) != "here"


def test_functions_that_pages_call_are_answered_by_the_cluster(nodes, cat):
    here = classification.classify(cat)
    there = cluster.spread(classification.classify)(cat)
    assert (there.labels, [*there.scores]) == (here.labels, pytest.approx([*here.scores]))
    with pytest.raises(InvalidInputError, match="photo"):
        cluster.spread(classification.classify)(b"no photo")


def test_generators_that_pages_drive_give_every_snapshot(nodes, crops):
    photos = [*crops[:5], b"no photo"]
    here = list(classification.classify_all(photos))
    there = list(cluster.every(classification.classify_all, photos))
    assert [getattr(one, "labels", str(one)) for one in there] == [
        getattr(one, "labels", str(one)) for one in here
    ]


def test_an_unexpected_error_of_a_job_names_nothing_of_its_node(nodes):
    with pytest.raises(WorkerError, match="which the log describes") as told:
        list(cluster.steps(map, int, ["one"]))
    assert "/" not in str(told.value) and "ray" not in str(told.value).lower()


@pytest.mark.slow  # Serve looks at averages of some seconds
def test_a_replica_is_added_where_many_wait_for_one(nodes):
    def replicas():
        now = cluster.current_status().deployments
        return sum(each.replicas.get("RUNNING", 0) for each in now if each.family == "texts")

    node, pool = nodes.add(), ThreadPoolExecutor(32)
    sleep = partial(answers._by_replica, "texts", partial(time.sleep, 1), [])
    try:
        for _ in range(2000):
            pool.submit(sleep)
        wait_until(lambda: replicas() == 2, 60)
    finally:
        pool.shutdown(cancel_futures=True)
        nodes.remove(node)


def test_work_apart_has_a_process_of_its_own(nodes):
    steps = [cluster.steps(map, operator.call, [os.getpid], apart=True) for _ in range(2)]
    pids = {list(each)[-1] for each in steps}
    assert len(pids) == 2
    assert os.getpid() not in pids


def test_pages_have_their_jobs_done_by_the_cluster(nodes, monkeypatch):
    @functools.wraps(sentiment.assess_all)
    def nowhere(*_, **__):
        raise AssertionError("it runs in this process")

    for module in (sentiment, reviews):  # where the page has it from, and where nodes look
        monkeypatch.setattr(module, "assess_all", nowhere)
    app = opened("sentiment.py", {"room": "Many reviews", "many_model": LINEAR})
    assert app.session_state["reviews"].wait(100)
    app.run()
    assert not app.exception
    assert not app.error
    assert "reviews of samples.csv" in "".join(each.value for each in app.markdown)


def test_the_engine_room_shows_the_cluster(nodes):
    app = opened("engine_room.py", {})
    assert not app.error
    (shown,) = [frame.value for frame in app.dataframe if "Node" in frame.value]
    assert [name.endswith("(head)") for name in shown["Node"]] == [True, False]
    assert [*shown["CPUs"]] == [0, 3]


def test_the_status_names_nodes_replicas_and_those_who_wait(nodes, cat):
    cluster.run(TASKS["classify"], {"photo": cat}, TASKS["classify"].settings())
    job = started(TASKS["dream"], {"photo": cat})
    wait_until(lambda: job.snapshot is not None or job.is_over, 60)
    now = cluster.current_status()
    assert [node.is_head for node in now.nodes] == [True, False]
    assert [node.cpus for node in now.nodes] == [0, 3]
    (photos,) = [each for each in now.deployments if each.family == "photos"]
    assert photos.replicas == {"RUNNING": 1}
    assert now.standings == [Standing("a test", running=1, waiting=0)]
    engine.jobs.cancel(job)
    wait_until(lambda: not cluster.current_status().standings, 10)


def test_no_request_is_lost_with_a_node(nodes, crops):
    """The last test of the cluster: which node works changes."""
    classify, dream = TASKS["classify"], TASKS["dream"]
    expected = [classify({"photo": crop}, classify.settings()).labels for crop in crops]
    settings = filled(dream, {"octaves": 1, "steps": 100})
    job = started(dream, {"photo": crops[0]}, settings)
    wait_until(lambda: job.snapshot is not None or job.is_over, 60)
    before = job.snapshot

    def ask(number):
        time.sleep(0.5)
        crop = {"photo": crops[number % len(crops)]}
        return cluster.run(classify, crop, classify.settings()).labels

    with ThreadPoolExecutor(16) as pool:
        answers = pool.map(ask, range(200))
        nodes.replace()
        answered = list(answers)
    assert answered == [expected[number % len(crops)] for number in range(200)]
    assert job.result() is not before
    assert dream.share(job.snapshot) == 1
