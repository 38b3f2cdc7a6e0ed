"""Rows of a Parquet file of any size, some of them in memory at a time."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any

from core.errors import InvalidInputError
from core.media import columns
from core.media.table_cells import UNNAMED_INDEX
from core.media.table_process import cell

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH = 1024  # rows
_HELD = 4  # batches, for threads that are not at the same one


class ParquetRows:
    """Rows by number, quick where they are asked for about in order; threads may share it.

    Parameters
    ----------
    opened : returns the file, or its path.
    name : what it is called, for messages.

    Attributes
    ----------
    count, size : rows of the file, and bytes of what they unpack to.
    columns : their names.

    Raises
    ------
    InvalidInputError
        If it is damaged or has no rows.
    """

    def __init__(self, opened: Callable[[], IO[bytes] | str], name: str) -> None:
        self._open, self._name = opened, name
        self._lock = threading.Lock()
        self._restart()
        about = self._file.metadata
        self.count: int = about.num_rows
        self.size = sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups))
        names = self._file.schema_arrow.names
        self._kept = [each for each in names if not UNNAMED_INDEX.fullmatch(each)]
        self.columns = tuple(columns.names_of(self._kept))
        if not (self.count and self.columns):
            raise InvalidInputError(f"Expected a table with texts. Received: {name}, without rows.")

    @cached_property
    def text_column(self) -> str:
        """The one with texts, by its name or the first rows; see `read_table`."""
        import pandas as pd

        rows = [self[number] for number in range(min(self.count, _BATCH))]
        return columns.text_column(pd.DataFrame(rows, dtype=object), None)

    def __getitem__(self, number: int) -> dict[str, str]:
        """The cells of a row, the first of which has the number 0, by the names of columns."""
        with self._lock:
            start, batch = self._batch(number)
        row = batch.slice(number - start, 1).to_pydict()
        return {
            column: cell(row[name][0])
            for column, name in zip(self.columns, self._kept, strict=True)
        }

    def _batch(self, number: int) -> tuple[int, pa.RecordBatch]:
        for start, batch in self._held:
            if start <= number < start + len(batch):
                return start, batch
        if number < self._next:
            self._restart()
        while self._next <= number:
            self._held.append((self._next, self._read()))
            self._next += len(self._held[-1][1])
        return self._held[-1]

    def _read(self) -> pa.RecordBatch:
        import pyarrow as pa

        try:
            return next(self._batches)
        except (OSError, StopIteration, pa.ArrowException) as err:
            raise _damaged(self._name) from err

    def _restart(self) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        source = self._open()
        try:
            self._file: Any = pq.ParquetFile(source, pre_buffer=False)
        except pa.ArrowException as err:
            raise _damaged(self._name) from err
        except OSError as err:
            reason = os.strerror(err.errno) if err.errno else "which cannot be read"
            raise InvalidInputError(f"Expected a file. Received: {self._name}, {reason}.") from err
        self._batches: Iterator[Any] = self._file.iter_batches(_BATCH, use_threads=False)
        self._held: deque[tuple[int, Any]] = deque(maxlen=_HELD)
        self._next = 0


def _damaged(name: str) -> InvalidInputError:
    return InvalidInputError(
        f"Expected a table. Received: {name}, a damaged Parquet file; write it again."
    )
