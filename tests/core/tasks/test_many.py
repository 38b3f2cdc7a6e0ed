"""Jobs on many inputs: results one by one, what cannot be used, a table of all."""

from __future__ import annotations

import io
import sys
import zipfile

import pandas as pd
import pytest

from core.errors import InvalidInputError
from core.tasks import TASKS, Answer, Input, Settings, Task
from core.tasks.many import many
from core.tasks.task import CSV, PARQUET, ZIP, table_files


class LengthAnswer(Answer):
    length: int

    @classmethod
    def of(cls, result):
        return cls(length=result)


def length(photo: bytes) -> int:
    if not photo:
        raise InvalidInputError("Expected bytes. Received: none.")
    return len(photo)


MANY = many(
    Task(
        name="length",
        title="Length",
        about="How long it is.",
        inputs=(Input("photo", "photo", "Photo"),),
        settings=Settings,
        function=length,
        answer=LengthAnswer,
        files=table_files(lambda value: {"length": [value]}),
    ),
    "many-lengths",
    "Lengths",
    Input("photos", "photos", "Photos"),
)


def test_results_come_one_after_another_and_in_order():
    steps = list(MANY({"photos": [b"a" * i for i in range(1, 21)]}, Settings()))
    assert [step.done for step in steps] == list(range(1, 21))
    assert steps[-1].results == tuple(range(1, 21))
    assert MANY.share(steps[4]) == 0.25


def test_what_cannot_be_used_is_reported_and_does_not_stop_the_others():
    *_, last = MANY({"photos": [b"a", b"", b"ccc"]}, Settings())
    answer = MANY.answer.of(last).model_dump()
    assert answer["results"] == [{"length": 1}, None, {"length": 3}]
    assert answer["errors"] == ["", "Expected bytes. Received: none.", ""]
    table = pd.read_csv(io.BytesIO(MANY.encode(last, CSV)), keep_default_na=False)
    assert table["input"].tolist() == [0, 1, 2]
    assert table["error"].tolist() == answer["errors"]
    assert pd.read_parquet(io.BytesIO(MANY.encode(last, PARQUET)))["length"][2] == 3


@pytest.mark.parametrize("broken", [0, 1])
def test_coloured_photos_come_as_one_file(cat, broken):
    task = TASKS["many-colors"]
    photos = [cat, cat]
    photos[broken] = b"no photo"
    *_, last = task({"photos": photos}, task.settings())
    with zipfile.ZipFile(io.BytesIO(task.encode(last, ZIP))) as archive:
        assert archive.namelist() == [f"{1 - broken}.png"]
    assert task.picture(last).shape[2] == 3


def test_pictures_together_take_only_so_much_memory(crops, monkeypatch):
    module = sys.modules[many.__module__]
    monkeypatch.setattr(module, "MOST_PIXELS", 2 * 200 * 180)
    task = TASKS["many-colors"]
    *_, last = task({"photos": crops[:3]}, task.settings())
    assert [result is None for result in last.results] == [False, False, True]
    assert last.errors[2].startswith("Expected at most 0 megapixels in all pictures together.")
