"""The bounded pool that all sessions share."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from core import engine
from core.engine.pool import Pool
from core.errors import MemoryBudgetError
from tests.waiting import wait_until

PATIENCE_S = 20  # a test that waits longer has failed


@pytest.fixture
def pool() -> Pool[str]:
    return Pool(lambda: 100)


def loader(value, cost, loads=None):
    """A load function that notes its calls in `loads`."""

    def load(reserve):
        reserve(cost)
        if loads is not None:
            loads.append(value)
        return value

    return load


def keys(pool):
    return [entry.key for entry in pool.entries()]


def test_sixteen_threads_that_ask_at_once_cause_one_load(pool):
    loads, start = [], threading.Barrier(16, timeout=PATIENCE_S)

    def slow(reserve):
        reserve(10)
        loads.append(1)
        time.sleep(0.1)
        return object()

    def ask(_):
        start.wait()
        return pool.get("a", slow)

    with ThreadPoolExecutor(16) as threads:
        values = set(threads.map(ask, range(16)))
    assert len(values) == len(loads) == 1
    assert (pool.statistics().loads, pool.statistics().hits) == (1, 15)


def test_two_values_load_at_the_same_time(pool):
    both = threading.Barrier(2, timeout=PATIENCE_S)

    def load(reserve):
        reserve(10)
        both.wait()
        return 1

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(lambda key: pool.get(key, load), "ab")) == [1, 1]


def test_the_value_used_longest_ago_goes_first(pool):
    for key in "abc":
        pool.get(key, loader(key, 30))
    pool.get("a", loader("a", 30))
    assert keys(pool) == ["a", "c", "b"]
    pool.get("d", loader("d", 50))
    assert keys(pool) == ["d", "a"]
    assert pool.statistics().evictions == 2


def test_only_as_much_as_needed_is_evicted(pool):
    for key in "abc":
        pool.get(key, loader(key, 30))
    pool.get("d", loader("d", 40))
    assert keys(pool) == ["d", "c", "b"]


def test_the_budget_holds_at_every_moment_under_load(pool):
    sizes, end = [], threading.Event()

    def load(key, reserve):
        cost = 5 + key * 2  # of all keys together 192
        reserve(cost)
        sizes.append(pool.statistics().used)
        time.sleep(0.001)
        sizes.append(pool.statistics().used)
        return cost

    def get(i):
        key = i * 7 % 12
        return pool.get(key, partial(load, key))

    def watch():
        while not end.is_set():
            sizes.append(pool.statistics().used)

    watcher = threading.Thread(target=watch)
    watcher.start()
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(get, range(300)))
    end.set()
    watcher.join(PATIENCE_S)
    assert not watcher.is_alive()
    used = pool.statistics().used
    assert 0 < max(sizes) <= 100
    assert used == sum(entry.bytes for entry in pool.entries())
    assert pool.statistics().evictions > 10


def test_room_is_made_before_a_value_takes_it(pool):
    pool.get("a", loader("a", 80))

    def load(reserve):
        assert keys(pool) == ["a"]
        reserve(50)
        assert keys(pool) == []
        return "b"

    assert pool.get("b", load) == "b"


def test_a_load_that_fails_leaves_no_trace_and_is_tried_again(pool):
    def fail(reserve):
        reserve(90)
        raise OSError("no weights")

    with pytest.raises(OSError, match="no weights"):
        pool.get("a", fail)
    assert (pool.statistics().used, keys(pool)) == (0, [])
    assert pool.get("a", loader("fine", 90)) == "fine"


def test_a_load_that_fails_reaches_everybody_who_waits(pool):
    entered, fail = threading.Event(), threading.Event()

    def load(reserve):
        entered.set()
        assert fail.wait(PATIENCE_S)
        raise OSError("no weights")

    with ThreadPoolExecutor(2) as threads:
        futures = [threads.submit(pool.get, "a", load)]
        assert entered.wait(PATIENCE_S)
        futures.append(threads.submit(pool.get, "a", load))
        wait_until(lambda: pool.statistics().hits == 1)
        fail.set()
        for future in futures:
            with pytest.raises(OSError, match="no weights"):
                future.result(PATIENCE_S)


def test_what_is_larger_than_the_budget_is_refused_and_evicts_nobody(pool):
    pool.get("a", loader("a", 60))
    with pytest.raises(MemoryBudgetError, match="GRAFT_MEMORY_BUDGET_MIB"):
        pool.get("b", loader("b", 101))
    assert keys(pool) == ["a"]


class Load:
    """A load that takes `cost`, and ends when it is told to; `then` is what it does at its end."""

    def __init__(self, cost, then=lambda: "loaded"):
        self.cost, self.then = cost, then
        self.holds, self.end = threading.Event(), threading.Event()

    def __call__(self, reserve):
        reserve(self.cost)
        self.holds.set()
        assert self.end.wait(PATIENCE_S)
        return self.then()


def waits(pool, count):
    """Returns when so many threads wait in the pool."""
    wait_until(lambda: len(pool._waiting) >= count, PATIENCE_S)


def test_what_does_not_fit_beside_a_load_waits_until_that_can_be_evicted(pool):
    first = Load(60)
    with ThreadPoolExecutor(2) as threads:
        a = threads.submit(pool.get, "a", first)
        assert first.holds.wait(PATIENCE_S)
        b = threads.submit(pool.get, "b", loader("b", 41))
        waits(pool, 1)
        assert pool.get("c", loader("c", 40)) == "c"  # what fits need not wait
        assert not b.done()
        first.end.set()
        assert (a.result(PATIENCE_S), b.result(PATIENCE_S)) == ("loaded", "b")
    assert keys(pool) == ["b", "c"] or keys(pool) == ["c", "b"]
    assert pool.statistics().used == 81


def test_the_room_of_a_load_that_fails_goes_to_who_waits_for_it(pool):
    first = Load(60, then=lambda: 1 / 0)
    with ThreadPoolExecutor(2) as threads:
        a = threads.submit(pool.get, "a", first)
        assert first.holds.wait(PATIENCE_S)
        b = threads.submit(pool.get, "b", loader("b", 80))
        waits(pool, 1)
        first.end.set()
        assert b.result(PATIENCE_S) == "b"
        with pytest.raises(ZeroDivisionError):
            a.result(PATIENCE_S)


def test_many_that_do_not_fit_together_are_loaded_one_after_the_other(pool):
    start = threading.Barrier(8)

    def ask(key):
        start.wait(PATIENCE_S)
        return pool.get(key, loader(key, 70))

    with ThreadPoolExecutor(8) as threads:
        futures = [threads.submit(ask, key) for key in range(8)]
        assert [future.result(PATIENCE_S) for future in futures] == list(range(8))
    assert pool.statistics().used == 70
    assert pool._waiting == {}


def test_waiting_for_room_has_an_end_that_advises_to_try_again():
    pool, first = Pool(lambda: 100, patience_s=0.05), Load(60)
    with ThreadPoolExecutor(1) as threads:
        a = threads.submit(pool.get, "a", first)
        assert first.holds.wait(PATIENCE_S)
        with pytest.raises(MemoryBudgetError, match="Try again in a moment"):
            pool.get("b", loader("b", 41))
        assert pool.statistics().used == 60
        first.end.set()
        assert a.result(PATIENCE_S) == "loaded"
    assert pool.get("b", loader("b", 41)) == "b"


def test_of_two_who_hold_room_and_want_more_one_is_refused_and_the_other_goes_on(pool):
    """Else both would wait for ever: neither gives back what it holds while it waits."""

    def more():
        return pool.get(f"more {threading.get_ident()}", loader("more", 30))

    loads = [Load(50, then=more), Load(50, then=more)]
    with ThreadPoolExecutor(2) as threads:
        futures = [threads.submit(pool.get, i, load) for i, load in enumerate(loads)]
        assert all(load.holds.wait(PATIENCE_S) for load in loads)
        loads[0].end.set()
        waits(pool, 1)
        loads[1].end.set()
        assert futures[0].result(PATIENCE_S) == "more"
        with pytest.raises(MemoryBudgetError, match="while they are opened"):
            futures[1].result(PATIENCE_S)
    assert pool.statistics().used == 80 and pool._waiting == {}


def test_who_waits_for_the_value_of_another_who_waits_for_its_room_is_let_go(pool):
    outer = Load(60, then=lambda: pool.get("inner", loader("inner", 60)))
    with ThreadPoolExecutor(2) as threads:
        a = threads.submit(pool.get, "outer", outer)
        assert outer.holds.wait(PATIENCE_S)
        b = threads.submit(pool.get, "inner", loader("inner", 60))
        waits(pool, 1)
        outer.end.set()
        for future in (a, b):
            with pytest.raises(MemoryBudgetError):
                future.result(PATIENCE_S)
    assert pool.statistics().used == 0 and pool._waiting == {}


def test_a_load_that_wants_more_than_fits_beside_itself_is_refused_at_once(pool):
    load = Load(60, then=lambda: pool.get("inner", loader("inner", 60)))
    load.end.set()
    with pytest.raises(MemoryBudgetError, match="inner"):
        pool.get("outer", load)


def test_a_value_evicted_by_hand_is_loaded_again(pool):
    loads = []
    pool.get("a", loader("a", 10, loads))
    pool.evict("a")
    pool.evict("never there")
    pool.get("a", loader("a", 10, loads))
    assert loads == ["a", "a"]
    pool.clear()
    assert keys(pool) == [] and pool.statistics().used == 0


def test_statistics_and_entries_tell_what_happened(pool):
    pool.get("a", loader("first", 10))
    pool.get("a", loader("first", 10))
    (entry,) = pool.entries()
    assert (entry.key, entry.value, entry.bytes, entry.requests) == ("a", "first", 10, 2)
    assert 0 <= entry.used < 10
    statistics = pool.statistics()
    assert (statistics.used, statistics.budget) == (10, 100)
    assert (statistics.hits, statistics.loads, statistics.evictions) == (1, 1, 0)


def test_a_network_that_is_evicted_while_in_use_goes_on_working(lite0, images):
    before = lite0(images, "scores")[0]
    engine.pool.evict(("efficientnet_lite0", None, "f32"))
    assert lite0 not in [entry.value for entry in engine.pool.entries()]
    assert (lite0(images, "scores")[0] == before).all()


def test_a_network_too_large_for_the_budget_is_refused_by_name(monkeypatch):
    monkeypatch.setenv("GRAFT_MEMORY_BUDGET_MIB", "8")
    with pytest.raises(MemoryBudgetError, match=r"^hed_vgg16 needs about"):
        engine.predictor("hed_vgg16", layer="block1_conv2", precision="f32")
