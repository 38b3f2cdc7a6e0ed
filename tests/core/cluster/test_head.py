"""The head of a cluster ends, and comes back: a sentence, and then answers again."""

from __future__ import annotations

import itertools
import time
from contextlib import suppress
from pathlib import Path

import pytest

from core import cluster, engine
from core.cluster import link
from core.cluster.connection import ClusterError
from tests.waiting import SLACK, wait_until

pytestmark = [
    pytest.mark.filterwarnings("default::DeprecationWarning", "default::ResourceWarning"),  # Ray's
    pytest.mark.slow,  # two clusters start
]
HEAD = {"num_cpus": 1, "include_dashboard": False, "object_store_memory": 100 << 20}
LOST = "no answer"


@pytest.fixture
def heads(monkeypatch):
    """Starts a head, always at the same address."""
    utils = pytest.importorskip(
        "ray.cluster_utils", reason="needs Ray: pip install -r requirements-cluster.txt"
    )
    started = []

    def start():
        port = {"gcs_server_port": int(started[0].address.rpartition(":")[2])} if started else {}
        started.append(utils.Cluster(initialize_head=True, head_node_args=HEAD | port))
        monkeypatch.setenv("GRAFT_CLUSTER", started[0].address)
        return started[-1]

    yield start
    link.close()
    for each in started:
        each.shutdown()


def is_back():
    with suppress(ClusterError):
        return [node.is_head for node in cluster.current_status().nodes] == [True]


def test_a_head_that_ends_is_a_sentence_and_one_that_is_back_is_used(heads):
    head = heads()
    assert [node.is_head for node in cluster.current_status().nodes] == [True]
    job = engine.jobs.submit(
        lambda: cluster.steps(itertools.count), title="counts", owner="me", is_long=True
    )
    wait_until(lambda: job.snapshot or job.is_over, 60)
    head.head_node.kill_all_processes(check_alive=False, allow_graceful=False)
    killed = time.monotonic()
    with pytest.raises(ClusterError, match=LOST):
        job.result()
    assert time.monotonic() - killed < 15 * SLACK
    with pytest.raises(ClusterError, match=LOST):
        cluster.current_status()
    heads()
    wait_until(is_back, 30 * SLACK)
    assert list(cluster.every(range, 3)) == [0, 1, 2]
    (used,) = link._links
    link.close()
    assert used._process.returncode == 0
    assert not Path(used._address).parent.exists()
