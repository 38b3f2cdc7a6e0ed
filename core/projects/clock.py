"""The time by which things are deleted for good."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

_BEGAN, _BEGAN_S = datetime.now(UTC), time.monotonic()


def unhurried() -> datetime:
    """Now; earlier if the clock of the machine was set forward since this process began.

    What is deleted by it has been there for as long as it should, whatever the clock does.
    """
    return min(datetime.now(UTC), _BEGAN + timedelta(seconds=time.monotonic() - _BEGAN_S))
