"""A task where `GRAFT_CLUSTER` says: its steps, and what each of them is encoded as."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from core import cluster
from core.tasks.task import Given, Settings, Task


@dataclass(frozen=True, slots=True)
class Outcome:
    """What there is after `share` of the work, in [0, 1]; its content is made when asked for."""

    share: float
    content: Callable[[], bytes]


def run_here(
    task: Task, inputs: dict[str, Given], settings: Settings, media_type: str
) -> Iterator[Outcome]:
    """Run a task as `GRAFT_CLUSTER` says; one that is interrupted leaves what there is."""
    result = cluster.run(task, inputs, settings)
    for step in result if task.is_job else [result]:
        if step is None:  # so far, from another process
            continue
        share = 1.0 if task.share is None else task.share(step)
        yield Outcome(share or 0.0, partial(task.encode, step, media_type))
