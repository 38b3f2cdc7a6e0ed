"""Results that give way to others, wherever they lie."""

from __future__ import annotations

import gc
from weakref import WeakSet

import pytest

from core.memory import results
from core.memory.results import SharedResults, shared_budget, shared_bytes


@pytest.fixture
def budget(monkeypatch):
    """Room for 100 bytes of results; those of other tests stay out of it."""
    monkeypatch.setattr(results, "_every", WeakSet())
    monkeypatch.setattr(results, "shared_budget", lambda: 100)


def test_what_was_used_longest_ago_goes_wherever_it_is(budget):
    photos, texts = SharedResults(), SharedResults()
    photos.put(1, bytes(40))
    texts.put(2, bytes(40))
    assert photos.get(1) == bytes(40)
    photos.put(3, bytes(30))
    assert texts.get(2) is None and len(photos) == 2
    assert shared_bytes() == (2, 70)
    texts.put(4, bytes(60))
    assert photos.get(1) is None and photos.get(3) is not None
    photos.forget(3)
    assert photos.get(3) is None and photos.bytes == 0


def test_a_result_that_takes_more_than_all_may_stays_until_the_next(budget):
    kept = SharedResults()
    kept.put("small", bytes(10))
    kept.put("huge", bytes(1000))
    assert kept.get("huge") is not None and kept.get("small") is None
    kept.put("small", bytes(10))
    assert kept.get("huge") is None and kept.get("small") is not None


def test_results_of_nobody_take_no_room(budget):
    kept = SharedResults()
    kept.put("a", bytes(60))
    del kept
    gc.collect()
    assert shared_bytes() == (0, 0)


def test_what_a_result_is_of_counts_too(budget):
    kept = SharedResults()
    kept.put("k" * 60, b"")
    kept.put(1, bytes(30))
    assert shared_bytes() == (2, 90)
    kept.put("k" * 20, b"")
    assert shared_bytes() == (2, 50) and kept.get(1) is not None


def test_whoever_runs_graft_says_how_much_they_take(monkeypatch):
    assert shared_budget() == 128 << 20
    monkeypatch.setenv("GRAFT_RESULTS_MIB", "3")
    assert shared_budget() == 1 << 20
