"""Run as a script in a process of its own: the rows of a workbook or a Parquet file.

A line of JSON and the file come in. Lines of JSON go out: a header, each row, and how it ended. It
imports nothing of the house, so that it starts soon.
"""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple


class Table(NamedTuple):
    """What goes out: names of columns, if the format has some, and of parts that hold rows."""

    names: list[str] | None
    parts: list[str]
    height: int
    width: int
    rows: Iterable[Sequence[Any]]


def cell(value: Any) -> str:
    """What stands in a cell, as a text."""
    if value is None or isinstance(value, bytes):
        return ""
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.15g}"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def main() -> None:
    """Answer what comes; the last line is "end", "large" or "damaged"."""
    asked = json.loads(sys.stdin.buffer.readline())
    with contextlib.suppress(ImportError):  # Windows has neither of these bounds
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (asked["memory"], asked["memory"]))
        resource.setrlimit(resource.RLIMIT_CPU, (asked["seconds"], asked["seconds"] + 1))
    file = io.BytesIO(sys.stdin.buffer.read())
    try:
        _answer(asked, file)
    except MemoryError:
        _say({}, "large")
    except Exception as err:  # noqa: BLE001 - whatever a library says of a damaged file
        sys.stderr.write(f"{type(err).__name__}: {err}")
        _say({}, "damaged")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # what libraries do at the end is of no use, and takes time


def _answer(asked: dict[str, Any], file: io.BytesIO) -> None:
    table = _workbook(file, asked["part"]) if asked["kind"] == "workbook" else _parquet(file)
    _say({"names": table.names, "parts": table.parts})
    is_large = table.height > asked["rows"] or table.width > asked["columns"]
    left = asked["characters"]
    for row in () if is_large else table.rows:
        texts = [cell(value) for value in row]
        left -= sum(map(len, texts))
        if left < 0:
            is_large = True
            break
        _say(texts)
    _say("large" if is_large else "end")


def _say(*messages: object) -> None:
    for message in messages:
        sys.stdout.write(f"{json.dumps(message)}\n")


def _workbook(file: io.BytesIO, part: str | None) -> Table:
    """The sheet of that name, by default the first with cells; no rows if there is none."""
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(file)
    parts, chosen = [], None
    for name in book.sheet_names:
        sheet = book.get_sheet_by_name(name)
        if sheet.height:
            parts.append(name)
            if name == part or (part is None and chosen is None):
                chosen = sheet
    if chosen is None:
        return Table(None, parts, 0, 0, [])
    return Table(None, parts, chosen.height, chosen.width, chosen.to_python())


def _parquet(file: io.BytesIO) -> Table:
    os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"  # whose refusal is a MemoryError
    import pyarrow.parquet as pq

    opened = pq.ParquetFile(file)
    names = opened.schema_arrow.names
    return Table(names, [], opened.metadata.num_rows, len(names), _parquet_rows(opened))


def _parquet_rows(opened: Any) -> Iterator[tuple[Any, ...]]:
    for batch in opened.iter_batches(1024, use_threads=False):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


if __name__ == "__main__":
    main()
