"""The same input gives the same numbers in Python, by the web API and on the command line."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient
from typer.testing import CliRunner

from core.api.app import web_api
from core.cli.commands import app
from core.media import encode_wav
from core.tasks import TASKS
from core.tasks.examples import filled

SETTINGS = {  # what keeps a task short
    "caption": {"beam_width": 2},
    "optimise-style": {"size": 64, "steps": 2, "levels": 1},
    "dream": {"size": 64, "octaves": 1, "steps": 2},
    "zoom": {"size": 64, "octaves": 1, "steps": 2, "frames": 2},
    "filters": {"size": 32, "steps": 2, "channels": [0]},
    "stylize": {"size": 64},
}
REVIEW = "A wonderful film. But the end was boring and far too long."


@pytest.fixture(scope="module")
def client():
    return TestClient(web_api())


@pytest.fixture(scope="module")
def inputs(cat):
    """Something for every kind of input."""
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(4 * 16_000) / 16_000)
    sound = encode_wav(tone.astype(np.float32), 16_000)
    files = {"photo": cat, "photos": [cat], "sound": sound, "sounds": [sound]}
    return {**files, "text": REVIEW, "texts": [REVIEW]}


@pytest.fixture(scope="module")
def archives(crops, pack):
    """A small set for every kind of training."""
    rng = np.random.default_rng(0)
    wave = np.sin(np.arange(16_000) / 9)
    photos = {f"{'ab'[i % 2]}/{i}.png": crop for i, crop in enumerate(crops[:16])}
    texts = {
        f"{'ab'[i % 2]}/{i}.txt": f"{('rockets', 'cakes')[i % 2]} {i}".encode() for i in range(12)
    }
    sounds = {}
    for i in range(6):
        sounds[f"tone/{i}.wav"] = encode_wav((0.1 + 0.05 * i) * wave.astype(np.float32), 16_000)
        noise = rng.normal(0, 0.1, 16_000).astype(np.float32)
        sounds[f"noise/{i}.wav"] = encode_wav(noise, 16_000)
    return {"texts": pack(texts), "sounds": pack(sounds)}, pack(photos)


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_a_task_gives_the_same_in_python_by_http_and_on_the_command_line(
    task, client, inputs, archives, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    others, photos = archives
    inputs = {**inputs, "archive": others.get(task.name.rpartition("-")[2], photos)}
    given = {each.name: inputs[each.kind] for each in task.inputs}
    settings = filled(task, SETTINGS.get(task.name, {}))
    result = task(given, settings)
    if task.is_job:
        *_, result = result
    expected = json.loads(task.answer.of(result).model_dump_json())
    assert alike(by_http(client, task, given, settings), expected)
    if task.picture is None:
        assert alike(json_by_command(task, given, settings), expected)
    else:
        picture = task.picture(result).astype(int)
        others = picture_by_command(task, given, settings)
        assert picture.shape == others.shape
        assert np.abs(picture - others).mean() < 0.5


def by_http(client, task, given, settings):
    values = settings.model_dump(exclude_defaults=True)
    if any(each.kind not in ("text", "texts") for each in task.inputs):
        files = [
            (name, part)
            for name, one in given.items()
            for part in (one if isinstance(one, list) else [one])
        ]
        answer = client.post(f"/{task.name}", files=files, params=values)
    else:
        answer = client.post(f"/{task.name}", json=given | values)
    if not task.is_job:
        assert answer.status_code == 200, answer.text
        return answer.json()
    links = {name: link.removeprefix("/api") for name, link in answer.json()["links"].items()}
    with client.stream("GET", links["events"]) as events:
        assert "event: end" in list(events.iter_lines())
    return client.get(links["result"]).json()


def json_by_command(task, given, settings):
    answer = json.loads(by_command(task, given, settings, "--json"))
    answer.pop("input")
    return answer


def picture_by_command(task, given, settings):
    by_command(task, given, settings, "-o", "result.png")
    return np.asarray(Image.open("result.png")).astype(int)


def by_command(task, given, settings, *output):
    words = [task.name, *output]
    optional = {each.name for each in task.inputs if each.optional}
    for name, one in given.items():
        for content in one if isinstance(one, list) else [one]:
            words += [f"--{name}"] if name in optional else []
            if isinstance(content, bytes):
                with open(name, "wb") as file:
                    file.write(content)
                words.append(name)
            else:
                words.append(content)
    for name, value in settings.model_dump(exclude_defaults=True).items():
        for one in value if isinstance(value, list) else [value]:
            words += [f"--{name.replace('_', '-')}", str(one)]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    return result.stdout


def alike(one, other) -> bool:
    """The same but for the last digit of numbers, and for what is measured anew."""
    if isinstance(other, dict):
        known = other.keys() - {"measurement", "seconds"}
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in known)
    if isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-3, abs_tol=1e-5)
    return one == other
