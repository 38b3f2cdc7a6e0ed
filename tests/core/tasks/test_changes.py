"""The tasks on two data sets, each on a few made-up examples of its kind."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.media import encode_wav
from core.tasks import TASKS
from core.tasks.task import CSV


def photo(encode, dark: bool, seed: int) -> bytes:
    return encode(
        np.random.default_rng(seed).integers(0, 60 if dark else 256, (64, 64, 3), np.uint8)
    )


def sound(loud: bool, seed: int) -> bytes:
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 0.2, 16_000).astype(np.float32)
    tone = np.sin(np.arange(16_000) / 9).astype(np.float32) / 2
    return encode_wav(noise if loud else tone + noise / 50, 16_000)


@pytest.fixture
def archives(request, encode, pack):
    """Two ZIP files, the second with others than the first."""
    make = {
        "photos": lambda other, seed: ("png", photo(encode, other, seed)),
        "texts": lambda other, seed: ("txt", f"{'rain' if other else 'a dog'} {seed}".encode()),
        "sounds": lambda other, seed: ("wav", sound(other, seed)),
    }[request.param]

    def archive(other: bool) -> bytes:
        made = [make(other, 100 * other + seed) for seed in range(20)]
        return pack({f"any/{seed}.{suffix}": data for seed, (suffix, data) in enumerate(made)})

    return {"before": archive(False), "after": archive(True)}


@pytest.mark.parametrize(
    ("archives", "name"),
    [(name, f"changes-{name}") for name in ("photos", "texts", "sounds")],
    indirect=["archives"],
)
def test_what_differs_is_noticed(archives, name):
    task = TASKS[name]
    steps = list(task(archives, task.settings()))
    shares = [task.share(step) for step in steps]
    assert shares == sorted(shares) and shares[-1] == 1
    answer = json.loads(task.encode(steps[-1], "application/json"))
    assert answer["is_different"] and answer["auroc"] > 0.9
    assert answer["sizes"] == [20, 20] and len(answer["names_added"]) == 20
    lines = task.encode(steps[-1], CSV).decode().splitlines()
    assert lines[0] == "set,name,change,unlike" and len(lines) == 41
    assert json.loads(task.encode(steps[0], "application/json"))["auroc"] is None
