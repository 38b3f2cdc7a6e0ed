"""A server that frees space by itself, once an hour."""

from __future__ import annotations

import logging
import threading

from core.errors import GraftError
from core.projects.store import projects
from core.wording import counted

_log = logging.getLogger(__name__)
_HOUR_S = 3600.0


def start_sweeping() -> threading.Event:
    """Sweep the projects of this process now and every hour, until the event is set."""
    stop = threading.Event()
    threading.Thread(target=_sweep, args=(stop,), name="sweep", daemon=True).start()
    return stop


def _sweep(stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            if freed := projects().sweep():
                _log.info("projects: %s are free now", counted(freed, "byte"))
        except GraftError as err:
            _log.warning("projects were not swept: %s", err)
        stop.wait(_HOUR_S)
