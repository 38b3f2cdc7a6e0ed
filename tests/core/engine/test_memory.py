"""How much memory things take, and results that give way to others."""

from __future__ import annotations

import gc
import io
from dataclasses import dataclass
from weakref import WeakSet

import numpy as np
import pytest

from core.engine import memory
from core.engine.job import Job
from core.engine.memory import SharedResults, resident_bytes, shared_bytes, size_of


@dataclass(frozen=True, slots=True)
class Example:
    name: str
    data: bytes


def test_each_content_counts_once_wherever_it_is():
    photo = Example("a.png", bytes(100))
    assert size_of([photo, {"again": photo}], (Example("b", photo.data),)) == 5 + 100 + 1
    assert size_of(np.zeros((3, 4), np.float32), io.BytesIO(b"four"), None, Example) == 48 + 4


def test_what_refers_to_itself_is_counted_too():
    endless: list[object] = [b"four"]
    endless.append(endless)
    assert size_of(endless) == 4


def test_the_snapshot_of_a_job_counts():
    job = Job("t", "me", lambda: iter([]))
    job.snapshot = {"pixels": np.zeros(1000, np.uint8)}
    assert size_of(job) == 1000 + len("t" + "me" + "queued")


@pytest.fixture
def budget(monkeypatch):
    """Room for 100 bytes of results; those of other tests stay out of it."""
    monkeypatch.setattr(memory, "_every", WeakSet())
    monkeypatch.setattr(memory, "SHARED_BUDGET", 100)


def test_what_was_used_longest_ago_goes_wherever_it_is(budget):
    photos, texts = SharedResults(), SharedResults()
    photos.put("a", bytes(40))
    texts.put("b", bytes(40))
    assert photos.get("a") == bytes(40)
    photos.put("c", bytes(30))
    assert texts.get("b") is None and len(photos) == 2
    assert shared_bytes() == (2, 70)
    texts.put("d", bytes(60))
    assert photos.get("a") is None and photos.get("c") is not None
    photos.forget("c")
    assert photos.get("c") is None and photos.bytes == 0


def test_a_result_that_takes_more_than_all_may_stays_until_the_next(budget):
    results = SharedResults()
    results.put("small", bytes(10))
    results.put("huge", bytes(1000))
    assert results.get("huge") is not None and results.get("small") is None
    results.put("small", bytes(10))
    assert results.get("huge") is None and results.get("small") is not None


def test_results_of_nobody_take_no_room(budget):
    results = SharedResults()
    results.put("a", bytes(60))
    del results
    gc.collect()
    assert shared_bytes() == (0, 0)


def test_the_process_takes_what_its_arrays_take():
    before = resident_bytes()
    assert before is not None and before > 10 << 20
    array = np.ones(64 << 20, np.uint8)
    assert resident_bytes() - before > 32 << 20
    assert array[0] == 1
