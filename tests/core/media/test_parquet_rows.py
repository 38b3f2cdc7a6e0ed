"""Parquet files of any size, row by row."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest

from core.errors import InvalidInputError
from core.media import read_rows
from core.media.parquet_rows import ParquetRows

COUNT = 9000  # several batches


@pytest.fixture(scope="module")
def content() -> bytes:
    frame = pd.DataFrame(
        {
            "number": range(COUNT),
            "share": [i / 4 for i in range(COUNT)],
            "review": [None if i == 5 else f"A film of part {i}." for i in range(COUNT)],
        },
        index=pd.Index([f"row {i}" for i in range(COUNT)]),
    )
    buffer = io.BytesIO()
    frame.to_parquet(buffer, row_group_size=3500)
    return buffer.getvalue()


@pytest.fixture
def rows(content) -> ParquetRows:
    return ParquetRows(lambda: io.BytesIO(content), "reviews.parquet")


def test_cells_are_those_of_a_table_that_is_read_as_a_whole(rows, content):
    table, frame = read_rows(content)
    assert rows.count == COUNT
    assert rows.columns == table.columns
    assert rows.text_column == table.text_column == "review"
    for number in (0, 5, 1023, 1024, 3499, 3500, 8999):
        assert rows[number] == frame.iloc[number].to_dict()


def test_rows_can_be_asked_for_in_any_order_and_by_threads(rows):
    asked = [*range(0, COUNT, 7), 3, 8999, 0]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: rows[number]["number"], asked))
    assert answers == [str(number) for number in asked]


def test_rows_in_order_are_read_once(content):
    opened = []

    def open_it():
        opened.append(io.BytesIO(content))
        return opened[-1]

    rows = ParquetRows(open_it, "reviews.parquet")
    assert [rows[number]["number"] for number in range(COUNT)] == [str(i) for i in range(COUNT)]
    assert len(opened) == 1
    assert len(rows._held) < COUNT / 1024


@pytest.mark.parametrize("spoil", [lambda data: b"PAR1 and nothing", lambda data: data[:-20]])
def test_a_damaged_file_is_a_sentence(content, spoil):
    with pytest.raises(InvalidInputError, match="a damaged Parquet file"):
        ParquetRows(lambda: io.BytesIO(spoil(content)), "reviews.parquet")


def test_damage_further_on_is_one_too(content):
    middle = len(content) // 2
    spoiled = content[: middle - 4000] + bytes(8000) + content[middle + 4000 :]
    rows = ParquetRows(lambda: io.BytesIO(spoiled), "reviews.parquet")
    with pytest.raises(InvalidInputError, match=r"reviews\.parquet, a damaged Parquet file"):
        [rows[number] for number in range(COUNT)]


def test_a_file_without_rows_is_refused():
    buffer = io.BytesIO()
    pd.DataFrame({"text": pd.Series([], dtype=str)}).to_parquet(buffer)
    with pytest.raises(InvalidInputError, match="without rows"):
        ParquetRows(lambda: io.BytesIO(buffer.getvalue()), "reviews.parquet")
