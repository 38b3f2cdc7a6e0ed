"""Time left, judged by how real jobs got on: `python -m tests.bench.time_left` recorded them.

On two cores that others used as well, November 2026: paces change by half within a job.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from core.engine.time_left import Progress, TimeLeft

TRACES = json.loads(Path(__file__).with_name("traces.json").read_text())


def forecasts(trace) -> list[tuple[float, TimeLeft | None]]:
    """The true seconds left and what was said, at 200 moments of a job."""
    progress, notes = Progress(), list(trace[:-1])
    end, said = trace[-1][0], []
    for now in np.linspace(0.25, end - 0.25, 200):
        while notes and notes[0][0] <= now:
            progress.add(*notes.pop(0))
        said.append((end - now, progress.time_left(now)))
    return said


@pytest.mark.parametrize("job", TRACES)
def test_no_job_takes_much_longer_than_was_said(job):
    for left_s, said in forecasts(TRACES[job]):
        assert said is None or left_s <= 1.5 * said.high_s + 2


@pytest.mark.parametrize("job", TRACES)
def test_jobs_seldom_end_long_before_it_was_said(job):
    said = [(left_s, said) for left_s, said in forecasts(TRACES[job]) if said is not None]
    too_long = sum(said.low_s > 2 * left_s + 2 for left_s, said in said)
    assert too_long <= 0.05 * len(said)


@pytest.mark.parametrize("job", TRACES)
def test_something_is_said_in_time(job):
    known = [said is not None for _, said in forecasts(TRACES[job])]
    assert np.mean(known) > 0.4
    assert not any(known[:10])  # nothing can be known at the start
    assert any(known[:100])


def told(points, now: float) -> TimeLeft | None:
    progress = Progress()
    for point in points:
        progress.add(*point)
    return progress.time_left(now)


def test_what_comes_before_the_first_step_does_not_count():
    """A network was opened for 20 s; then a step takes a second."""
    said = told([(20 + i, i / 100) for i in range(21)], 40.0)
    assert said.low_s <= 80 <= said.high_s <= 100


def test_a_pace_that_changes_is_a_range():
    steady = told([(i, i / 40) for i in range(21)], 20)
    slower = told(
        [*((i, i / 40) for i in range(11)), *((10 + 2 * i, (10 + i) / 40) for i in range(1, 11))],
        30,
    )
    assert steady.high_s / steady.low_s < 1.5 < slower.high_s / slower.low_s
    assert slower.low_s <= 40 <= slower.high_s * 1.2


def test_nothing_is_said_of_a_pace_that_jumps():
    assert (
        told([*((i, i / 100) for i in range(20)), *((20 + i, 0.7 + i / 50) for i in range(5))], 25)
        is None
    )


def test_nothing_is_said_of_what_nobody_knows():
    assert told([(i, None) for i in range(20)], 20) is None
    assert told([], 20) is None


def test_time_goes_by_between_two_steps_and_a_step_that_does_not_end_is_no_zero():
    points = [(i, i / 20) for i in range(11)]
    first, later, late = (told(points, now) for now in (10, 14, 40))
    assert later.low_s == pytest.approx(first.low_s - 4)
    assert late is None or late.high_s >= 15
