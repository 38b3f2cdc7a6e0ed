"""What a long command has done so far, in a file beside its output, so that it can go on."""

from __future__ import annotations

import io
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from core.errors import InvalidInputError

if TYPE_CHECKING:
    import pyarrow as pa

ABOUT = "graft"
"""Under which a Parquet file says how it was made."""

_TABLES = """
CREATE TABLE IF NOT EXISTS command (text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS done (item TEXT PRIMARY KEY, error TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pieces (number INTEGER PRIMARY KEY, rows BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS places (place TEXT PRIMARY KEY, item TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS schemas (schema BLOB PRIMARY KEY) WITHOUT ROWID;
"""
# of a row group, at most: each costs Parquet 2 KB a column in memory until the file is closed
_GROUP_ROWS, _GROUP_BYTES = 65_536, 16 << 20
_PIECES = 16  # small ones are larger as they are kept than the numbers in them


def part_path(output: Path) -> Path:
    """Where the part file of an output is, or would be."""
    return output.parent / f"{output.resolve().name}.part"


def command_in(path: Path) -> str | None:
    """The command that a part file comes from; None if there is no such file.

    Empty if that cannot be said: it is in use, or something else of that name.
    """
    if not path.exists():
        return None
    with closing(
        sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=0)
    ) as base:
        try:
            row = base.execute("SELECT text FROM command").fetchone()
        except sqlite3.Error:
            return ""
    return "" if row is None else str(row[0])


class PartFile:
    """The items that are done, and their rows; a killed process loses none that was added.

    Parameters
    ----------
    output : the file or folder that the rows are for; the part file is `OUTPUT.part`.
    command : what makes the rows. A part file of another command is refused.

    Raises
    ------
    InvalidInputError
        If what is there comes from another command, is in use, or cannot be written.
    """

    def __init__(self, output: Path, command: str) -> None:
        self.path = part_path(output)
        try:
            self._base = sqlite3.connect(self.path, timeout=1)
            self._base.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._base.execute("PRAGMA synchronous = OFF")  # holds if the process is killed
            self._base.executescript(_TABLES)
            row = self._base.execute("SELECT text FROM command").fetchone()
            if row is None:
                with self._base:
                    self._base.execute("INSERT INTO command VALUES (?)", [command])
        except sqlite3.Error as err:
            raise InvalidInputError(
                f"Expected to write {self.path}. Received: {err}. "
                "Perhaps nothing can be written there, another command uses it, or it is no part "
                "file."
            ) from err
        if row is not None and row[0] != command:
            self.close()
            raise InvalidInputError(
                f"Expected {self.path} to come from this command. Received: one of other inputs "
                "or settings. Run that command again to complete it, or delete the file."
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return self._base.execute("SELECT count(*) FROM done").fetchone()[0]

    def __contains__(self, item: str) -> bool:
        row = self._base.execute("SELECT 1 FROM done WHERE item = ?", [item]).fetchone()
        return row is not None

    def add(self, rows: pa.Table | None, items: Sequence[str], errors: Mapping[str, str]) -> None:
        """Add rows, the items that they are of, and items of which there are none, and why."""
        done = [(item, None) for item in items]
        with self._base:
            self._base.executemany(
                "INSERT OR IGNORE INTO done VALUES (?, ?)", [*done, *errors.items()]
            )
            if rows is None:
                return
            schema = rows.schema.remove_metadata()
            self._base.execute(
                "INSERT OR IGNORE INTO schemas VALUES (?)", [schema.serialize().to_pybytes()]
            )
            self._base.execute("INSERT INTO pieces (rows) VALUES (?)", [_packed(rows.cast(schema))])

    def place(self, item: str, wanted: Path) -> Path:
        """Where the result of an item goes: as wanted, unless another's goes there."""
        place, number = wanted, 1
        while True:
            with self._base:
                self._base.execute("INSERT OR IGNORE INTO places VALUES (?, ?)", [str(place), item])
            query = "SELECT item FROM places WHERE place = ?"
            if self._base.execute(query, [str(place)]).fetchone()[0] == item:
                return place
            number += 1
            place = wanted.with_stem(f"{wanted.stem}-{number}")

    def refused(self) -> Iterator[tuple[str, str]]:
        """Items that could not be used, and why."""
        yield from self._base.execute("SELECT item, error FROM done WHERE error IS NOT NULL")

    def used(self) -> Iterator[str]:
        """Items that could be used."""
        for (item,) in self._base.execute("SELECT item FROM done WHERE error IS NULL"):
            yield item

    def close(self) -> None:
        """Leave the file as it is."""
        self._base.close()

    def delete(self) -> None:
        """Close and delete it, its purpose fulfilled."""
        self.close()
        self.path.unlink()

    def tables(self) -> Iterator[pa.Table]:
        """All rows in the order in which they came, under one schema, many at a time."""
        import pyarrow as pa

        serialized = self._base.execute("SELECT schema FROM schemas").fetchall()
        schemas = [pa.ipc.read_schema(pa.py_buffer(each)) for (each,) in serialized]
        if not schemas:
            return
        schema = pa.unify_schemas(schemas, promote_options="permissive")
        group: list[pa.Table] = []
        rows = size = 0
        for (content,) in self._base.execute("SELECT rows FROM pieces ORDER BY number"):
            piece = pa.ipc.open_stream(content).read_all()
            group.append(pa.concat_tables([schema.empty_table(), piece], promote_options="default"))
            rows, size = rows + len(piece), size + piece.nbytes
            if len(group) >= _PIECES:
                group = [pa.concat_tables(group).combine_chunks()]
            if rows >= _GROUP_ROWS or size >= _GROUP_BYTES:
                yield pa.concat_tables(group)
                group, rows, size = [], 0, 0
        if group:
            yield pa.concat_tables(group)


def write_table(output: Path, tables: Iterable[pa.Table], about: Mapping[str, Any]) -> int:
    """Put tables into a CSV or Parquet file, at once in its place; how many rows there are.

    Without tables no file is written. A Parquet file has `about` in the metadata of its schema,
    as JSON under `graft`.
    """
    draft = output.with_name(f"{output.name}.new")
    if output.suffix.lower() == ".csv":
        count = _write_csv(draft, tables)
    else:
        count = _write_parquet(draft, tables, about)
    if count is not None:
        os.replace(draft, output)
    return count or 0


def _packed(table: pa.Table) -> bytes:
    import pyarrow as pa

    buffer = io.BytesIO()
    with pa.ipc.new_stream(buffer, table.schema) as stream:
        stream.write_table(table)
    return buffer.getvalue()


def _write_parquet(path: Path, tables: Iterable[pa.Table], about: Mapping[str, Any]) -> int | None:
    import pyarrow.parquet as pq

    count, writer = 0, None
    for table in tables:
        table = table.replace_schema_metadata({ABOUT: json.dumps(about, ensure_ascii=False)})
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
        count += len(table)
    if writer is None:
        return None
    writer.close()
    return count


def _write_csv(path: Path, tables: Iterable[pa.Table]) -> int | None:
    count: int | None = None
    for table in tables:
        is_first = count is None
        table.to_pandas().to_csv(path, mode="w" if is_first else "a", header=is_first, index=False)
        count = (count or 0) + len(table)
    return count
