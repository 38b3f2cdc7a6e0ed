"""How long work will still take, by the pace at which it has got on."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

# Chosen on the traces of tests/core/engine/traces.json, where the forecasts hold.
_LEAST_S = 2.0  # of work, before anything is said
_LEAST_SHARE = 0.08  # of all
_LEAST_STEPS = 4
_RECENT = 0.4  # of the time so far: the pace may change
_SLACK = 1.2  # how far the pace of the rest may be from what was seen
_VAGUEST = 3.0  # ends of a range farther apart than that say nothing


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """Seconds that something will still take, at least and at most."""

    low_s: float
    high_s: float


class Progress:
    """What has been done when."""

    def __init__(self) -> None:
        self._times: list[float] = []
        self._shares: list[float] = []

    def add(self, elapsed_s: float, share: float | None) -> None:
        """After `elapsed_s`, `share` of the work is done, in [0, 1]; None: nobody knows."""
        if share is not None and (not self._shares or share > self._shares[-1]):
            self._times.append(elapsed_s)
            self._shares.append(share)

    def time_left(self, elapsed_s: float) -> TimeLeft | None:
        """What is left after `elapsed_s`; None as long as that cannot be known.

        The pace is measured from the first snapshot on, since what comes before it is
        preparation; over all of the time, and over the last part of it.
        """
        times, shares = self._times, self._shares
        if len(times) <= _LEAST_STEPS or shares[-1] >= 1:
            return None
        if times[-1] - times[0] < _LEAST_S or shares[-1] - shares[0] < _LEAST_SHARE:
            return None
        recent = bisect_left(times, times[-1] - _RECENT * (times[-1] - times[0]))
        recent = min(recent, len(times) - _LEAST_STEPS)
        paces = [_pace(times, shares, 0), _pace(times, shares, recent)]
        since_s = elapsed_s - times[-1]
        rest = 1 - shares[-1]
        low_s = max(0.0, rest * min(paces) / _SLACK - since_s)
        high_s = max(0.0, rest * max(paces) * _SLACK - since_s, since_s / 2)
        return TimeLeft(low_s, high_s) if high_s <= _VAGUEST * max(low_s, 1.0) else None


def _pace(times: list[float], shares: list[float], first: int) -> float:
    """Seconds that all of the work takes at the pace from there to now."""
    return (times[-1] - times[first]) / (shares[-1] - shares[first])
