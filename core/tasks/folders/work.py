"""What is done with some of many inputs: in threads of this process, or wherever it is sent."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import InvalidInputError
from core.tasks.folders.items import Item
from core.tasks.task import PARQUET, PNG, Given, Settings, Task

if TYPE_CHECKING:
    import pyarrow as pa

_TOGETHER = 32  # inputs of a task that takes many
_AT_ONCE = 8  # calls with one input; the engine joins them into batches, here as on a server
_CHUNKS_AT_ONCE = 2  # calls with many, which keep all cores busy by themselves

Call = Callable[[dict[str, Given], str], bytes]
"""Runs a task on its inputs; its result, encoded as a media type."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What became of one input, or of some.

    Attributes
    ----------
    items : their keys.
    rows : of a table, behind the cells of the inputs.
    picture, place : of one input, as a PNG, and where it goes, below a folder.
    error : why one input is refused.
    """

    items: list[str]
    rows: pa.Table | None = None
    picture: bytes | None = None
    place: Path | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """A task on some inputs at a time.

    Attributes
    ----------
    call : can be pickled, where the work is sent elsewhere.
    others : inputs of the task but the first, which stay the same.
    makes_pictures : in place of rows.
    """

    task: Task
    others: Mapping[str, Given]
    makes_pictures: bool
    call: Call

    def chunks(self, items: Iterable[Item]) -> Iterable[list[Item]]:
        """As many at a time as the task takes."""
        items, chunk = iter(items), _TOGETHER if self.task.inputs[0].takes_many else 1
        return iter(lambda: list(islice(items, chunk)), [])

    def __call__(self, items: Sequence[Item]) -> list[Piece]:
        """What becomes of a chunk.

        Raises
        ------
        GraftError
            If none of them can be worked on.
        """
        first = self.task.inputs[0]
        try:
            contents = [item.read() for item in items]
            given = contents if first.takes_many else contents[0]
            inputs: dict[str, Given] = {first.name: given, **self.others}
            keys = [item.key for item in items]
            if self.makes_pictures:
                return [Piece(keys, picture=self.call(inputs, PNG), place=items[0].place)]
            return [Piece(keys, rows=_rows(self.call(inputs, PARQUET), items))]
        except InvalidInputError as err:
            if len(items) > 1:
                return [piece for item in items for piece in self([item])]
            # what takes many says which of them it is
            return [Piece([items[0].key], error=str(err).removeprefix("Photo 1: "))]


def encoded(task: Task, settings: Settings, inputs: dict[str, Given], media_type: str) -> bytes:
    """What a task makes of inputs, here; with the first two arguments it is a `Call`."""
    result = task(inputs, settings)
    if task.is_job:
        *_, result = result
    return task.encode(result, media_type)


def in_this_process(work: Work, items: Iterable[Item]) -> Generator[list[Piece]]:
    """`work` on all of them, in order; some at once, unless it is that of jobs."""
    return in_threads(work, work.chunks(items))


def in_threads(work: Work, chunks: Iterable[Sequence[Item]]) -> Generator[list[Piece]]:
    """The same on chunks."""
    if work.task.is_job:
        yield from (work(chunk) for chunk in chunks)
        return
    threads = _CHUNKS_AT_ONCE if work.task.inputs[0].takes_many else _AT_ONCE
    pool = ThreadPoolExecutor(threads, thread_name_prefix="many")
    waiting: deque[Future[list[Piece]]] = deque()
    try:
        for chunk in chunks:
            waiting.append(pool.submit(work, chunk))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _rows(content: bytes, items: Sequence[Item]) -> pa.Table:
    """Rows of a result behind the cells of their inputs."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    # without Arrow's threads: one that lets go of Python's bytes as the process exits aborts it
    table = pq.ParquetFile(io.BytesIO(content), pre_buffer=False).read(use_threads=False)
    before = [item.cells for item in items]
    repeated = before if len(items) > 1 else before * len(table)
    cells = {name: pa.array([each[name] for each in repeated]) for name in before[0]}
    for name in table.column_names:
        column = name
        while column in cells:
            column += "'"
        cells[column] = table[name]
    return pa.table(cells)
