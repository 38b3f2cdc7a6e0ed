"""Which tests a process takes: files, and all tests that share a server together."""

from __future__ import annotations

import pytest

_ON_THE_SERVER = (
    "tests/browser/",
    "tests/test_server.py",
    "tests/test_security.py",
    "tests/core/cli/test_many.py::test_a_server_gives_the_same_numbers",
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """With `--dist loadfile`, one process starts the shared server, and one drives a browser."""
    from xdist.scheduler import LoadFileScheduling

    class OnOneServer(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "server" if nodeid.startswith(_ON_THE_SERVER) else super()._split_scope(nodeid)

    return OnOneServer(config, log) if config.getoption("dist") == "loadfile" else None
