"""Odd files, places and servers on the command line: a sentence, and nothing lost."""

from __future__ import annotations

import http.server
import json
import os
import threading

import pandas as pd
import pytest
from typer.testing import CliRunner

from core.cli.commands import app

ODD = os.fsdecode(b"odd \xff.png")  # a name in no encoding


@pytest.fixture
def graft(tmp_path, monkeypatch, crops):
    """A function that runs `graft` beside a folder of photos, one of them with an odd name."""
    monkeypatch.chdir(tmp_path)
    for name in ("photos/a.png", f"photos/{ODD}"):
        (tmp_path / "photos").mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(crops[0])
    (tmp_path / "empty").mkdir()
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "file").touch()
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


def test_names_in_no_encoding_are_read_and_written_as_text(graft, tmp_path):
    assert graft("classify", "photos", "-o", "table.csv").exit_code == 0
    assert list(pd.read_csv("table.csv")["path"]) == ["photos/a.png", "photos/odd \\udcff.png"]
    assert graft("embed", "photos", "-o", "table.parquet").exit_code == 0
    assert graft("colorize", "photos", "-o", "coloured").exit_code == 0
    assert len(list((tmp_path / "coloured").iterdir())) == 2
    lines = graft("classify", "photos", "--json").stdout.encode("utf-8").splitlines()
    assert [json.loads(line)["input"] for line in lines] == ["photos/a.png", f"photos/{ODD}"]


def test_a_folder_to_train_on_may_hold_old_files_and_odd_names(graft, tmp_path, crops):
    for i, crop in enumerate(crops[:8]):
        path = tmp_path / "set" / "ab"[i % 2] / (f"{i}.png" if i else ODD)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(crop)
        os.utime(path, (0, 0))  # before the first date that a ZIP file knows
    result = graft("explore", "set", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["counts"] == {"a": 4, "b": 4}


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["classify", "photos/a.png", "-o", "nowhere/x.json"], "a file in a folder"),
        (["classify", "photos/a.png", "-o", "nowhere/x.csv"], "a file in a folder"),
        (["classify", "photos/a.png", "-o", "folder.csv"], "a file in a folder"),
        (["classify", "photos/a.png", "-o", "folder.json"], "a file in a folder"),
        (["colorize", "photos/a.png", "-o", "file"], "Expected a folder. Received: file"),
        (["classify", "photos/a.png", "--part", "all"], "LEFT,TOP,RIGHT,BOTTOM"),
    ],
)
def test_what_cannot_be_written_is_refused_at_once(graft, words, reason):
    result = graft(*words)
    assert result.exit_code == 2
    assert reason in result.stderr


@pytest.mark.parametrize("words", [["sentiment", "empty"], ["many-photos", "empty"]])
def test_no_files_are_no_result(graft, words):
    result = graft(*words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Expected files to work on" in result.stderr


def test_a_mistyped_command_leaves_nothing_that_stops_the_next(graft, tmp_path):
    mistyped = graft("embed", "photos", "-o", "table.csv", "--backbone", "efficientnet_light0")
    assert mistyped.exit_code == 1
    assert not (tmp_path / "table.csv.part").exists()
    assert graft("embed", "photos", "-o", "table.csv").exit_code == 0


class _Other(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<html></html>")

    def log_message(self, *_):
        pass


def test_a_server_that_is_something_else_is_not_taken_for_graft(graft, tmp_path):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Other) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        address = f"127.0.0.1:{other.server_port}"
        for words in (["classify", "photos/a.png"], ["colorize", "photos", "-o", "x"], ["filters"]):
            result = graft(*words, "--server", address)
            assert result.exit_code == 1
            assert f"Expected Graft at http://{address}/api" in result.stderr
            assert "text/html" in result.stderr
        other.shutdown()
    assert not list(tmp_path.glob("x/*.png"))
