"""A node that ends in the middle of much work: `python -m tests.bench.cluster_kill`.

On a local cluster of a head that does no work and three nodes that do, 32 clients ask 1,000 times
(photos, reviews, documents, sounds) while 20 jobs run (dreams, many photos and reviews, trainings).
In the middle one of the nodes is killed without a word. All answers and results are compared with
those of this process.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

from ray.cluster_utils import Cluster

from core import cluster, engine
from core.cluster import link
from core.tasks import TASKS, Task
from core.tasks.examples import filled
from tests.bench.made_inputs import SMALL, inputs_of
from tests.no_core_free import no_core_free

CLIENTS = 32
NODES, CPUS = 3, 3
MEMORY = 200 << 20  # bytes of the objects of a node
ANSWERED = ("classify", "sentiment", "sounds", "embed", "documents")
JOBS = ("dream", "many-photos", "train-photos", "many-reviews")
_TIMES = ("seconds", "took", "card")  # of answers: how long something took, and when
_CLOSE = 1e-3  # what the order of additions leaves, and batches of another size

Request = tuple[Task, dict[str, Any]]


def requests(names: tuple[str, ...], count: int) -> list[Request]:
    """So many, of each task in turn, on inputs of their own."""
    tasks = [TASKS[names[number % len(names)]] for number in range(count)]
    return [(task, inputs_of(task, random.Random(i))) for i, task in enumerate(tasks)]


def asked(request: Request) -> Any:
    """The answer, or the result of a job, as JSON has it."""
    task, inputs = request
    settings = filled(task, SMALL.get(task.name, {}))
    if not task.is_job:
        return task.answer.of(cluster.run(task, inputs, settings)).model_dump()
    job = engine.jobs.submit(
        lambda: cluster.run(task, inputs, settings), title=task.title, owner="bench", is_long=True
    )
    return task.answer.of(job.result()).model_dump()


def main() -> None:
    """Print what came of it; the exit code is 1 if anything was lost or differs."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=20)
    arguments = parser.parse_args()
    questions, jobs = requests(ANSWERED, arguments.requests), requests(JOBS, arguments.jobs)
    begun = time.monotonic()
    here = [asked(request) for request in (*questions, *jobs)]
    print(f"in this process, one after another: {time.monotonic() - begun:.0f} s", flush=True)

    head = {"num_cpus": 0, "include_dashboard": False, "object_store_memory": MEMORY}
    nodes = Cluster(initialize_head=True, head_node_args=head)
    working = [nodes.add_node(num_cpus=CPUS, object_store_memory=MEMORY) for _ in range(NODES)]
    os.environ["GRAFT_CLUSTER"] = nodes.address
    everything = ExitStack()
    everything.enter_context(no_core_free())
    for name in (*ANSWERED, *JOBS):
        asked(requests((name,), 1)[0])  # opens what it needs
    done: list[int] = []
    lock = threading.Lock()

    def counted(numbered: tuple[int, Request]) -> Any:
        answer = asked(numbered[1])
        with lock:
            done.append(numbered[0])
            if len(done) == arguments.requests // 2:
                nodes.remove_node(working.pop(), allow_graceful=False)
                print(f"a node is killed after {len(done)} answers", flush=True)
        return answer

    begun = time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as clients, ThreadPoolExecutor(arguments.jobs) as waiting:
        results = waiting.map(counted, enumerate(jobs, len(questions)))
        there = [*clients.map(counted, enumerate(questions)), *results]
    seconds = time.monotonic() - begun
    wrong = Counter(
        task.name
        for (task, _), one, other in zip([*questions, *jobs], here, there, strict=True)
        if not same(one, other)
    )
    is_once = sorted(done) == [*range(len(here))]
    print(f"by {NODES} nodes, of which one was killed: {seconds:.0f} s")
    print(f"{len(done):,} of {len(here):,} answered, each once: {is_once}")
    print(f"other than here: {wrong.total()} {dict(wrong)}")
    everything.close()
    link.close()
    nodes.shutdown()
    sys.exit(bool(wrong) or not is_once)


def same(one: Any, other: Any) -> bool:
    """Equal, but for times and what is as good as equal."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(
            same(one[key], other[key]) for key in one if key not in _TIMES
        )
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other or (isinstance(one, float) and abs(one - other) < _CLOSE)


if __name__ == "__main__":
    main()
