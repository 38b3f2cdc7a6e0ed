"""Examples of code: what they say can be typed, sent and run."""

from __future__ import annotations

import shlex

import numpy as np
import pytest
from typer.testing import CliRunner

from core.cli.commands import app
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
    exec(examples.python(task, settings), {})
    assert capsys.readouterr().out.strip()
    words = shlex.split(examples.command(task, settings))
    assert words[0] == "graft"
    assert CliRunner().invoke(app, words[1:]).exit_code == 0


def test_only_what_was_changed_is_named():
    classify = TASKS["classify"]
    usual, changed = examples.filled(classify, {}), examples.filled(classify, {"top_k": 3})
    assert "top" not in examples.command(classify, usual)
    assert examples.command(classify, changed) == "graft classify photo.jpg --top-k 3"
    assert examples.curl(classify, changed) == (
        "curl 'http://localhost:8501/api/classify?top_k=3' -F photo=@photo.jpg"
    )
    sentiment = TASKS["sentiment"]
    assert '-d \'{"reviews": [' in examples.curl(sentiment, examples.filled(sentiment, {}))
