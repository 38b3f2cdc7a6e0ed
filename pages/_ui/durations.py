"""Times to come, in words, no more exact than they are known."""

from __future__ import annotations

import math

from core.engine import TimeLeft
from core.wording import counted

_ALIKE = 1.4  # ends of a range that are said as one number


def left(time: TimeLeft) -> str:
    """How long something still takes."""
    return f"{_span(time)} left"


def waiting(jobs: int, time: TimeLeft | None) -> str:
    """How many jobs are run first, and how long that takes, as far as it is known."""
    first = f"waiting for {counted(jobs, 'job')} ahead of it"
    return first if time is None else f"{first}, {_span(time)}"


def _span(time: TimeLeft) -> str:
    if math.isinf(time.high_s):
        return f"at least {_words(time.low_s)}"
    low, high = _words(time.low_s), _words(time.high_s)
    if time.high_s <= _ALIKE * time.low_s or low == high:
        return f"about {high}"
    number, unit = low.split()
    return f"{number if unit == high.split()[1] else low} to {high}"


def _words(seconds: float) -> str:
    """In seconds up to a minute and a half, in minutes above; rounded up to two digits or less."""
    if seconds < 90:
        step = 1 if seconds < 10 else 5
        return f"{max(1, math.ceil(seconds / step)) * step:.0f} s"
    return f"{math.ceil(seconds / 60):,} min"
