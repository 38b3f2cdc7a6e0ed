"""How much memory things take."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import partial

import numpy as np

from core.engine.job import Job
from core.memory.sizes import resident_bytes, size_of


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


def test_the_inputs_of_a_job_count_until_it_is_over():
    job = Job("t", "me", partial(list, bytes(1000)))
    rest = len("t" + "me" + "queued")
    assert size_of(job) == 1000 + rest
    job.stop()
    assert size_of(job) < 1000


def test_what_was_counted_before_does_not_count_again():
    photo, seen = Example("a.png", bytes(100)), {}
    assert size_of(photo, seen=seen) == 105
    assert size_of([photo], b"four", seen=seen) == 4


def test_the_process_takes_what_its_arrays_take():
    before = resident_bytes()
    assert before is not None and before > 10 << 20
    array = np.ones(64 << 20, np.uint8)
    assert resident_bytes() - before > 32 << 20
    assert array[0] == 1
