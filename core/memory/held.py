"""What visitors have brought and made, which nobody else could make again: one bound for it all.

Whoever keeps such things says so by `count_held`, and asks by `room_for` before more of it comes.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from core.errors import MemoryBudgetError
from core.memory.sizes import size_of
from core.settings import settings

_FRESH_S = 2.0
_SHARE = 0.05  # of the time may go into looking


class Held(NamedTuple):
    """How many things of a kind there are, and how many bytes they take."""

    number: int
    bytes: int


class _Ledger:
    """What there was when somebody last looked, and what has come since."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.holders: dict[str, Callable[[], Iterable[object]]] = {}
        self.held: dict[str, Held] = {}
        self.came = 0  # since then
        self.coming = 0
        self._stale = float("-inf")

    def look(self) -> None:
        """Count anew, unless that was done a moment ago."""
        with self.lock:
            if (began := time.monotonic()) < self._stale:
                return
            seen: dict[int, object] = {}
            counted = {}
            for kind, things in self.holders.items():
                every = [*things()]
                counted[kind] = Held(len(every), size_of(*every, seen=seen))
            self.held, self.came = counted, 0
            ended = time.monotonic()
            self._stale = ended + max(_FRESH_S, (ended - began) / _SHARE)

    def forget(self) -> None:
        """Count anew when somebody asks next."""
        with self.lock:
            self._stale = float("-inf")

    @property
    def whole(self) -> int:
        """Bytes of all that is here or coming."""
        return sum(held.bytes for held in self.held.values()) + self.came + self.coming


_ledger = _Ledger()


def count_held(kind: str, things: Callable[[], Iterable[object]]) -> None:
    """From now on, count these, in place of others of that kind.

    Parameters
    ----------
    kind : what they are called where they are listed.
    things : returns them, from any thread; what two kinds share counts for the first.
    """
    with _ledger.lock:
        _ledger.holders[kind] = things
    _ledger.forget()


def held() -> dict[str, Held]:
    """What is held, by its kind, as it was some seconds ago at most."""
    _ledger.look()
    return dict(_ledger.held)


@contextlib.contextmanager
def room_for(size: int) -> Iterator[None]:
    """While so many bytes come, and from then on, they count.

    Raises
    ------
    MemoryBudgetError
        If they would not fit beside what is held: at most `GRAFT_HELD_MIB` together.
    """
    _ledger.look()
    with _ledger.lock:
        whole, most = _ledger.whole, settings().held_bytes
        if whole + size > most:
            raise MemoryBudgetError(
                f"Expected at most {_mib(most)} MiB of uploads, data sets and results of all "
                "visitors together, since they share the memory of this server. Received: "
                f"{_mib(whole + size)} MiB. Try again when others have left, or with less."
            )
        _ledger.coming += size
    try:
        yield
    finally:
        with _ledger.lock:
            _ledger.coming -= size
            _ledger.came += size


def look() -> None:
    """Count what is held, so that `room_for` need not, for callers that must not wait."""
    _ledger.look()


def _mib(size: int) -> str:
    return f"{size / 2**20:,.0f}"
