"""A folder of any size is explored as its ZIP file is: photo by photo first, then all together."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from core import cluster
from core.cli.commands import app
from core.media import decode, encode_png
from core.tasks import TASKS
from core.tasks.folders import together
from core.vision import looks

KINDS = ("cat", "astronaut", "coffee")


@pytest.fixture
def graft():
    """A function that runs the command line with arguments."""
    return lambda *arguments: CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.fixture(scope="module")
def made(tmp_path_factory, crops) -> Path:
    """Three classes with a photo in the wrong one, a mirrored copy in another and a black one."""
    folder = tmp_path_factory.mktemp("made") / "set"
    for kind in KINDS:
        (folder / kind).mkdir(parents=True)
    for i, crop in enumerate(crops):
        kind = "coffee" if i == 9 else KINDS[i % 3]  # which is a cat
        (folder / kind / f"{i:02}.png").write_bytes(crop)
    mirrored = np.ascontiguousarray(decode(crops[2])[:, ::-1])
    (folder / "astronaut" / "mirrored.png").write_bytes(encode_png(mirrored))
    (folder / "cat" / "black.png").write_bytes(encode_png(np.zeros((200, 180, 3), np.uint8)))
    return folder


def found(table: pd.DataFrame, root: object = "") -> set[tuple[str, ...]]:
    """What was found, but for what hangs on the last digits of vectors."""
    kept = table[table["finding"] != "confused"]
    names = [kept[name].str.removeprefix(f"{root}/") for name in ("path", "other_path")]
    return {*zip(*names, kept["class"], kept["finding"], kept["other_class"], strict=True)}


def test_findings_are_those_of_the_zip_file_and_what_cannot_be_used_is_named(
    graft, made, tmp_path, pack
):
    files = sorted(path for path in made.rglob("*") if path.is_file())
    archive = tmp_path / "set.zip"
    archive.write_bytes(pack({str(file.relative_to(made)): file.read_bytes() for file in files}))
    whole = graft("explore", archive, "-o", tmp_path / "whole.parquet")
    assert whole.exit_code == 0, whole.output
    folder = tmp_path / "photos"
    shutil.copytree(made, folder)
    (folder / "cat" / "note.jpg").write_bytes(b"Dear diary, this is no photo.")
    shutil.copy(made / "cat" / "00.png", folder / "beside.png")
    result = graft("explore", folder, "-o", tmp_path / "findings.parquet", "--seed", "0")
    assert result.exit_code == 1
    named = [line.split(": ")[:2] for line in result.stderr.splitlines()]
    assert [name for name, _ in named] == [f"{folder}/cat/note.jpg", f"{folder}/beside.png"]
    assert "beside the folders of the classes" in named[1][1]

    table = pd.read_parquet(tmp_path / "findings.parquet")
    assert found(table, folder) == found(pd.read_parquet(tmp_path / "whole.parquet"))
    rows = found(table, folder)
    assert ("cat/black.png", "", "cat", "near-blank", "") in rows
    assert ("coffee/09.png", "", "coffee", "wrong label", "cat") in rows
    pair = ("astronaut/mirrored.png", "coffee/02.png")
    assert (*pair, "astronaut", "near duplicate", "coffee") in rows
    assert {row[0] for row in rows if row[3] == "outlier"} >= {"cat/black.png", "coffee/09.png"}
    told = json.loads(pq.read_schema(tmp_path / "findings.parquet").metadata[b"graft"])
    settings = {"backbone": "efficientnet_lite0", "seed": 0}
    assert (told["task"], told["settings"]) == ("explore", settings)
    assert not list(tmp_path.glob("*.part"))


def test_photos_are_not_looked_at_again_after_an_interruption(graft, made, tmp_path, monkeypatch):
    output = tmp_path / "findings.csv"

    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(together, "likeliest_classes", interrupted)
        result = graft("explore", made / "coffee", "-o", output)
    assert result.exit_code == 130
    assert "same command again" in result.stderr
    assert not output.exists() and (tmp_path / "findings.csv.part").exists()
    monkeypatch.setattr(looks, "embed_all", lambda *_, **__: pytest.fail("they are done"))
    assert graft("explore", made / "coffee", "-o", output).exit_code == 0
    table = pd.read_csv(output, keep_default_na=False)
    assert set(table["class"]) == {""}  # there are no folders
    assert f"{made}/coffee/09.png" in set(table["path"][table["finding"] == "outlier"])
    assert not (tmp_path / "findings.csv.part").exists()


def test_steps_say_what_is_looked_for_once_photos_are_done(made, tmp_path):
    task = TASKS["explore"]
    named, output = [str(made / "cat")], tmp_path / "findings.parquet"
    steps = list(cluster.folder_steps(task, task.settings(), named, output, pytest.fail))
    stages = list(dict.fromkeys(step.stage for step in steps[:-1]))
    assert stages == ["", "duplicates", "review"]
    count = len(list((made / "cat").iterdir()))
    assert {step.total for step in steps} == {count}
    assert (steps[-1].done, steps[-1].refused) == (count, 0)
    assert steps[-1].written == len(pd.read_parquet(output))


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (["set.zip", "-o", "out.csv", "--cluster"], 2, "--cluster: Expected a folder or bucket"),
        (["set.zip", "--cluster"], 2, "--cluster: Expected a folder or bucket"),
        (["gone", "-o", "out.csv"], 1, "gone, which is not there"),
        (["empty", "-o", "out.parquet"], 1, "no such files"),
    ],
)
def test_what_cannot_be_explored_is_said(graft, tmp_path, monkeypatch, words, code, reason):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    result = graft("explore", *words)
    assert result.exit_code == code
    assert reason in result.stderr
    assert not list(tmp_path.glob("out.*"))


def test_nothing_found_is_a_table_without_rows(graft, tmp_path, crops):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "0.png").write_bytes(crops[0])
    assert graft("explore", tmp_path / "a", "-o", tmp_path / "one.parquet").exit_code == 0
    table = pd.read_parquet(tmp_path / "one.parquet")
    assert not len(table)
    assert table["value"].dtype == float
    columns = ["path", "class", "finding", "value", "detail", "other_class", "other_path"]
    assert list(table) == columns
