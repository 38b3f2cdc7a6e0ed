"""Workbooks and Parquet files: what their cells say, and those that would take too much."""

from __future__ import annotations

import datetime
import io
import zipfile

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from core.errors import InvalidInputError
from core.media import bounded_tables, read_rows, read_table
from tests.bench import workbooks
from tests.bench.hostile_files import far_cell, repeated_text

REVIEWS = [["text", "label"], ["A film that I would watch again.", "good"], ["A dull film.", "bad"]]
TOO_MUCH = "takes too much memory or time"


def written(**columns) -> bytes:
    stream = io.BytesIO()
    parquet.write_table(pa.table(columns), stream)
    return stream.getvalue()


def reviews_in_parquet() -> bytes:
    return written(text=["A film that I would watch again.", "A dull film."], label=["good", "bad"])


@pytest.mark.parametrize("reference", ["XFD2000", "XFD1048576"])
def test_a_cell_far_away_does_not_take_the_memory_of_all_between(reference):
    with pytest.raises(InvalidInputError, match=TOO_MUCH):
        read_table(far_cell(reference))


def test_a_text_that_is_stored_once_and_repeated_counts_each_time():
    assert len(repeated_text(100, 200_000)) < 2000
    assert len(read_table(repeated_text(100, 200_000)).texts) == 100
    with pytest.raises(InvalidInputError, match="64 MiB of text"):
        read_table(repeated_text(20_000, 200_000))


@pytest.mark.parametrize("content", [workbooks.xlsx({"One": REVIEWS}), reviews_in_parquet()])
def test_what_takes_too_long_is_refused_and_the_next_is_read(content, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(bounded_tables, "_PATIENCE_S", 0.001)
        with pytest.raises(InvalidInputError, match=TOO_MUCH):
            read_table(content)
    assert read_table(content).labels == ("good", "bad")


def test_cells_without_any_text_above_and_before_are_left_out():
    with zipfile.ZipFile(io.BytesIO(workbooks.xlsx({"One": REVIEWS}))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sheet = members["xl/worksheets/sheet1.xml"]
    for row in (3, 2, 1):
        sheet = sheet.replace(f'"{row}"'.encode(), f'"{row + 4}"'.encode())
        for before, after in (("B", "D"), ("A", "C")):
            sheet = sheet.replace(f'"{before}{row}"'.encode(), f'"{after}{row + 4}"'.encode())
    table = read_table(workbooks.packed(members | {"xl/worksheets/sheet1.xml": sheet}))
    assert (table.columns, table.labels) == (("text", "label"), ("good", "bad"))


def test_cells_of_a_parquet_file_are_written_as_one_reads_them():
    _, frame = read_rows(
        written(
            text=["A film that I would watch again.", "A dull film."],
            whole=[1, None],
            share=[0.1, float("nan")],
            is_good=[True, False],
            tags=[["größer", "new"], []],
            day=[datetime.date(2026, 3, 1), None],
            raw=[b"\x00", None],
        )
    )
    assert frame.iloc[0, 1:].tolist() == ["1", "0.1", "True", '["größer", "new"]', "2026-03-01", ""]
    assert frame.iloc[1, 1:].tolist() == ["", "", "False", "[]", "", ""]


def test_a_parquet_file_without_rows_or_columns_is_refused():
    for frame in (pd.DataFrame({"text": []}), pd.DataFrame(index=range(4))):
        stream = io.BytesIO()
        frame.to_parquet(stream)
        with pytest.raises(InvalidInputError, match="no rows"):
            read_table(stream.getvalue())


def test_bytes_of_a_parquet_file_that_are_no_text_are_refused():
    content = reviews_in_parquet()
    damaged = content.replace(b"A dull film.", b"A dull \xf6ilm.")
    assert damaged != content
    with pytest.raises(InvalidInputError, match="damaged Parquet file"):
        read_table(damaged)


def test_a_workbook_with_too_many_entries_is_refused_before_they_are_listed():
    entries = dict.fromkeys([f"xl/{number}" for number in range(20_001)], b"")
    with pytest.raises(InvalidInputError, match="more than 20,000 entries"):
        read_table(workbooks.packed(entries))
