"""Files that somebody has made to do harm: each is answered or refused by a sentence."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pandas as pd
import pytest

from core import media
from tests.bench import hostile_files
from tests.bench.hostile_files import HostileFile, Reader


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    started = Reader()
    yield started
    started.close()


def faults(reader: Reader, count: int, seed: int) -> list[str]:
    """What is wrong, but for time, which depends on what else runs."""
    return [
        f"{file.name}: {fault.reader}: {fault.what}"
        for file in hostile_files.files(count, seed)
        for fault in reader.faults(file)
        if not fault.what.endswith(" s")
    ]


def test_some_hostile_files_do_no_harm(reader):
    assert faults(reader, 60, seed=1) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 6))
def test_a_thousand_hostile_files_do_no_harm(reader, seed):
    assert faults(reader, 1000, seed) == []


def test_the_same_seed_makes_the_same_files():
    first, second, other = (
        [file for file in hostile_files.files(12, seed) if not re.search("ogg|joined", file.name)]
        for seed in (7, 7, 8)
    )
    assert first == second != other


def _fails(_data: bytes) -> Iterator[tuple[str, str]]:
    yield "probe", ""
    raise KeyError("nothing that a visitor understands")


def test_what_is_no_sentence_is_a_fault(reader, monkeypatch):
    class Pipe:
        """Between the two ends of a conversation in one process."""

        def __init__(self) -> None:
            self.sent: list[bytes] = []
            self.asked = iter([b"a file"])

        def recv_bytes(self) -> bytes:
            return next(self.asked)

        def send_bytes(self, data: bytes) -> None:
            self.sent.append(data)

    pipe = Pipe()
    monkeypatch.setattr(hostile_files, "read", _fails)
    with pytest.raises(StopIteration):
        hostile_files._serve(pipe)
    assert b"KeyError" in pipe.sent[-1]


def test_a_reader_that_ends_is_a_fault_and_the_next_file_is_read(reader):
    reader._process.kill()
    file = HostileFile("a text", b"Some words.")
    (fault,) = reader.faults(file)
    assert "the process ended, -9" in fault.what
    assert list(reader.faults(file)) == []


def test_notes_of_pandas_in_a_parquet_file_may_be_damaged():
    stream = io.BytesIO()
    pd.DataFrame({"text": ["A film."] * 4, "label": [0, 1] * 2}, index=[4, 5, 6, 8]).to_parquet(
        stream
    )
    data = stream.getvalue()
    damaged = data.replace(b"pandas_type", b"pandas_tipe")
    assert damaged != data
    for content in (data, damaged):
        table = media.read_table(content)
        assert (table.texts, table.labels) == (("A film.",) * 4, ("0", "1") * 2)
