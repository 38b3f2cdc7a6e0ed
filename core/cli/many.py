"""A task on any number of inputs: rows of a table or pictures in a folder, resumed if interrupted.

Inputs are read a few at a time and what comes of them goes into a part file, so that memory stays
constant and the same command goes on where it was interrupted.
"""

from __future__ import annotations

import io
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from core.cli.files import Item, items_of
from core.cli.part_file import PartFile
from core.errors import InvalidInputError
from core.tasks.task import PARQUET, PNG, Given, Input, Task

if TYPE_CHECKING:
    import pyarrow as pa

_TOGETHER = 32  # inputs of a task that takes many
_AT_ONCE = 8  # calls with one input; the engine joins them into batches, here as on a server
_CHUNKS_AT_ONCE = 2  # calls with many, which keep all cores busy by themselves
_ADDED_S = 2.0  # between two additions to the part file
_ADDED_ITEMS = 64

Call = Callable[[dict[str, Given], str], bytes]
"""Runs a task on its inputs; its result, encoded as a media type."""


@dataclass(frozen=True, slots=True)
class Summary:
    """How many rows or pictures were written, and how many inputs were refused."""

    written: int
    refused: int


@dataclass(frozen=True, slots=True)
class _Piece:
    items: list[str]
    rows: pa.Table | None
    error: str | None = None


def is_folder(output: Path) -> bool:
    """Whether pictures go into it, each as a file."""
    return output.is_dir() or not output.suffix


def is_one_by_one(task: Task) -> bool:
    """Whether its inputs may be worked on a few at a time: not those of a job on all of them."""
    return bool(task.inputs) and not (task.is_job and task.inputs[0].takes_many)


def run_many(
    task: Task,
    named: Sequence[str],
    others: Mapping[str, Given],
    call: Call,
    output: Path,
    command: str,
    refuse: Callable[[str, str], None],
) -> Summary:
    """Run a task on every input and write one table, or a folder of pictures.

    Parameters
    ----------
    named : files and folders of the task's first input.
    others : its other inputs.
    output : a file that ends in .csv or .parquet, or a folder.
    command : what has been asked for; a part file of something else is refused.
    refuse : is called at the end with each input that cannot be used, and why.

    Raises
    ------
    GraftError
        If no input can be worked on. The part file stays if there is anything in it.
    KeyboardInterrupt
        As it came; the part file stays.
    """
    first = task.inputs[0]
    makes = _pictures if is_folder(output) else _rows
    chunk = _TOGETHER if first.takes_many else 1

    def work(items: Sequence[Item]) -> list[_Piece]:
        try:
            contents = [item.read() for item in items]
            given = contents if first.takes_many else contents[0]
            inputs: dict[str, Given] = {first.name: given, **others}
            return [_Piece([item.key for item in items], makes(call, inputs, items, output))]
        except InvalidInputError as err:
            if len(items) > 1:
                return [piece for item in items for piece in work([item])]
            # what takes many says which of them it is
            return [_Piece([items[0].key], None, str(err).removeprefix("Photo 1: "))]

    if is_folder(output):
        output.mkdir(parents=True, exist_ok=True)
    with PartFile(output, command) as part:
        items = (item for item in items_of(first, named) if item.key not in part)
        if is_folder(output):
            items = (replace(item, place=_place(part, item)) for item in items)
        chunks = iter(lambda: list(islice(items, chunk)), [])
        if task.is_job:
            results = (work(each) for each in chunks)
        else:
            threads = _CHUNKS_AT_ONCE if first.takes_many else _AT_ONCE
            results = _in_threads(work, chunks, threads)
        try:
            _collect(results, part, _count(first, named))
        except BaseException:
            if not len(part):  # nothing to go on with, and it may have been mistyped
                part.delete()
            raise
        if not len(part):
            part.delete()
            raise InvalidInputError(f"Expected {first.title.lower()}. Received: no such files.")
        refused = 0
        for name, error in part.refused():
            refuse(name, error)
            refused += 1
        written = len(part) - refused if is_folder(output) else part.write_table(output)
        part.delete()
    return Summary(written, refused)


def _place(part: PartFile, item: Item) -> Path:
    return part.place(item.key, item.place.with_suffix(".png"))


def _collect(results: Generator[list[_Piece]], part: PartFile, total: int) -> None:
    """Add pieces to a part file as they come, several at a time, with a bar in a terminal."""
    waiting: list[_Piece] = []
    added = time.monotonic()
    bar = typer.progressbar(length=total, file=sys.stderr, hidden=not sys.stderr.isatty())
    try:
        with closing(results), bar:
            bar.update(len(part))
            for pieces in results:
                waiting += pieces
                bar.update(sum(len(piece.items) for piece in pieces))
                is_due = time.monotonic() - added > _ADDED_S
                if is_due or sum(len(piece.items) for piece in waiting) >= _ADDED_ITEMS:
                    _add(part, waiting)
                    waiting, added = [], time.monotonic()
    finally:
        # an interrupt may have come when they were in the file already
        _add(part, [piece for piece in waiting if piece.items[0] not in part])


def _add(part: PartFile, pieces: Sequence[_Piece]) -> None:
    import pyarrow as pa

    tables = [piece.rows for piece in pieces if piece.rows is not None]
    rows = pa.concat_tables(tables, promote_options="permissive") if tables else None
    done = [item for piece in pieces if piece.error is None for item in piece.items]
    part.add(rows, done, {piece.items[0]: piece.error for piece in pieces if piece.error})


def _count(first: Input, named: Sequence[str]) -> int:
    """How many inputs there are; counted for a bar alone."""
    return sum(1 for _ in items_of(first, named)) if sys.stderr.isatty() else 0


def _in_threads(
    work: Callable[[Sequence[Item]], list[_Piece]], chunks: Iterable[list[Item]], threads: int
) -> Generator[list[_Piece]]:
    """`work` on each chunk, some at once, in order."""
    pool = ThreadPoolExecutor(threads, thread_name_prefix="many")
    waiting: deque[Future[list[_Piece]]] = deque()
    try:
        for chunk in chunks:
            waiting.append(pool.submit(work, chunk))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _rows(call: Call, inputs: dict[str, Given], items: Sequence[Item], _output: Path) -> pa.Table:
    """Rows of a result behind the cells of their inputs."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    content = io.BytesIO(call(inputs, PARQUET))
    # without Arrow's threads: one that lets go of Python's bytes as the process exits aborts it
    table = pq.ParquetFile(content, pre_buffer=False).read(use_threads=False)
    repeated = items if len(items) > 1 else [*items] * len(table)
    cells = {name: pa.array([each.cells[name] for each in repeated]) for name in items[0].cells}
    for name in table.column_names:
        column = name
        while column in cells:
            column += "'"
        cells[column] = table[name]
    return pa.table(cells)


def _pictures(call: Call, inputs: dict[str, Given], items: Sequence[Item], output: Path) -> None:
    """A picture in the folder, at once in its place."""
    (item,) = items
    path = output / item.place
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_bytes(call(inputs, PNG))
    os.replace(draft, path)
