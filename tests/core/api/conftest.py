"""What tests of the web API share."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """An event for which a made-up job waits; it comes at the latest when the test is over."""
    event = threading.Event()
    yield event
    event.set()
