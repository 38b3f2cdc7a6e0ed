"""What visitors hold has one bound for all of it."""

from __future__ import annotations

import pytest

from core.errors import MemoryBudgetError
from core.memory import held as ledger
from core.memory.held import Held, count_held, held, room_for


@pytest.fixture
def things(monkeypatch) -> list[bytes]:
    """What is held; there is room for 3 MiB."""
    kept: list[bytes] = []
    monkeypatch.setattr(ledger, "_ledger", ledger._Ledger())
    monkeypatch.setenv("GRAFT_HELD_MIB", "3")
    count_held("things", lambda: kept)
    return kept


def looked() -> None:
    """Some seconds later."""
    ledger._ledger.forget()


def test_what_would_not_fit_is_refused_with_the_reason(things):
    things.append(bytes(2 << 20))
    with room_for(1 << 20):
        pass
    looked()
    message = (
        "Expected at most 3 MiB of uploads, data sets and results of all visitors together, "
        "since they share the memory of this server. Received: 4 MiB. Try again when others have "
        "left, or with less."
    )
    with pytest.raises(MemoryBudgetError) as refused, room_for(2 << 20):
        pass
    assert str(refused.value) == message
    things.clear()
    looked()
    with room_for(2 << 20):
        pass


def test_what_is_coming_counts_and_what_has_come_since_somebody_looked(things):
    with room_for(2 << 20), pytest.raises(MemoryBudgetError), room_for(2 << 20):
        pass
    with pytest.raises(MemoryBudgetError), room_for(2 << 20):
        pass  # it may be there, for all that is known
    looked()
    with room_for(2 << 20):
        looked()
        with pytest.raises(MemoryBudgetError), room_for(2 << 20):
            pass


def test_a_content_that_two_kinds_share_counts_once(things):
    things.append(bytes(2 << 20))
    count_held("more", lambda: [things[0], b"four"])
    assert held() == {"things": Held(1, 2 << 20), "more": Held(2, 4)}
    with room_for((1 << 20) - 4):
        pass


def test_looking_takes_little_of_the_time(things, monkeypatch):
    looks = []
    count_held("looks", lambda: looks.append(1) or [])
    held()
    held()
    assert looks == [1]
