"""Examples of code: what they say can be typed, sent and run."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from core.api.app import web_api
from core.cli.commands import app
from core.errors import InvalidInputError
from core.media import encode_wav
from core.tasks import TASKS, examples

SHORT = {"filters": {"size": 32, "steps": 2, "channels": [0]}}


@pytest.fixture
def folder(tmp_path, monkeypatch, cat):
    """A folder with the files that examples name."""
    monkeypatch.chdir(tmp_path)
    for name in ("photo.jpg", "style.jpg"):
        (tmp_path / name).write_bytes(cat)
    tone = 0.3 * np.sin(np.arange(48_000) / 9)
    (tmp_path / "recording.wav").write_bytes(encode_wav(tone.astype(np.float32), 16_000))


# one for every shape of inputs and results
SHAPES = ["classify", "embed", "nearest-photos", "sentiment", "sounds", "filters"]


@pytest.mark.parametrize("name", SHAPES)
def test_an_example_runs(name, folder, capsys):
    task = TASKS[name]
    settings = examples.filled(task, SHORT.get(task.name, {}))
    call = examples.Call(task, settings)
    exec(call.python(), {})
    assert capsys.readouterr().out.strip()
    words = shlex.split(call.command())
    assert words[0] == "graft"
    assert CliRunner().invoke(app, words[1:]).exit_code == 0


def test_every_request_is_of_a_kind_that_the_web_api_takes():
    document = web_api().openapi()
    for task in TASKS.values():
        body = document["paths"][f"/{task.name}"]["post"]["requestBody"]["content"]
        request = examples.Call(task, task.settings()).curl()
        kind = "multipart/form-data" if " -F " in request else "application/json"
        assert kind in body, request
        assert kind in request or kind.startswith("multipart"), request


def test_only_what_was_changed_is_named():
    classify = TASKS["classify"]
    usual = examples.Call(classify, examples.filled(classify, {}))
    changed = examples.Call(classify, examples.filled(classify, {"top_k": 3}))
    assert "top" not in usual.command()
    assert changed.command() == "graft classify photo.jpg --top-k 3"
    assert changed.curl("https://graft.example") == (
        "curl 'https://graft.example/api/classify?top_k=3' -F photo=@photo.jpg"
    )


def test_texts_are_in_the_code_if_they_are_short_and_else_in_a_file(tmp_path, monkeypatch):
    task = TASKS["explain-review"]
    settings = examples.filled(task, {"method": "leave_one_out"})
    short = examples.Call(task, settings, {"review": "What's new"})
    assert shlex.split(short.command())[2] == "What's new"
    body = '{"review": "What\'s new", "method": "leave_one_out"}'
    assert shlex.split(short.curl())[-1] == body
    assert 'inputs = {"review": "What\'s new"}' in short.python()
    long = examples.Call(task, settings, {"review": "long. " * 99})
    assert long.command() == "graft explain-review review.txt --method leave_one_out"
    assert 'Path("review.txt").read_text("utf-8")' in long.python()
    assert shlex.split(long.curl())[:6] == [
        "jq", "-n", "--rawfile", "review", "review.txt",
        '{review: $review, method: "leave_one_out"}',
    ]  # fmt: skip


def test_the_requests_of_a_job_follow_it_and_keep_its_result():
    task = TASKS["zoom"]
    begin, follow, keep = examples.Call(task, task.settings()).curl("http://graft").splitlines()
    assert begin.startswith("job=http://graft$(curl -s http://graft/api/zoom -F photo=@photo.jpg ")
    assert follow == "curl -N $job/events"
    assert keep == "curl $job/result -H 'Accept: image/png' -o result.png"


def test_a_file_that_may_be_left_out_is_named_where_it_is_there():
    task = TASKS["dream"]
    without = examples.Call(task, examples.filled(task, {}))
    guided = examples.Call(task, examples.filled(task, {}), files={"guide": 1})
    assert without.command() == "graft dream photo.jpg"
    assert guided.command() == "graft dream photo.jpg --guide guide.jpg"
    assert "-F photo=@photo.jpg -F guide=@guide.jpg | jq" in guided.curl()
    assert '"guide": Path("guide.jpg").read_bytes()' in guided.python()
    mixed = examples.Call(TASKS["stylize"], TASKS["stylize"].settings(), files={"others": 2})
    assert mixed.command() == (
        "graft stylize photo.jpg style.jpg --others others_1.jpg --others others_2.jpg"
    )
    assert mixed.python().count(".read_bytes()") == 4


def test_a_command_reads_files_that_may_be_left_out(folder):
    task = TASKS["stylize"]
    mixed = examples.Call(task, task.settings(size=64, blend=[0.3, 0.7]), files={"others": 1})
    Path("others.jpg").write_bytes(Path("style.jpg").read_bytes())
    assert CliRunner().invoke(app, shlex.split(mixed.command())[1:]).exit_code == 0
    alone = examples.Call(task, mixed.settings)  # a weight for a style that isn't there
    refused = CliRunner().invoke(app, shlex.split(alone.command())[1:])
    assert refused.exit_code == 1 and "1 style, 2 weights" in refused.output


@pytest.mark.parametrize("part", ["0.5,0,0.5,1", "0,1,1,0"])
def test_a_part_of_a_photo_with_nothing_in_it_is_refused(part, cat):
    task = TASKS["classify"]
    with pytest.raises(InvalidInputError, match="Expected a left below a right"):
        task({"photo": cat}, task.settings(part=part))
