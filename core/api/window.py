"""How often each owner may come, whatever the clock of the machine is set to."""

from __future__ import annotations

import time
from collections import deque

from limits import RateLimitItem


class MovingWindow:
    """Counts who came within the last seconds.

    `limits` itself counts by the time of day: once that is set back, whoever came before has to
    wait until it is as late again.

    Parameters
    ----------
    rate : how often within how many seconds.
    """

    def __init__(self, rate: RateLimitItem) -> None:
        self._most, self._seconds = rate.amount, rate.get_expiry()
        self._came: dict[str, deque[float]] = {}
        self._look_at = time.monotonic() + self._seconds

    def wait_s(self, owner: str) -> float:
        """Let an owner in, who is counted then; else in how many seconds to come again, above 0."""
        now = time.monotonic()
        self._forget(now)
        came = self._came.setdefault(owner, deque(maxlen=self._most))
        if len(came) == self._most and (left := came[0] + self._seconds - now) > 0:
            return left
        came.append(now)
        return 0.0

    def _forget(self, now: float) -> None:
        """Owners who have not come for long, now and then."""
        if now >= self._look_at:
            since, self._look_at = now - self._seconds, now + self._seconds
            self._came = {owner: came for owner, came in self._came.items() if came[-1] > since}
