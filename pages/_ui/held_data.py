"""How much of the memory that all share the data sets of one session may take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, runtime_checkable

from core.errors import MemoryBudgetError
from core.memory.held import room_for
from core.memory.sizes import size_of
from pages._ui import project
from pages._ui.saved_work import SAMPLE

MOST_BYTES = 1 << 30
"""Of all data sets that a session has brought, in all rooms."""


@runtime_checkable
class _Room(Protocol):
    def by_source(self) -> list[tuple[str, Any]]:
        """The work on what has come, by where it came from."""


def check_room(source: str, new: object) -> None:
    """Check that a data set from there fits beside the others of this session, and of all.

    Raises
    ------
    MemoryBudgetError
        If they would take more than `MOST_BYTES` together. One that is alone may be larger, as
        long as there is room for it beside what all visitors hold.
    """
    if source == SAMPLE:
        return
    others = [*_brought()]
    held, whole = size_of(*others), size_of(new, *others)
    if held and whole > MOST_BYTES:
        raise MemoryBudgetError(
            f"Expected at most {_mib(MOST_BYTES)} MiB of data sets in one session, since everybody "
            f"shares the memory of this server. Received: {_mib(whole)} MiB, {_mib(held)} of them "
            "in data sets that are here already. Use a smaller data set, or reload the page to "
            "start anew; what is saved in a project stays there."
        )
    with room_for(whole - held):
        pass  # it is here already


def _brought() -> Iterator[object]:
    """The data sets of this session that are no samples."""
    for room in project.KEEPERS:
        if isinstance(room, _Room):
            yield from (work.original for at, work in room.by_source() if at != SAMPLE)


def _mib(size: int) -> str:
    return f"{size / 2**20:,.0f}"
