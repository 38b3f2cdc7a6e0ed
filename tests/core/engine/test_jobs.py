"""Long work in the background."""

from __future__ import annotations

import gc
import threading
import time
import traceback
import weakref

import pytest

from core.engine.job import JobState
from core.engine.jobs import _KEPT, _KEPT_PER_OWNER, JobQueue
from core.engine.pool import Pool
from core.errors import DiskFullError, InvalidInputError, QueueFullError
from tests.waiting import wait_until

WAIT_S = 10


@pytest.fixture
def queue():
    queue = JobQueue(workers=1, name="test")
    yield queue
    queue.close()


class Steps:
    """Work that yields one number per permit, and notes when it is closed."""

    def __init__(self, count=100) -> None:
        self.count = count
        self.permits = threading.Semaphore(0)
        self.yielded = [threading.Event() for _ in range(count)]
        self.closed = threading.Event()

    def __call__(self):
        self.steps = self._steps()  # held, or the end of its last reference would close it
        return self.steps

    def _steps(self):
        try:
            for number in range(self.count):
                assert self.permits.acquire(timeout=WAIT_S)
                self.yielded[number].set()
                yield number
        finally:
            self.closed.set()


@pytest.fixture
def blocked(queue):
    """A queue whose worker is held by a job of owner `x`, and what lets it go."""
    steps = Steps(1)
    queue.submit(steps, title="holds the worker", owner="x")
    wait_until(lambda: queue.jobs("x")[0].started)
    yield queue, steps.permits.release
    steps.permits.release()


def result(job):
    assert job.wait(WAIT_S)
    return job.result()


def submit(queue, owner, order=None, name=None):
    def work():
        order.append(name or owner)
        yield

    return queue.submit(work if order is not None else lambda: iter(()), title="t", owner=owner)


def test_the_last_snapshot_is_the_result(queue):
    job = queue.submit(lambda: iter([1, 2, 3]), title="count", owner="a")
    assert result(job) == 3
    assert (job.state, job.is_over, job.title, job.owner) == (JobState.DONE, True, "count", "a")
    assert job.elapsed_s >= 0


def test_snapshots_can_be_seen_while_it_runs(queue):
    steps = Steps(2)
    job = queue.submit(steps, title="t", owner="a")
    assert not job.wait(0.01)
    steps.permits.release()
    assert steps.yielded[0].wait(WAIT_S)
    wait_until(lambda: job.snapshot is not None)
    assert (job.snapshot, job.state) == (0, JobState.RUNNING)
    steps.permits.release()
    assert result(job) == 1


def test_cancel_keeps_the_partial_result_and_closes_the_work(queue):
    steps = Steps()
    job = queue.submit(steps, title="t", owner="a")
    steps.permits.release(2)
    assert steps.yielded[1].wait(WAIT_S)
    wait_until(lambda: job.snapshot == 1)
    queue.cancel(job)
    steps.permits.release()
    assert job.wait(WAIT_S)
    assert (job.state, job.snapshot, result(job)) == (JobState.CANCELLED, 2, 2)
    assert steps.closed.is_set()
    assert not steps.yielded[3].is_set()


def test_cancel_while_it_waits_ends_it_at_once_and_it_never_runs(blocked):
    queue, release = blocked
    order = []
    job = submit(queue, "a", order)
    queue.cancel(job)
    assert (job.state, job.is_over, queue.position(job)) == (JobState.CANCELLED, True, 0)
    last = submit(queue, "a", order, "last")
    release()
    assert last.wait(WAIT_S)
    assert order == ["last"]


def test_a_job_asked_to_end_before_its_turn_does_nothing(blocked):
    queue, release = blocked
    order = []
    job = submit(queue, "a", order)
    job.cancel()
    release()
    assert job.wait(WAIT_S)
    assert (job.state, order) == (JobState.CANCELLED, [])


def test_a_disk_that_is_full_is_a_sentence_and_the_next_job_is_done(queue):
    def write():
        yield 1
        with open("/dev/full", "wb") as file:
            file.write(b"x")

    job = queue.submit(write, title="Write", owner="a")
    with pytest.raises(DiskFullError, match="a disk that is full") as failure:
        assert job.wait(WAIT_S) and job.result()
    assert "/dev" not in str(failure.value)
    after = queue.submit(lambda: iter([1]), title="Next", owner="a")
    assert after.wait(WAIT_S) and after.state is JobState.DONE


