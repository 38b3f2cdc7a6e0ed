"""What further nodes add: `python -m tests.bench.cluster_scaling`.

On a local cluster of one, two and three nodes that work, 24 clients for each node ask replicas for
something that sleeps for half a second, and 8 for each have photos classified. All nodes share the
cores of one machine: sleeping shows what Ray and Graft allow, photos what these cores do.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from ray.cluster_utils import Cluster

from core import cluster
from core.cluster import answers, link
from core.vision import classification
from pages._ui.inputs import SAMPLE_PHOTOS

NODES, CPUS = 3, 2
MEMORY = 200 << 20  # bytes of the objects of a node
ROUND_S = 10.0
SLEEP_S = 0.5
_PATIENCE_S = 120.0

Call = Callable[[], Any]
WORK: dict[str, tuple[str, int, Call]] = {
    f"sleeping {SLEEP_S:g} s": ("texts", 24, partial(time.sleep, SLEEP_S)),
    "a photo": ("photos", 8, partial(classification.classify, SAMPLE_PHOTOS[0].data)),
}


def answered(family: str, clients: int, call: Call, seconds: float) -> int:
    """How many answers so many clients get in that time."""
    until = time.monotonic() + seconds

    def ask(_: int) -> int:
        count = 0
        while time.monotonic() < until:
            answers._by_replica(family, call, [])
            count += 1
        return count

    with ThreadPoolExecutor(clients) as pool:
        return sum(pool.map(ask, range(clients)))


def replicas(family: str) -> int:
    """How many answer for a family now."""
    deployed = cluster.current_status().deployments
    return sum(each.replicas.get("RUNNING", 0) for each in deployed if each.family == family)


def main() -> None:
    """Print answers a second by nodes."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--nodes", type=int, default=NODES)
    most = parser.parse_args().nodes
    head = {"num_cpus": 0, "include_dashboard": False, "object_store_memory": MEMORY}
    nodes = Cluster(initialize_head=True, head_node_args=head)
    os.environ["GRAFT_CLUSTER"] = nodes.address
    print(f"{'nodes':>5} " + " ".join(f"{name:>16} {'':10}" for name in WORK))
    first: dict[str, float] = {}
    for count in range(1, most + 1):
        nodes.add_node(num_cpus=CPUS, object_store_memory=MEMORY)
        figures = []
        for name, (family, for_each, call) in WORK.items():
            clients = for_each * count
            until = time.monotonic() + _PATIENCE_S
            while True:  # under load, until there is a replica on each node
                answered(family, clients, call, 2.0)
                if replicas(family) >= count or time.monotonic() > until:
                    break
            rate = answered(family, clients, call, ROUND_S) / ROUND_S
            first.setdefault(name, rate)
            there = f"({rate / first[name]:.2f} x, {replicas(family)})"
            figures.append(f"{rate:14.1f}/s {there:>10}")
        print(f"{count:5} " + " ".join(figures), flush=True)
    link.close()
    nodes.shutdown()


if __name__ == "__main__":
    main()
