"""Whether weights can be downloaded here, found out without making anybody wait."""

from __future__ import annotations

import socket
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from core.settings import settings

_HOST = "https://storage.googleapis.com"  # Keras's weights; PyPI and TF-Hub are as far away
_TIMEOUT_S = 2.0
_WAIT_S = 0.3  # for an answer that comes at once, as on a machine without a network
_HOLDS_S = 60.0


@dataclass(slots=True)
class _Check:
    """What was last found out, and when; `thread` is finding out."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    answer: bool | None = None
    answered_at: float = 0.0
    thread: threading.Thread | None = None


_check = _Check()


def is_reachable() -> bool | None:
    """Whether the servers that weights come from can be reached; None while that is not known.

    `GRAFT_OFFLINE` decides where it is set: `1` says no, and `0` says yes. Otherwise a thread opens
    a connection, sends nothing, and its answer holds for a minute.
    """
    if (offline := settings().offline_as_set) is not None:
        return not offline
    with _check.lock:
        old = time.monotonic() - _check.answered_at > _HOLDS_S
        if _check.thread is None and (_check.answer is None or old):
            _check.thread = threading.Thread(target=_find_out, name="internet", daemon=True)
            _check.thread.start()
        thread = _check.thread if _check.answer is None else None
    if thread is not None:
        thread.join(_WAIT_S)
    return _check.answer


def _find_out() -> None:
    answer = _connects(*_address())
    with _check.lock:
        _check.answer, _check.answered_at, _check.thread = answer, time.monotonic(), None


def _address() -> tuple[str, int]:
    """Host and port of the proxy, the mirror, or the server itself."""
    target = urllib.request.getproxies().get("https") or settings().mirror or _HOST
    parts = urlsplit(target if "://" in target else f"http://{target}")
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _connects(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), _TIMEOUT_S).close()
    except (OSError, UnicodeError):
        return False
    return True