@pytest.mark.parametrize("when", ["called", "driven", "closed"])
def test_a_failure_is_kept_and_the_worker_lives_on(queue, when):
    def work():
        if when == "called":
            raise InvalidInputError("bad")
        return steps()

    def steps():
        try:
            yield "partial"
            if when == "driven":
                raise InvalidInputError("bad")
            yield "more"
        finally:
            if when == "closed":
                raise InvalidInputError("bad")

    job = queue.submit(work, title="t", owner="a")
    with pytest.raises(InvalidInputError, match="bad"):
        result(job)
    assert isinstance(job.error, InvalidInputError)
    assert job.state is JobState.FAILED
    assert job.snapshot == {"called": None, "driven": "partial", "closed": "more"}[when]
    assert result(queue.submit(lambda: iter([1]), title="t", owner="a")) == 1


def test_even_an_exit_does_not_take_the_worker_along(queue):
    def work():
        raise SystemExit
        yield

    job = queue.submit(work, title="t", owner="a")
    assert job.wait(WAIT_S) and job.state is JobState.FAILED
    assert result(queue.submit(lambda: iter([1]), title="t", owner="a")) == 1


def test_a_bug_is_logged_with_its_traceback_and_a_refusal_is_not(queue, caplog):
    def work(error):
        raise error
        yield

    for error in (InvalidInputError("refused"), ZeroDivisionError("a bug")):
        job = queue.submit(lambda error=error: work(error), title="t", owner="a")
        assert job.wait(WAIT_S)
    assert "a bug" in caplog.text and "refused" not in caplog.text


def test_owners_take_turns(blocked):
    queue, release = blocked
    order = []
    jobs = [submit(queue, "a", order, name) for name in ("a1", "a2", "a3")]
    jobs += [submit(queue, "b", order, name) for name in ("b1", "b2")]
    release()
    for job in jobs:
        assert job.wait(WAIT_S)
    assert order == ["a1", "b1", "a2", "b2", "a3"]


def test_a_newcomer_comes_right_after_the_job_that_runs(queue):
    order, steps = [], Steps(1)
    first = queue.submit(steps, title="t", owner="a")
    wait_until(lambda: first.started)
    jobs = [submit(queue, "a", order, name) for name in ("a2", "a3")]
    jobs.append(submit(queue, "b", order, "b1"))
    assert [queue.position(job) for job in jobs] == [2, 3, 1]
    steps.permits.release()
    for job in jobs:
        assert job.wait(WAIT_S)
    assert order == ["b1", "a2", "a3"]


def test_a_cancelled_turn_is_not_counted_against_its_owner(blocked):
    queue, release = blocked
    order = []
    for _ in range(3):
        queue.cancel(submit(queue, "a", order, "cancelled"))
    jobs = [submit(queue, "b", order, name) for name in ("b1", "b2")]
    jobs.append(submit(queue, "a", order, "a1"))
    release()
    for job in jobs:
        assert job.wait(WAIT_S)
    assert order == ["b1", "a1", "b2"]


def test_a_position_counts_down_to_nothing(blocked):
    queue, release = blocked
    jobs = [submit(queue, "a") for _ in range(2)]
    assert [queue.position(job) for job in jobs] == [1, 2]
    release()
    assert jobs[1].wait(WAIT_S)
    assert [queue.position(job) for job in jobs] == [0, 0]


def test_two_workers_run_two_jobs_at_once():
    queue = JobQueue(workers=2)
    both = threading.Barrier(2, timeout=WAIT_S)

    def work():
        yield both.wait()

    jobs = [queue.submit(work, title="t", owner="a") for _ in range(2)]
    assert {result(job) for job in jobs} == {0, 1}
    queue.close()


