"""Requests of many threads joined into batches."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.engine.combining import Combiner
from tests.waiting import wait_until

WAIT_S = 10


class Gate:
    """Doubles its requests; the first batch waits until the gate opens, so that others pile up."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.entered, self.open = threading.Event(), threading.Event()

    def __call__(self, requests):
        self.batches.append(list(requests))
        self.entered.set()
        assert self.open.wait(WAIT_S)
        if -1 in requests:
            raise ValueError("a bad request")
        return [2 * request for request in requests]


def pile_up(gate, combine, requests, sizes=None):
    """Send 0, then all `requests` in order while it runs; returns the futures of the requests."""
    pool = ThreadPoolExecutor(len(requests) + 1)
    first = pool.submit(combine, 0)
    assert gate.entered.wait(WAIT_S)
    futures = []
    for position, request in enumerate(requests):
        futures.append(pool.submit(combine, request, size=sizes[position] if sizes else 1))
        wait_until(lambda count=position: len(combine._waiting) > count)
    gate.open.set()
    pool.shutdown()
    assert first.result(WAIT_S) == 0
    return futures


def test_a_lone_caller_gets_a_batch_of_its_own():
    batches = []
    combine = Combiner(lambda requests: batches.append(requests) or requests, max_size=8)
    assert [combine(i) for i in range(3)] == [0, 1, 2]
    assert batches == [[0], [1], [2]]


def test_every_thread_gets_its_own_answer():
    combine = Combiner(lambda requests: [2 * request for request in requests], max_size=8)
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(combine, range(2000))) == [2 * i for i in range(2000)]


def test_requests_that_wait_share_batches_of_at_most_the_maximum():
    gate = Gate()
    combine = Combiner(gate, max_size=4)
    futures = pile_up(gate, combine, range(1, 11))
    assert [future.result(WAIT_S) for future in futures] == [2 * i for i in range(1, 11)]
    assert gate.batches == [[0], [1, 2, 3, 4], [5, 6, 7, 8], [9, 10]]


def test_sizes_add_up_and_one_too_large_goes_alone():
    gate = Gate()
    combine = Combiner(gate, max_size=4)
    pile_up(gate, combine, [1, 2, 3, 4, 5], sizes=[3, 1, 2, 9, 1])
    assert gate.batches == [[0], [1, 2], [3], [4], [5]]


def test_an_exception_reaches_every_caller_of_its_batch_and_nobody_else():
    gate = Gate()
    combine = Combiner(gate, max_size=2)
    good, beside, bad, later = pile_up(gate, combine, [1, 2, -1, 3])
    assert (good.result(WAIT_S), beside.result(WAIT_S)) == (2, 4)
    for future in (bad, later):
        with pytest.raises(ValueError, match="a bad request"):
            future.result(WAIT_S)
    assert combine(5) == 10


def test_too_few_results_are_an_error_and_no_endless_wait():
    combine = Combiner(lambda requests: [], max_size=2)
    with pytest.raises(ValueError):
        combine(1)
