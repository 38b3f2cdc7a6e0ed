"""Leases: of all servers of a database one at most has a job, by the clock of the database."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update

from core.projects import leases
from core.projects.leases import Leases, TakenError, clock
from core.projects.tables import LeaseRow
from core.projects.tokens import new_id

SERVERS = 8


@pytest.fixture
def key() -> str:
    return new_id()


@pytest.fixture
def server(store):
    """A function that stands for a server of that name."""
    return lambda name: Leases(store.database, name)


@pytest.fixture
def let_pass(store, key):
    """A function that lets so many seconds pass for the lease."""

    def change(seconds: float) -> None:
        with store.database.writing() as session:
            statement = update(LeaseRow).where(LeaseRow.key == key)
            session.execute(statement.values(until=LeaseRow.until - seconds))

    return change


def test_a_job_is_of_one_server_until_that_frees_it(server, key):
    one, other = server("one"), server("other")
    assert one.elsewhere([key]) == set()
    one.take(key)
    one.take(key)
    assert (one.elsewhere([key]), other.elsewhere([key, "none"])) == (set(), {key})
    with pytest.raises(TakenError, match="Somebody goes on with this already"):
        other.take(key)
    other.free(key)
    assert other.elsewhere([key]) == {key}
    one.free(key)
    other.take(key)
    assert one.elsewhere([key]) == {key}


def test_a_job_of_this_server_is_not_begun_twice(server, key, let_pass):
    one = server("one")
    one.take(key, anew=True)
    assert (one.held([key]), server("other").held([key])) == ({key: False}, {key: True})
    with pytest.raises(TakenError):
        one.take(key, anew=True)
    one.take(key)
    let_pass(leases.LEASE_S + 1)
    assert one.held([key]) == {}
    one.take(key, anew=True)


def test_a_lease_that_is_not_renewed_is_over_after_ten_seconds(server, key, let_pass):
    one, other = server("one"), server("other")
    one.take(key)
    let_pass(leases.LEASE_S - 2)
    assert other.elsewhere([key]) == {key}
    assert one.renew([key]) == {key: False}
    let_pass(leases.LEASE_S - 2)
    assert other.elsewhere([key]) == {key}
    let_pass(3)
    assert other.elsewhere([key]) == set()
    other.take(key)
    assert one.renew([key]) == {}  # it was away for too long
    assert one.elsewhere([key]) == {key}


def test_who_was_away_and_finds_its_job_where_it_was_goes_on(server, key, let_pass):
    one, other = server("one"), server("other")
    one.take(key)
    let_pass(1000)
    assert one.renew([key]) == {key: False}
    assert other.elsewhere([key]) == {key}


def test_the_clock_of_a_server_decides_nothing(server, key, monkeypatch):
    server("one").take(key)
    for wrong in (0.0, 4e9):
        monkeypatch.setattr(time, "time", lambda wrong=wrong: wrong)
        assert server("other").elsewhere([key]) == {key}
        with pytest.raises(TakenError):
            server("other").take(key)


def test_no_lease_lasts_for_long_where_the_clock_of_the_database_was_set_back(
    server, key, let_pass
):
    server("one").take(key)
    let_pass(-3600)
    assert server("other").elsewhere([key]) == set()
    server("other").take(key)


def test_the_clock_of_each_database_is_that_of_the_day(store):
    with store.database.reading() as session:
        (now,) = session.execute(clock().select()).one()
    assert now == pytest.approx(time.time(), abs=5)


def test_a_wish_to_cancel_reaches_who_has_the_job_and_nobody_later(server, key):
    one, other = server("one"), server("other")
    one.take(key)
    other.ask_to_cancel(key)
    assert one.renew([key]) == {key: True}
    one.free(key)
    other.take(key)
    assert other.renew([key]) == {key: False}


def test_a_wish_to_cancel_what_is_about_to_begin_is_not_lost(server, key, let_pass):
    one = server("one")
    one.take(key, anew=True)
    server("other").ask_to_cancel(key)
    one.take(key)
    assert one.renew([key]) == {key: True}
    let_pass(leases.LEASE_S + 1)
    one.take(key, anew=True)  # of another run
    assert one.renew([key]) == {key: False}


def test_of_many_servers_that_want_a_job_at_once_one_gets_it(server, key):
    together = threading.Barrier(SERVERS)

    def take(number: int) -> bool:
        together.wait()
        try:
            server(f"server {number}").take(key)
        except TakenError:
            return False
        return True

    for _ in range(3):  # the first time there is no row yet
        with ThreadPoolExecutor(SERVERS) as pool:
            got = list(pool.map(take, range(SERVERS)))
        assert sum(got) == 1
        server(f"server {got.index(True)}").free(key)