def test_a_queue_can_be_made_wider_and_narrower(blocked):
    queue, release = blocked
    work = [Steps(1) for _ in range(3)]
    jobs = [queue.submit(steps, title="t", owner="a") for steps in work]
    queue.resize(3)
    wait_until(lambda: jobs[0].started and jobs[1].started)
    assert not jobs[2].started
    queue.resize(1)
    work[0].permits.release()
    assert jobs[0].wait(WAIT_S)
    assert not jobs[1].wait(0.1)  # time for its worker to take the next one
    assert not jobs[2].started
    release()
    for steps in work:
        steps.permits.release()
    for job in jobs:
        assert job.wait(WAIT_S)


def test_who_has_as_many_jobs_waiting_as_may_is_told_so_and_loses_none(blocked):
    queue, release = blocked

    def ask(owner):
        return queue.submit(lambda: iter([owner]), title="t", owner=owner, most_waiting=2)

    waiting = [ask("a"), ask("a")]
    refused = ask("a")
    assert refused.is_over and refused.state is JobState.FAILED
    assert refused._work is None  # it lets go of what it would have worked on
    with pytest.raises(QueueFullError, match=r"Expected at most 2 of your jobs.*Received: one mo"):
        refused.result()
    other = ask("b")
    assert refused not in queue.jobs() and queue.position(other) == 2  # fair as before
    queue.cancel(waiting.pop())
    waiting.append(ask("a"))
    release()
    assert [result(job) for job in (*waiting, other)] == ["a", "a", "b"]


def test_jobs_are_listed_by_owner_newest_first(queue):
    a, b, c = (submit(queue, owner) for owner in "aba")
    assert queue.jobs() == [c, b, a]
    assert queue.jobs("a") == [c, a]
    assert c.wait(WAIT_S)


def test_of_those_that_ended_only_the_last_few_are_kept(queue):
    held = [submit(queue, "a") for _ in range(_KEPT_PER_OWNER + 5)]
    assert all(job.wait(WAIT_S) for job in held)
    held.append(submit(queue, "a"))
    assert len(queue.jobs("a")) <= _KEPT_PER_OWNER + 1


def test_what_ended_goes_with_whoever_has_asked_for_it(queue):
    """Also while its worker waits for the next job, which may never come."""

    class Result:
        pass

    job = queue.submit(lambda: iter([Result()]), title="t", owner="a")
    snapshot = weakref.ref(result(job))
    assert queue.jobs() == [job]
    del job
    wait_until(lambda: gc.collect() >= 0 and snapshot() is None)
    assert queue.jobs() == []


def test_visitors_who_left_do_not_pile_up(queue):
    held = [submit(queue, f"visitor {visitor}") for visitor in range(_KEPT + 20)]
    assert all(job.wait(WAIT_S) for job in held)
    held.append(submit(queue, "one more"))
    assert len(queue.jobs()) <= _KEPT + 1
    assert held[-1].wait(WAIT_S)
    wait_until(lambda: not queue._long.lines)


def test_visitors_who_had_their_turn_are_forgotten_while_others_wait(blocked):
    queue, release = blocked
    owners = []

    def look():
        owners.append(set(queue._long.lines))
        yield

    jobs = [queue.submit(look, title="t", owner="a") for _ in range(3)]
    jobs += [submit(queue, f"visitor {i}") for i in range(5)]
    release()
    for job in jobs:
        assert job.wait(WAIT_S)
    assert len(owners[0]) > 5
    assert owners[1] == {"a"}


def test_what_a_job_worked_on_is_let_go(queue):
    job = submit(queue, "a")
    assert job.wait(WAIT_S)
    assert job._work is None


def test_what_a_job_that_failed_had_in_hand_is_let_go(queue):
    held = []

    def work():
        network = Steps()
        held.append(weakref.ref(network))
        try:
            raise KeyError("first")
        except KeyError:
            yield from refuse(network)

    def refuse(network):
        yield 1
        raise InvalidInputError("no such photo")

    job = queue.submit(work, title="", owner="a")
    for _ in range(2):
        with pytest.raises(InvalidInputError, match="no such photo"):
            job.result()
    assert isinstance(job.error.__context__, KeyError)
    assert held[0]() is None
    asked = traceback.extract_tb(job.error.__traceback__)
    assert [frame.name for frame in asked].count("result") <= 1  # it does not grow


