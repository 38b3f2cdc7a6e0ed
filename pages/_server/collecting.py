"""Python's garbage collector, now and then rather than after every run of a page.

Streamlit looks through all objects after each run, and nobody runs meanwhile. While libraries are
still imported that takes half a second; a page that shows how far a job is runs several times a
second, so that its job stood still.
"""

from __future__ import annotations

import gc
import threading
import time

_LEAST_S = 5.0
_SHARE = 0.02  # of the time, at most
_MIDDLE = 1  # the generation whose collections show that objects come and go


def start_collecting() -> threading.Event:
    """Collect garbage as long as objects come and go, until the event is set."""
    gc.freeze()  # libraries stay, and need not be looked through
    stop = threading.Event()
    threading.Thread(target=_collect, args=(stop,), name="collect", daemon=True).start()
    return stop


def _collect(stop: threading.Event) -> None:
    took_s, known = 0.0, -1
    while not stop.wait(max(_LEAST_S, took_s / _SHARE)):
        if (collections := gc.get_stats()[_MIDDLE]["collections"]) == known:
            continue
        known, began = collections, time.perf_counter()
        gc.collect()
        took_s = time.perf_counter() - began
