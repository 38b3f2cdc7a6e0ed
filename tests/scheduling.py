"""Which tests a process takes: files, and all tests that share a server or a cluster together."""

from __future__ import annotations

import pytest

_ON_THE_SERVER = (
    "tests/browser/",
    "tests/test_server.py",
    "tests/test_security.py",
    "tests/core/cli/test_many.py::test_a_server_gives_the_same_numbers",
)
_ON_THE_CLUSTER = ("tests/core/cluster/test_cluster.py", "tests/core/cluster/test_folders.py")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """With `--dist loadfile`, one process starts the shared server and drives a browser, and one
    starts the cluster."""
    from xdist.scheduler import LoadFileScheduling

    class Together(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            if nodeid.startswith(_ON_THE_SERVER):
                return "server"
            if nodeid.startswith(_ON_THE_CLUSTER):
                return "cluster"
            return super()._split_scope(nodeid)

    return Together(config, log) if config.getoption("dist") == "loadfile" else None
