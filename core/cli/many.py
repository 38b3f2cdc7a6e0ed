"""Bars in a terminal while a command works on any number of inputs."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import groupby

import typer

from core.tasks.folders.steps import FolderStep


def last_of(steps: Iterator[FolderStep]) -> FolderStep:
    """The last of them, with a bar while they come, and one for each stage that follows."""
    step, stage = FolderStep(0, None, 0), ""

    def stage_of(each: FolderStep) -> str:
        nonlocal stage
        if each.written is None:  # the last has none of its own
            stage = each.stage
        return stage

    with closing(steps):  # type: ignore[type-var]  # a generator, as that of folder_steps
        for name, of_stage in groupby(steps, stage_of):
            step = _last_with_bar(name, of_stage)
    return step


def _last_with_bar(stage: str, steps: Iterator[FolderStep]) -> FolderStep:
    step = FolderStep(0, None, 0)
    label, is_hidden = stage.capitalize(), not sys.stderr.isatty()
    with typer.progressbar(length=0, label=label, file=sys.stderr, hidden=is_hidden) as bar:
        for step in steps:
            if step.total is not None:
                bar.length = step.total
            if not bar.pos:
                bar.start = time.time()  # what went before says nothing of the time left
            bar.update(max(0, step.done - bar.pos))
    return step
