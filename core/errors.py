"""What can go wrong, in words for the person who can put it right."""

from __future__ import annotations

import difflib
import errno
import signal
from collections.abc import Iterable
from typing import TypeVar

DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What the operating system says where there is no room for a file."""

ErrorT = TypeVar("ErrorT", bound=BaseException)


class GraftError(Exception):
    """Something a visitor can understand and act on; its message is shown as it stands."""


class InvalidInputError(GraftError, ValueError):
    """An input that cannot be used: what was expected, what came, what to do."""


class UnknownNameError(GraftError, LookupError):
    """A name that is not in a table, with the ones that come closest."""

    @classmethod
    def among(cls, kind: str, name: str, known: Iterable[str]) -> UnknownNameError:
        """The error for `name`, which is none of the `known` names of a `kind`."""
        known = sorted(known)
        close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        if close:
            hint = f"Did you mean {' or '.join(close)}?"
        else:
            hint = f"Known: {', '.join(known[:12])}{', ...' if len(known) > 12 else ''}."
        return cls(f"There is no {kind} named {name!r}. {hint}")


class NotAllowedError(GraftError):
    """Something that the server does not let this visitor do, and where it can be done."""


class WeightsUnavailableError(GraftError, OSError):
    """Weights that cannot be had here, with the command that fetches them."""


class CacheError(GraftError, OSError):
    """A folder of caches that cannot be written: why, and what to do."""


class DiskFullError(GraftError, OSError):
    """No room for files that something needs for a while."""


def as_told(error: BaseException) -> BaseException:
    """An error as a visitor can read it, where it is one of the machine; else itself."""
    is_full = isinstance(error, OSError) and error.errno in DISK_FULL
    if not is_full or isinstance(error, GraftError):
        return error
    told = DiskFullError(
        "Expected room for temporary files. Received: a disk that is full. Whoever runs this "
        "server can free space on it; then start again."
    )
    told.__cause__ = error
    return told


def without_frames(error: ErrorT) -> ErrorT:
    """An error to keep or to hand on as a value, without the calls that it has come through.

    They would hold all that was in their hands, such as networks, as long as it is kept.
    """
    chain: list[BaseException | None] = [error]
    met: set[int] = set()
    while chain:
        one = chain.pop()
        if one is not None and id(one) not in met:
            met.add(id(one))
            one.__traceback__ = None
            chain += [one.__cause__, one.__context__]
    return error


class WorkerError(GraftError, RuntimeError):
    """A process that worked for this one and has ended before it was done."""

    @classmethod
    def ended(cls, code: int) -> WorkerError:
        """The error for an exit code; a negative one is the number of a signal."""
        why = (
            "It was killed, most likely since the memory of this machine ran out: close what "
            "else runs on it, or take less data."
            if code == -signal.SIGKILL
            else f"Its exit code is {code}; the log of the server says more."
        )
        return cls(f"The process that worked on this has ended too early. {why} Then start again.")


class MemoryBudgetError(GraftError, MemoryError):
    """Something that would not fit in memory: its size, and what would fit."""


class QueueFullError(GraftError):
    """Work that would wait behind too much work of the same owner: how much may, what to do."""
