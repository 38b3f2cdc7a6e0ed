"""A task on this machine: its steps, and what each of them is encoded as."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from core.tasks.task import Given, Settings, Task


@dataclass(frozen=True, slots=True)
class Outcome:
    """What there is after `share` of the work, in [0, 1]; its content is made when asked for."""

    share: float
    content: Callable[[], bytes]


def run_here(
    task: Task, inputs: dict[str, Given], settings: Settings, media_type: str
) -> Iterator[Outcome]:
    """Run a task in this process; one that is interrupted leaves what there is."""
    steps = task(inputs, settings) if task.is_job else [task(inputs, settings)]
    for step in steps:
        share = 1.0 if task.share is None else task.share(step)
        yield Outcome(share or 0.0, partial(task.encode, step, media_type))