def test_close_ends_what_runs_and_what_waits_and_takes_no_more(blocked):
    queue, release = blocked
    running, waiting = queue.jobs("x")[0], submit(queue, "a")
    queue.close()
    assert waiting.state is JobState.CANCELLED
    release()
    assert running.wait(WAIT_S) and running.state is JobState.CANCELLED
    for thread in queue.threads:
        thread.join(WAIT_S)
        assert not thread.is_alive()
    with pytest.raises(RuntimeError, match="closed"):
        submit(queue, "a")


@pytest.fixture
def lanes():
    """A queue in which jobs of more than 0.3 s are long."""
    queue = JobQueue(workers=1, name="test", short_s=0.3)
    yield queue
    queue.close()


def endless():
    while True:
        time.sleep(0.01)
        yield


def spun(seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(0.01)
        yield time.monotonic()


def test_short_jobs_do_not_wait_behind_one_that_turned_out_long(lanes):
    long = lanes.submit(endless, title="long", owner="a")
    wait_until(lambda: long in lanes._long.running)
    for _ in range(6):
        asked = time.monotonic()
        assert result(lanes.submit(lambda: iter([1]), title="short", owner="b")) == 1
        assert time.monotonic() - asked < 1
    assert long.state is JobState.RUNNING
    lanes.cancel(long)
    assert long.wait(WAIT_S)


def test_short_jobs_run_by_turns_with_one_that_is_not_yet_known_to_be_long():
    queue = JobQueue(workers=1, short_s=60)
    long = queue.submit(endless, title="long", owner="a")
    wait_until(lambda: long.started)
    quick = [queue.submit(lambda: iter([1]), title="t", owner=f"{i}") for i in range(6)]
    for job in quick:
        assert job.wait(3)  # one turn of a second
    assert (long.state, queue.position(long)) == (JobState.RUNNING, 0)
    queue.close()
    assert long.wait(WAIT_S)


def test_a_job_that_turns_out_long_waits_for_those_that_are_with_what_it_has(lanes):
    first = lanes.submit(endless, title="first", owner="a", is_long=True)
    second = lanes.submit(lambda: spun(0.6), title="second", owner="b")
    wait_until(lambda: second.state is JobState.QUEUED and second.snapshot)
    assert (lanes.position(second), second.is_over) == (1, False)
    lanes.cancel(first)
    assert result(second) >= second.started + 0.6
    assert 0.3 < second.elapsed_s < 5


def test_a_job_that_waits_to_go_on_is_closed_by_cancel(lanes):
    closed = threading.Event()

    def work():
        try:
            yield from endless()
        finally:
            closed.set()

    lanes.submit(endless, title="first", owner="a", is_long=True)
    job = lanes.submit(work, title="second", owner="b")
    wait_until(lambda: job.state is JobState.QUEUED and job.started)
    lanes.cancel(job)
    assert closed.is_set() and job.state is JobState.CANCELLED


def test_what_nobody_looks_at_gives_way_as_soon_as_others_wait(queue):
    is_there = threading.Event()
    orphan = queue.submit(endless, title="t", owner="a", is_wanted=is_there.is_set)
    wait_until(lambda: orphan.started)
    assert not orphan.wait(0.2)  # in nobody's way
    assert result(queue.submit(lambda: iter([1]), title="t", owner="b")) == 1
    assert orphan.state is JobState.CANCELLED


def test_what_somebody_looks_at_is_not_given_up_for_others(queue):
    steps = Steps(2)
    job = queue.submit(steps, title="t", owner="a", is_wanted=lambda: True)
    other = queue.submit(lambda: iter([1]), title="t", owner="b")
    steps.permits.release(2)
    assert result(other) == 1
    assert (job.state, job.snapshot) == (JobState.DONE, 1)


def in_background(queue, steps):
    job = queue.submit(steps, title="nobody has asked", owner="server", is_background=True)
    wait_until(lambda: job.started)
    return job


def test_what_runs_in_the_background_gives_way_after_a_step_and_goes_on_later(queue):
    ahead, steps = Steps(2), Steps(1)
    unasked = in_background(queue, ahead)
    asked = queue.submit(steps, title="asked for", owner="a")
    assert asked.started is None
    ahead.permits.release()
    wait_until(lambda: asked.started)
    assert unasked.snapshot == 0
    ahead.permits.release()
    assert not ahead.yielded[1].wait(0.1)
    steps.permits.release()
    assert result(asked) == 0
    assert result(unasked) == 1
    assert ahead.closed.is_set()


def test_what_runs_in_the_background_waits_for_jobs_of_the_other_lane(lanes):
    steps, later = Steps(1), []
    asked = lanes.submit(steps, title="long", owner="a", is_long=True)
    wait_until(lambda: asked.started)
    unasked = lanes.submit(
        lambda: iter([later.append("unasked")]), title="t", owner="server", is_background=True
    )
    assert not unasked.wait(0.1)
    assert result(submit(lanes, "b", later)) is None
    steps.permits.release()
    result(asked)
    result(unasked)
    assert later == ["b", "unasked"]


def test_the_waiting_time_is_that_of_the_jobs_before(blocked):
    queue, release = blocked
    waiting = [submit(queue, "a") for _ in range(2)]
    assert queue.waiting_time(waiting[0]) is None  # nothing is known of what runs
    queue._durations["holds the worker"].append(queue.jobs("x")[0].elapsed_s + 8)
    expected = queue.waiting_time(waiting[0])
    assert 7 < expected.low_s == expected.high_s < 8
    assert queue.waiting_time(waiting[1]).high_s == float("inf")  # nor of the first of these
    queue._durations["t"].append(2)
    assert 9 < queue.waiting_time(waiting[1]).high_s < 10
    release()
    assert waiting[1].wait(WAIT_S)
    assert queue.waiting_time(waiting[1]) is None


def test_cancel_ends_a_wait_for_a_network_that_another_opens(queue):
    pool, opened = Pool(lambda: 100), threading.Event()

    def slow(reserve):
        reserve(60)
        assert opened.wait(WAIT_S)
        return "network"

    opener = threading.Thread(target=pool.get, args=("a", slow))
    opener.start()
    wait_until(lambda: pool.statistics().used)

    def open_small(reserve):
        reserve(60)
        return "another"

    try:
        for key, load in (("a", slow), ("b", open_small)):  # the same one; room beside it
            job = queue.submit(
                lambda key=key, load=load: iter([pool.get(key, load)]), title="t", owner="a"
            )
            wait_until(lambda job=job: job.started)
            assert not job.wait(0.2)
            queue.cancel(job)
            assert job.wait(1)
            assert (job.state, job.error) == (JobState.CANCELLED, None)
    finally:
        opened.set()
        opener.join()
    assert pool.get("b", open_small) == "another"


def test_a_network_whose_opener_was_cancelled_is_opened_by_who_waits_for_it(queue):
    pool, opened = Pool(lambda: 100), threading.Event()

    def block(reserve):
        reserve(60)
        assert opened.wait(WAIT_S)
        return "first"

    def load(reserve):
        reserve(60)
        return "mine"

    blocker = threading.Thread(target=pool.get, args=("a", block))
    blocker.start()
    wait_until(lambda: pool.statistics().used)
    job = queue.submit(lambda: iter([pool.get("b", load)]), title="t", owner="a")
    wait_until(lambda: "b" in pool._slots)
    answers = []
    other = threading.Thread(target=lambda: answers.append(pool.get("b", load)))
    other.start()
    queue.cancel(job)
    assert job.wait(2) and job.state is JobState.CANCELLED
    opened.set()
    for thread in (blocker, other):
        thread.join(WAIT_S)
    assert answers == ["mine"]


def test_a_queue_that_is_closed_with_patience_waits_until_jobs_have_tidied_up():
    tidied = []

    def work():
        try:
            while True:
                yield 0
                time.sleep(0.01)
        finally:
            time.sleep(0.2)
            tidied.append(True)

    queue = JobQueue()
    job = queue.submit(work, owner="me", title="Endless")
    wait_until(lambda: job.snapshot == 0)
    queue.close(patience_s=5)
    assert tidied == [True]
