"""A Ray cluster for tests: a head that runs nothing itself, and nodes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from core.cluster import link
from tests.no_core_free import no_core_free

_MEMORY = 100 << 20  # bytes of the objects of a node
_DIES_SOON = {"health_check_period_ms": 1000, "health_check_failure_threshold": 3}
"""When a node that does not answer is given up: after 3 s in place of 15."""


class Nodes:
    """A cluster that this process has joined; its nodes can be added and killed."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        head = {
            "num_cpus": 0,
            "include_dashboard": False,
            "object_store_memory": _MEMORY,
            "_system_config": _DIES_SOON,
        }
        self._cluster = Cluster(initialize_head=True, head_node_args=head)
        self.address: str = self._cluster.address
        self._working = [self._started()]

    def add(self) -> Any:
        """Add a node."""
        self._working.append(self._started())
        self._cluster.wait_for_nodes()
        return self._working[-1]

    def remove(self, node: Any) -> None:
        """Kill a node without a word."""
        self._working.remove(node)
        self._cluster.remove_node(node, allow_graceful=False)

    def replace(self) -> None:
        """Add a node, and kill the one that has worked so far."""
        self.add()
        self.remove(self._working[0])

    def stop(self) -> None:
        """End all of it, unless it has ended."""
        import ray

        if not self._working:
            return
        self._working.clear()
        link.close()
        ray.shutdown()  # which folders are worked on by in this process
        self._cluster.shutdown()

    def _started(self) -> Any:
        return self._cluster.add_node(num_cpus=3, object_store_memory=_MEMORY)


@pytest.fixture(scope="module", autouse=True)
def no_core_is_free() -> Iterator[None]:
    """So that everything is asked of a cluster."""
    with no_core_free():
        yield


_LAST = "test_folders.py"  # of the modules that share a cluster


@pytest.fixture(scope="session")
def started_nodes(s3: str) -> Iterator[Nodes]:
    """A cluster with one node that works; it knows the bucket."""
    pytest.importorskip("ray", reason="needs Ray: pip install -r requirements-cluster.txt")
    started = Nodes()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def nodes(request: pytest.FixtureRequest, started_nodes: Nodes) -> Iterator[Nodes]:
    """The same, named by `GRAFT_CLUSTER`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRAFT_CLUSTER", started_nodes.address)
        yield started_nodes
    link.close()
    if request.path.name == _LAST:  # idle, its processes would take a core of tests to come
        started_nodes.stop()
