"""What there is of the cluster now: its nodes, replicas and queues, for those who look after it."""

from __future__ import annotations

from dataclasses import dataclass

from core.cluster.connection import connected
from core.cluster.turns import Standing, standings

_HEAD = "node:__internal_head__"  # a resource that Ray gives to that node alone


@dataclass(frozen=True, slots=True)
class Node:
    """A machine of the cluster.

    Attributes
    ----------
    name, address : what Ray calls it, and its IP address.
    is_head : whether the cluster is led from there.
    cpus, gpus : how many it offers, as Ray counts them.
    memory : bytes that it offers.
    """

    name: str
    address: str
    is_head: bool
    cpus: float
    gpus: float
    memory: int


@dataclass(frozen=True, slots=True)
class Deployment:
    """What answers for a family of tasks.

    Attributes
    ----------
    family : photos, texts, sounds or making.
    state : what Ray Serve says of it, such as `RUNNING` or `DEPLOYING`.
    replicas : how many there are in each state.
    """

    family: str
    state: str
    replicas: dict[str, int]


@dataclass(frozen=True, slots=True)
class Status:
    """The cluster as it is now.

    Attributes
    ----------
    nodes : that are there, the head first.
    gone : how many are no longer there.
    free_cpus : that no work has, of all nodes.
    deployments : those that somebody has needed by now.
    standings : how many jobs of whom run and wait.
    """

    nodes: list[Node]
    gone: int
    free_cpus: float
    deployments: list[Deployment]
    standings: list[Standing]


def look() -> Status:
    """As it is now, by Ray.

    Raises
    ------
    ClusterError
        If it cannot be used.
    """
    ray = connected()
    every = ray.nodes()
    nodes = [
        Node(
            each["NodeID"][:8],
            each["NodeManagerAddress"],
            _HEAD in each["Resources"],
            each["Resources"].get("CPU", 0.0),
            each["Resources"].get("GPU", 0.0),
            int(each["Resources"].get("memory", 0)),
        )
        for each in every
        if each["Alive"]
    ]
    return Status(
        sorted(nodes, key=lambda node: (not node.is_head, node.name)),
        len(every) - len(nodes),
        ray.available_resources().get("CPU", 0.0),
        _deployments(),
        standings(ray),
    )


def _deployments() -> list[Deployment]:
    from ray import serve

    return [
        Deployment(
            name,
            deployment.status.value,
            {str(state): count for state, count in deployment.replica_states.items()},
        )
        for app in serve.status().applications.values()
        for name, deployment in app.deployments.items()
    ]
