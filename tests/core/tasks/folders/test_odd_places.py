"""Folders as people have them: odd names, pipes, large files, broken tables, where not to write."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from core.errors import InvalidInputError
from core.media import IMAGE_LIMITS
from core.tasks import TASKS
from core.tasks.folders.part_file import command_in, part_path
from core.tasks.folders.steps import folder_steps
from core.tasks.folders.work import encoded

CLASSIFY, COLORIZE, SENTIMENT = (TASKS[name] for name in ("classify", "colorize", "sentiment"))


@pytest.fixture
def work():
    """A function that works on what is named, and returns what was refused, by name, and why."""

    def run(task, named: object, output: Path, **more) -> dict[str, str]:
        refused: dict[str, str] = {}
        call = partial(encoded, task, task.settings())
        steps = folder_steps(
            task, call, [str(named)], {}, output, "a command", refused.__setitem__, **more
        )
        list(steps)
        return refused

    return run


@pytest.fixture
def folder(tmp_path, crops) -> Path:
    """A folder of two photos."""
    (tmp_path / "photos").mkdir()
    for number in range(2):
        (tmp_path / "photos" / f"{number}.png").write_bytes(crops[number])
    return tmp_path / "photos"


def test_a_name_in_no_encoding_of_what_cannot_be_read_is_refused_alone(work, folder, tmp_path):
    os.symlink("/nonexistent", os.fsencode(folder) + b"/gone\xff.jpg")
    output = tmp_path / "classes.csv"
    ((name, why),) = work(CLASSIFY, folder, output).items()
    assert name.endswith("gone\\udcff.jpg")
    assert "which is not there" in why
    assert len(pd.read_csv(output)) == 2


@pytest.mark.timeout(60)
def test_a_pipe_is_not_waited_for(work, folder, tmp_path):
    os.mkfifo(folder / "pipe.jpg")
    ((name, why),) = work(CLASSIFY, folder, tmp_path / "classes.csv").items()
    assert name.endswith("pipe.jpg")
    assert "Expected a file" in why


def test_what_is_too_large_is_refused_before_it_is_read(work, folder, tmp_path, monkeypatch):
    with (folder / "huge.jpg").open("wb") as file:
        file.truncate(IMAGE_LIMITS.max_bytes + 1)  # of which nothing is on the disk
    read, read_bytes = [], Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read.append(path.name) or read_bytes(path))
    ((name, why),) = work(CLASSIFY, folder, tmp_path / "classes.csv").items()
    assert name.endswith("huge.jpg")
    assert "at most 32 MiB" in why
    assert "huge.jpg" not in read


def test_a_broken_table_among_others_is_refused_alone(work, tmp_path):
    texts = tmp_path / "texts"
    texts.mkdir()
    for name in ("a.csv", "c.csv"):
        (texts / name).write_text("review\nA fine film.\n")
    (texts / "b.csv").write_text("")
    output = tmp_path / "verdicts.csv"
    ((name, why),) = work(SENTIMENT, texts, output).items()
    assert name == str(texts / "b.csv")
    assert "empty" in why
    assert len(pd.read_csv(output)) == 2
    with pytest.raises(InvalidInputError, match="empty"):  # named itself, it is all there is
        work(SENTIMENT, texts / "b.csv", tmp_path / "none.csv")


@pytest.mark.parametrize("inside", ["", "made", "more/made"])
def test_pictures_never_take_the_place_of_their_originals(work, folder, inside):
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(InvalidInputError, match="outside of the one with the originals"):
        work(COLORIZE, folder, folder / inside)
    with pytest.raises(InvalidInputError, match="outside of the one with the originals"):
        work(COLORIZE, folder / "0.png", folder / ".." / "photos")
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_a_folder_that_cannot_be_made_is_a_sentence(work, folder, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInputError, match="Expected a folder that can be made"):
        work(COLORIZE, folder, tmp_path / "file" / "made")


@pytest.mark.parametrize("counts", [True, False])
def test_what_cannot_be_listed_leaves_no_part_file(work, tmp_path, counts):
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(InvalidInputError):
        work(SENTIMENT, tmp_path / "empty.csv", tmp_path / "out.csv", counts=counts)
    assert [path.name for path in tmp_path.iterdir()] == ["empty.csv"]


def test_a_part_file_says_of_what_it_is_part(work, folder, tmp_path):
    output = tmp_path / "classes.csv"
    assert command_in(part_path(output)) is None
    call = partial(encoded, CLASSIFY, CLASSIFY.settings())
    steps = folder_steps(CLASSIFY, call, [str(folder)], {}, output, "a command", lambda *_: None)
    while next(steps).done < 2:
        pass
    steps.close()
    assert command_in(part_path(output)) == "a command"
    part_path(output).write_bytes(b"something else")
    assert command_in(part_path(output)) == ""
