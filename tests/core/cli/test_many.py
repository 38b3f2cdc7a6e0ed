"""The command line on any number of inputs: tables, folders, interruptions, servers."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
import tracemalloc
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

from core.cli.commands import app
from core.cli.task_commands import add_commands
from core.tasks import Answer, Input, Settings, Task
from core.tasks.task import table_files
from core.vision.classification import embed
from tests.made_up_task import REPEAT

ROOT = Path(__file__).parents[3]
BAD = b"Dear diary, this is no photo."


@pytest.fixture
def graft():
    """A function that runs the command line with arguments."""
    return lambda *arguments: CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.fixture
def photos(tmp_path, crops) -> Path:
    """A folder of five photos, one of them in a folder of its own, and one file that is none."""
    folder = tmp_path / "photos"
    (folder / "more").mkdir(parents=True)
    for i, crop in enumerate(crops[:4]):
        (folder / f"{i}.png").write_bytes(crop)
    (folder / "more" / "4.png").write_bytes(crops[4])
    (folder / "note.jpg").write_bytes(BAD)
    (folder / "read.me").write_bytes(BAD)
    return folder


def test_a_folder_becomes_a_table_and_what_cannot_be_used_is_listed(graft, photos, tmp_path, crops):
    result = graft("embed", photos, "-o", tmp_path / "features.parquet")
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"{photos}/note.jpg: Expected a photo")
    table = pd.read_parquet(tmp_path / "features.parquet")
    names = ["0.png", "1.png", "2.png", "3.png", "more/4.png"]
    assert list(table["path"]) == [f"{photos}/{name}" for name in names]
    told = json.loads(pq.read_schema(tmp_path / "features.parquet").metadata[b"graft"])
    assert (told["task"], told["settings"]) == ("embed", {"backbone": "efficientnet_lite0"})
    vectors = table.drop(columns="path").to_numpy()
    assert list(table.columns[1:]) == [f"f{i}" for i in range(vectors.shape[1])]
    assert vectors.dtype == np.float32
    assert vectors == pytest.approx(embed(crops[:5]), abs=0.02)  # other batches, in bf16
    assert {path.name for path in tmp_path.iterdir()} == {"photos", "features.parquet"}


@pytest.mark.timeout(120)
def test_an_interrupted_command_goes_on_where_it_was(graft, tmp_path, crops):
    """It is interrupted when the first of many photos are done."""
    folder, output = tmp_path / "photos", tmp_path / "classes.csv"
    part = tmp_path / "classes.csv.part"
    folder.mkdir()
    names = [f"{i:03}.png" for i in range(200)]
    for i, name in enumerate(names):
        (folder / name).write_bytes(crops[i % 20])
    words = ["classify", str(folder), "--top", "2", "-o", str(output)]
    running = subprocess.Popen(
        [sys.executable, "-m", "core.cli", *words],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        # a shell's background commands, and what they start, ignore the signal otherwise
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    while running.poll() is None and not (part.exists() and b"000.png" in part.read_bytes()):
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate()
    assert running.returncode == 130
    assert "same command again" in errors
    assert part.exists()
    assert not output.exists()
    with closing(sqlite3.connect(part)) as base:
        done = [Path(path) for (path,) in base.execute("SELECT item FROM done")]
    assert folder / names[0] in done
    for photo in done:
        photo.write_bytes(BAD)  # which would be refused if it were read again
    refused = graft("classify", folder, "--top", "3", "-o", output)
    assert refused.exit_code == 1
    assert "other inputs or settings" in refused.stderr
    result = graft(*words)
    assert result.exit_code == 0, result.stderr
    table = pd.read_csv(output)
    assert [Path(path).name for path in table["path"]] == names
    assert list(table.columns[1:]) == ["label_1", "score_1", "label_2", "score_2"]
    assert table.loc[20, "label_1"] == table.loc[0, "label_1"]
    assert not part.exists()


class NoAnswer(Answer):
    """Of a task whose results are tables alone."""


def made_up(function, **more) -> typer.Typer:
    """A command line with a task on photos that computes nothing."""
    task = Task(
        name="measure",
        title="Measure",
        about="How many bytes a file has.",
        inputs=(Input("photo", "photo", "Photo"),),
        settings=Settings,
        function=function,
        answer=NoAnswer,
        files=table_files(lambda size: {"size": [size]}),
        **more,
    )
    single = typer.Typer()
    add_commands(single, {"measure": task, "repeat": REPEAT})  # two, so that names count
    return single


def test_memory_does_not_grow_with_the_number_of_files(tmp_path):
    def peak(count: int) -> int:
        folder = tmp_path / str(count)
        folder.mkdir()
        for i in range(count):
            with (folder / f"{i}.png").open("wb") as file:
                file.truncate(1_000_000)
        words = ["measure", str(folder), "-o", str(tmp_path / f"{count}.csv")]
        tracemalloc.start()
        try:
            assert CliRunner().invoke(single, words).exit_code == 0
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    single = made_up(len)
    peak(1)  # imports what is needed
    few, many = peak(50), peak(400)
    assert many < few + 20_000_000  # of 350 MB more; what threads of other tests hold counts, too
    assert pd.read_csv(tmp_path / "400.csv")["size"].sum() == 400 * 1_000_000


def test_an_interrupted_job_leaves_what_it_has(tmp_path):
    def picture(_photo):
        yield 1
        yield 2
        raise KeyboardInterrupt

    pixels = np.zeros((2, 2, 3), np.uint8)
    single = made_up(picture, picture=lambda step: pixels + step, share=lambda step: step / 4)
    (tmp_path / "photo.png").write_bytes(BAD)
    words = ["measure", str(tmp_path / "photo.png"), "-o", str(tmp_path / "out.png")]
    assert CliRunner().invoke(single, words).exit_code == 130
    assert Image.open(tmp_path / "out.png").getpixel((0, 0)) == (2, 2, 2)


def test_a_table_of_reviews_keeps_its_columns(graft, tmp_path):
    table = tmp_path / "reviews.csv"
    table.write_text('text;verdict\n"A wonderful film, I loved it.";a\n"Dull, a waste.";b\n')
    result = graft("sentiment", table, "-o", tmp_path / "verdicts.parquet", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["written"] == 2
    verdicts = pd.read_parquet(tmp_path / "verdicts.parquet")
    assert list(verdicts.columns) == ["text", "verdict", "probability", "verdict'"]
    assert list(verdicts["verdict"]) == ["a", "b"]
    assert list(verdicts["verdict'"]) == ["positive", "negative"]
    assert verdicts["probability"][0] > 0.5 > verdicts["probability"][1]


def test_pictures_go_into_a_folder_each_under_a_name_of_its_own(graft, tmp_path, crops):
    for name in ("a.png", "a.jpg", "deep/b.png"):
        path = tmp_path / "grey" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(crops[0])
    result = graft("colorize", tmp_path / "grey", "-o", tmp_path / "colours", "--saturation", "0.5")
    assert result.exit_code == 0
    written = {str(path.relative_to(tmp_path)) for path in tmp_path.glob("colours/**/*.*")}
    assert written == {"colours/a.png", "colours/a-2.png", "colours/deep/b.png"}
    assert not (tmp_path / "colours.part").exists()


def test_a_server_gives_the_same_numbers(graft, photos, tmp_path, server):
    (tmp_path / "reviews.csv").write_text("text\nA wonderful film.\nA dull and boring film.\n")
    for words in (
        ["classify", photos],
        ["embed", photos],
        ["explore", photos],
        ["sentiment", tmp_path / "reviews.csv"],
    ):
        here = graft(*words, "-o", tmp_path / "here.csv")
        there = graft(*words, "-o", tmp_path / "there.csv", "--server", server.url)
        assert here.exit_code == there.exit_code == int(photos in words), there.stderr
        assert here.stderr == there.stderr
        tables = [pd.read_csv(tmp_path / name) for name in ("here.csv", "there.csv")]
        pd.testing.assert_frame_equal(*tables, atol=0.02)  # other batches, in bf16


def test_answers_and_refusals_are_json_lines_for_machines(graft, photos):
    result = graft("classify", photos, "--top", "3", "--json")
    assert result.exit_code == 1
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [Path(answer["input"]).name for answer in answers][-2:] == ["note.jpg", "4.png"]
    assert [len(answer.get("labels", [])) for answer in answers] == [3, 3, 3, 3, 0, 3]
    assert answers[4]["error"].startswith("Expected a photo")
    assert not result.stderr
    listed = [json.loads(line) for line in graft("networks", "--json").stdout.splitlines()]
    assert {"name", "title", "bytes", "on_disk"} == listed[0].keys()


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (["classify", "0.png", "-o", "out.txt"], 2, "Expected .json, .csv, .parquet"),
        (["classify", "0.png", "1.png", "-o", "out.json"], 2, "a table or a folder"),
        (["classify", "0.png", "--top", "0"], 2, "greater than or equal to 1"),
        (["classify", "gone.png"], 1, "gone.png, which is not there"),
        (["classify", "gone.png", "-o", "out.csv"], 1, "gone.png, which is not there"),
        (["embed", "empty", "-o", "out.csv"], 1, "no such files"),
        (["embed", "0.png", "-o", "out.csv", "--backbone", "resnet5"], 1, "Did you mean"),
        (["classify", "0.png", "--server", "http://127.0.0.1:9"], 1, "Received: no answer"),
        (["classify", "0.png", "--cluster"], 2, "--output with a table or a folder"),
        (["embed", "0.png", "-o", "out.csv", "--cluster", "--server", "x"], 2, "no --server"),
    ],
)
def test_exit_codes_say_what_kind_of_failure_it_was(
    graft, photos, monkeypatch, words, code, reason
):
    monkeypatch.chdir(photos)
    (photos / "empty").mkdir()
    result = graft(*words)
    assert result.exit_code == code
    assert reason in result.stderr
    assert not list(photos.glob("out.*"))


def test_help_waits_for_no_library_that_only_a_task_needs(python):
    loaded = python("import sys, core.cli.commands; print(*sys.modules)").split()
    for name in ("pandas", "scipy", "openvino", "requests", "streamlit", "fastapi", "librosa"):
        assert name not in loaded
