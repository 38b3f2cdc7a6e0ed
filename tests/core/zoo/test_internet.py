"""Whether there is internet access: said by the environment, or found out without waiting."""

from __future__ import annotations

import socket
import time

import pytest

from core.zoo import internet


@pytest.fixture
def unknown(monkeypatch):
    """Nothing is known yet, and nobody has said."""
    monkeypatch.setattr(internet, "_check", internet._Check())
    monkeypatch.delenv("GRAFT_OFFLINE", raising=False)


@pytest.mark.parametrize(("said", "answer"), [("1", False), ("0", True)])
def test_the_environment_decides_without_a_look(unknown, monkeypatch, said, answer):
    monkeypatch.setenv("GRAFT_OFFLINE", said)
    monkeypatch.setattr(internet, "_connects", lambda *address: pytest.fail("looked"))
    assert internet.is_reachable() is answer


def test_an_answer_is_kept_and_nobody_waits_for_a_slow_one(unknown, monkeypatch):
    asked = []

    def slow(*address):
        asked.append(address)
        time.sleep(1)
        return True

    monkeypatch.setattr(internet, "_connects", slow)
    began = time.monotonic()
    assert internet.is_reachable() is None
    assert time.monotonic() - began < 0.9
    thread = internet._check.thread
    assert thread is not None
    thread.join(10)
    assert internet.is_reachable() is internet.is_reachable() is True
    assert len(asked) == 1


def test_a_proxy_that_refuses_is_no_connection(unknown, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
        assert internet._address() == ("127.0.0.1", port)
        assert internet._connects("127.0.0.1", port)
    assert not internet._connects("127.0.0.1", port)
