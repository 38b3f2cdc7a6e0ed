"""Workbooks and Parquet files, read in a process that may take only so much.

Both say in a few bytes how large a table is, and their libraries believe it: a cell in the last
corner of a sheet asks for 0.5 TB, and what cannot be had ends the process.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from core.errors import InvalidInputError
from core.media.limits import TableLimits
from core.media.source import mib

_MEMORY = 768 << 20  # bytes
_CPU_S = 4
_PATIENCE_S = 60.0  # for a machine that is busy, and for systems without such bounds
_turns = threading.BoundedSemaphore(2)
_KINDS = {"workbook": "a workbook", "parquet": "a Parquet file"}
_DAMAGED = {
    "workbook": "a workbook that cannot be read; save it again, or as CSV.",
    "parquet": "a damaged Parquet file; write it again.",
}
_TOO_MUCH = "too much memory or time to read; leave some out, or save it as CSV."


@dataclass(frozen=True, slots=True)
class BoundedTable:
    """The rows of a table: strings, all rows of one length.

    Attributes
    ----------
    names : of the columns, if the format has some.
    parts : names of the sheets with cells.
    """

    rows: list[list[str]]
    names: list[str] | None
    parts: list[str]


def read_bounded(
    content: bytes, kind: Literal["workbook", "parquet"], part: str | None, limits: TableLimits
) -> BoundedTable:
    """The rows of a workbook's sheet, by default of the first with cells, or of a Parquet file.

    Raises
    ------
    InvalidInputError
        If it is damaged, or takes too much memory or time.
    """
    asked = {
        "kind": kind,
        "part": part,
        "rows": limits.max_rows + 1,
        "columns": limits.max_columns,
        "characters": limits.max_bytes,
        "memory": _MEMORY,
        "seconds": _CPU_S,
    }
    answer, said = _answer(json.dumps(asked).encode() + b"\n" + content)
    end = answer[-1] if answer else ""
    if end == "end":
        return BoundedTable(answer[1:-1], **answer[0])
    if end == "large":
        raise too_large(limits)
    why = _DAMAGED[kind] if end == "damaged" else f"{_KINDS[kind]} that takes {_TOO_MUCH}"
    raise InvalidInputError(f"Expected a table. Received: {why}") from OSError(said)


def too_large(limits: TableLimits) -> InvalidInputError:
    """The error for more rows, columns or text than is accepted."""
    return InvalidInputError(
        f"Expected a table of at most {limits.max_rows:,} rows and {limits.max_columns} "
        f"columns, and {mib(limits.max_bytes)} of text. Received: more than that; leave some out."
    )


def _answer(message: bytes) -> tuple[list[Any], str]:
    """What the process writes, a header, rows and how it ended; and what else it has to say."""
    script = Path(__file__).with_name("table_process.py")
    try:
        with _turns:
            process = subprocess.run(
                [sys.executable, "-P", str(script)],
                input=message,
                capture_output=True,
                timeout=_PATIENCE_S,
                check=False,
            )
    except subprocess.TimeoutExpired as err:
        return [], str(err)
    said = process.stderr[-1000:].decode(errors="replace")
    lines = process.stdout.split(b"\n")[:-1]  # one that is not ended was not to be the last
    return [json.loads(line) for line in lines], f"exit code {process.returncode}, {said}"
