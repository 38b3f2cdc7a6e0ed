"""First looks as tasks: what is found is told by names, and progress never goes back."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pytest
from typer.testing import CliRunner

from core.cli.__main__ import app
from core.media import encode_wav
from core.tasks import task

FILMS = "In {} the film of {} was shown, and all critics praised its actors and its music."
SPACE = "In {} the rocket to {} was launched, and its engine burned until it was in orbit."
PLACES = ("Mars", "Rome", "Oslo", "Lima", "Bern", "Kyiv", "Cairo", "Perth", "Quito", "Seoul")


def packed(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def texts() -> dict[str, bytes]:
    films = [FILMS.format(1950 + i, place) for i, place in enumerate(PLACES)]
    space = [SPACE.format(1960 + i, place) for i, place in enumerate(PLACES)]
    return {
        **{f"films/{i}.txt": text.encode() for i, text in enumerate([*films, space[0] + " Yes."])},
        **{f"space/{i}.txt": text.encode() for i, text in enumerate([*space, "Well."])},
    }


def sounds() -> dict[str, bytes]:
    generator, time = np.random.default_rng(0), np.arange(48_000) / 24_000
    files = {}
    for i in range(5):
        low, high = generator.uniform(90, 300), generator.uniform(2000, 4000)
        for name, tone in (("hum", low), ("beep", high)):
            loud = 0.3 * (np.sin(2 * np.pi * generator.uniform(1, 3) * time) > 0)
            files[f"{name}/{i}.wav"] = loud * np.sin(2 * np.pi * tone * time)
    files["hum/silent.wav"] = 0 * time
    return {name: encode_wav(one.astype(np.float32), 24_000) for name, one in files.items()}


def photos(crops, encode) -> dict[str, bytes]:
    return {
        **{f"ab/{i}.png": crop for i, crop in enumerate(crops[:4])},
        **{f"cd/{i}.png": crop for i, crop in enumerate(crops[4:8])},
        "cd/black.png": encode(np.zeros((200, 180, 3), np.uint8)),
    }


@pytest.mark.parametrize(
    ("name", "poor", "issue"),
    [
        ("explore", "cd/black.png", "near-blank"),
        ("explore-texts", "space/10.txt", "very short"),
        ("explore-sounds", "hum/silent.wav", "silent"),
    ],
)
def test_findings_have_names_and_progress_never_goes_back(name, poor, issue, crops, encode):
    each = task(name)
    made = {
        "explore": lambda: photos(crops, encode),
        "explore-texts": texts,
        "explore-sounds": sounds,
    }
    steps = list(each({"archive": packed(made[name]())}, each.settings()))
    shares = [each.share(step) for step in steps]
    assert shares == sorted(shares) and shares[-1] == 1 and shares[0] < 0.2
    early, late = each.answer.of(steps[0]), each.answer.of(steps[-1])
    assert early.quality is None and early.wrong_labels is None
    assert (poor, issue) in [(one.name, one.issue) for one in late.quality]
    assert len(late.outliers) > 0 and late.outliers[0].name
    assert json.loads(each.encode(steps[-1], "application/json"))["stage"] == "done"


def test_the_command_line_names_a_text_in_the_wrong_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, content in texts().items():
        path = tmp_path / "set" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    result = CliRunner().invoke(app, ["explore-texts", "set", "--json"])
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert answer["counts"] == {"films": 11, "space": 11}
    pairs = {tuple(sorted((p["first_name"], p["second_name"]))) for p in answer["duplicates"]}
    assert ("films/10.txt", "space/0.txt") in pairs
    wrong = {one["name"]: (one["given"], one["suggested"]) for one in answer["wrong_labels"]}
    assert wrong.get("films/10.txt") == ("films", "space")
