"""A bar in a terminal while a command works on any number of inputs."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import closing

import typer

from core.tasks.folders.steps import FolderStep


def last_of(steps: Iterator[FolderStep]) -> FolderStep:
    """The last of them, with a bar while they come."""
    step = FolderStep(0, None, 0)
    bar = typer.progressbar(length=0, file=sys.stderr, hidden=not sys.stderr.isatty())
    with closing(steps), bar:  # type: ignore[type-var]  # a generator, as that of folder_steps
        for step in steps:
            if step.total is not None:
                bar.length = step.total
            if not bar.pos:
                bar.start = time.time()  # what went before says nothing of the time left
            bar.update(max(0, step.done - bar.pos))
    return step
