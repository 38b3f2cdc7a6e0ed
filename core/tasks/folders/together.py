"""What is found among many examples, once each of them has its row."""

from __future__ import annotations

import io
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import InvalidInputError
from core.learning.folders import likeliest_classes
from core.tasks.each_first import EachFirst, LookedAt
from core.tasks.folders.items import printable
from core.tasks.folders.part_file import PartFile, write_table
from core.tasks.folders.steps import About, FolderStep, Refusals, Then
from core.tasks.task import PARQUET, Settings, Task

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

_BESIDE = "It lies beside the folders of the classes."


def parts(
    task: Task, settings: Settings, named: Sequence[str]
) -> tuple[Task, Settings, Then | None]:
    """A task for each of many inputs with its settings, and what comes then, if anything does.

    Parameters
    ----------
    task : one by one, or one that does `each_first`.
    named : folders and URLs of buckets; the folders in them are the classes.
    """
    first = task.each_first
    if first is None:
        return task, settings, None
    then = partial(_steps, task, first, settings, named)
    return first.task, first.settings(settings), then


def _steps(
    task: Task,
    first: EachFirst,
    settings: Settings,
    named: Sequence[str],
    part: PartFile,
    output: Path,
    refusals: Refusals,
    about: About,
) -> Generator[FolderStep, None, int]:
    """Steps of the second part, which writes the table of all that it finds."""
    below = _below(named)
    keys = sorted(part.used(), key=lambda key: below(key).split("/"))  # however they came
    labels = likeliest_classes([below(key) for key in keys])
    if any(labels):
        for key, label in zip(keys, labels, strict=True):
            if not label:
                refusals(key, _BESIDE)
        keys = [key for key, label in zip(keys, labels, strict=True) if label]
        labels = [label for label in labels if label]
    if not keys:
        return 0
    classes = sorted(set(labels))
    places = {name: at for at, name in enumerate(classes)}
    looked_at = LookedAt(
        keys, np.array([places[label] for label in labels], np.int64), classes, _rows(part, keys)
    )
    step = None
    for step in first.then(looked_at, settings):
        if step.stage != "done":
            yield FolderStep(step.done, step.total, refusals.count, stage=step.stage)
    if step is None:
        raise InvalidInputError(f"Expected a result of {task.title}. Received: none.")
    return write_table(output, [_table(task, step)], about())


def _below(named: Sequence[str]) -> Callable[[str], str]:
    """From a file to its place below the folder that is named; if several are, to its own name."""
    if len(named) > 1:
        return lambda key: key
    root = f"{printable(named[0]).rstrip('/')}/"
    return lambda key: key.removeprefix(root)


def _rows(part: PartFile, keys: Sequence[str]) -> Iterator[tuple[np.ndarray, pa.Table]]:
    """Rows of these examples, and which these are."""
    places = {key: at for at, key in enumerate(keys)}
    for table in part.tables():
        positions = np.array([places.get(key, -1) for key in table["path"].to_pylist()], np.int64)
        kept = np.flatnonzero(positions >= 0)
        yield positions[kept], table if len(kept) == len(table) else table.take(kept)


def _table(task: Task, result: Any) -> pa.Table:
    """A result as the task itself writes it to a file."""
    import pyarrow.parquet as pq

    content = io.BytesIO(task.encode(result, PARQUET))
    return pq.ParquetFile(content, pre_buffer=False).read(use_threads=False)
