"""The examples of README.md and PYTHON.md run as they stand there."""

from __future__ import annotations

import re
import shlex
from glob import glob
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from core.cli.commands import app
from core.media import encode_wav

ROOT = Path(__file__).parents[1]


@pytest.fixture
def folder(tmp_path, monkeypatch, crops, pack) -> Path:
    """A folder with the files that the examples name."""
    monkeypatch.chdir(tmp_path)
    for name in ("photo.jpg", "painting.jpg", "photos/1.jpg", "photos/2.jpg"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(crops[0])
    for i, crop in enumerate(crops[:16]):
        path = tmp_path / "examples" / "ab"[i % 2] / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(crop)
    examples = sorted((tmp_path / "examples").rglob("*.png"))
    names = {str(path.relative_to(tmp_path / "examples")): path.read_bytes() for path in examples}
    (tmp_path / "examples.zip").write_bytes(pack(names))
    tone = encode_wav((0.3 * np.sin(np.arange(48_000) / 9)).astype(np.float32), 16_000)
    (tmp_path / "recordings").mkdir()
    for name in ("recording.wav", "recordings/1.wav"):
        (tmp_path / name).write_bytes(tone)
    (tmp_path / "reviews.csv").write_text("text,stars\nA wonderful film.,5\nA dull film.,1\n")
    return tmp_path


def test_the_commands_of_the_readme_run(folder):
    text = (ROOT / "README.md").read_text("utf-8")
    (block,) = re.findall(r"<!-- examples -->\n```sh\n(.*?)```", text, re.S)
    for line in block.splitlines():
        words = [name for word in shlex.split(line) for name in sorted(glob(word)) or [word]]
        assert words[0] == "graft"
        result = CliRunner().invoke(app, words[1:])
        assert result.exit_code == 0, f"{line}\n{result.output}"
    assert pd.read_parquet("features.parquet").shape == (2, 1281)
    for name in ("captions.csv", "sounds.csv", "verdicts.csv"):
        assert len(pd.read_csv(name)) > 0, name
    assert len(list(folder.glob("coloured/*.png"))) == len(list(folder.glob("stylised/*.png"))) == 2
    assert (folder / "model.zip").stat().st_size > 1_000_000


def test_the_examples_in_python_run_in_their_order(folder, capsys):
    text = (ROOT / "PYTHON.md").read_text("utf-8")
    code = "\n".join(re.findall(r"```python\n(.*?)```", text, re.S))
    assert code.count("from core") > 8
    names: dict[str, object] = {}
    exec(code, names)
    assert names["coloured"].shape == (200, 180, 3)
    assert names["picture"].dtype == np.uint8
    assert (folder / "model.zip").exists()
    assert "Did you mean efficientnet_lite0" in capsys.readouterr().out
