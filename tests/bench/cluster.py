"""What Ray Serve costs beside a call in this process: `python -m tests.bench.cluster`.

Photos are classified and reviews read by 1, 8 and 32 clients at once: in this process, by the
cluster alone, and as servers do, which answer by themselves while they have a core for it.
`GRAFT_CLUSTER` is as it is set, `auto` by default.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any

import numpy as np

from core import cluster
from core.cluster import link
from core.tasks import TASKS
from core.tasks.task import Given
from pages._sentiment.samples import SAMPLES
from pages._ui.inputs import SAMPLE_PHOTOS
from tests.no_core_free import no_core_free

CLIENTS = (1, 8, 32)
ROUND_S = 5.0


def measure(name: str, inputs: dict[str, Given], clients: int) -> str:
    """Requests a second, and median and 95th percentile of their milliseconds."""
    task = TASKS[name]
    settings = task.settings()
    until = time.monotonic() + ROUND_S

    def ask(_: Any) -> list[float]:
        took = []
        while (asked := time.monotonic()) < until:
            cluster.run(task, inputs, settings)
            took.append(1e3 * (time.monotonic() - asked))
        return took

    with ThreadPoolExecutor(clients) as pool:
        took = [each for client in pool.map(ask, range(clients)) for each in client]
    middle, high = np.percentile(took, [50, 95])
    return f"{len(took) / ROUND_S:6.0f} /s {middle:7.1f} ms {high:7.1f} ms"


def main() -> None:
    """Print what is measured."""
    there = os.environ.get("GRAFT_CLUSTER", "auto")
    photo: dict[str, Given] = {"photo": SAMPLE_PHOTOS[0].data}
    reviews: dict[str, Given] = {TASKS["sentiment"].inputs[0].name: [*SAMPLES.values()][:1]}
    print(f"{'':9} clients    requests, p50, p95 here      by {there} alone      by both")
    for name, inputs in (("classify", photo), ("sentiment", reviews)):
        for clients in CLIENTS:
            figures = []
            for where, is_alone in (("none", False), (there, True), (there, False)):
                os.environ["GRAFT_CLUSTER"] = where
                with no_core_free() if is_alone else nullcontext():
                    cluster.run(TASKS[name], inputs, TASKS[name].settings())  # opens what it needs
                    figures.append(measure(name, inputs, clients))
            print(f"{name:9} {clients:7}  {'  '.join(figures)}")
    link.close()


if __name__ == "__main__":
    main()
