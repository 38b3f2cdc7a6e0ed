"""Small inputs for every task, made at random: never the same twice."""

from __future__ import annotations

import io
import random
from typing import Any

import numpy as np
from PIL import Image

from core.media import encode_wav
from core.tasks import Task
from core.tasks.task import Kind
from tests.bench.workbooks import packed

SMALL: dict[str, dict[str, Any]] = {
    "optimise-style": {"size": 64, "steps": 3, "levels": 1},
    "dream": {"size": 64, "steps": 2, "octaves": 2},
    "zoom": {"size": 64, "steps": 1, "octaves": 1, "frames": 3},
    "filters": {"size": 32, "steps": 3, "channels": [0]},
}
"""Settings of tasks that take long otherwise."""

_WORDS = (
    "film story actors long dull great moving and the of with a never plot music ending fine weak "
    "planet engine goal doctor church team orbit screen driver faith price ticket camera light"
)
_RATE = 16_000


def inputs_of(task: Task, rng: random.Random) -> dict[str, Any]:
    """What a task takes, but for what may be left out."""
    if task.name.startswith(("train-", "explore")):
        return {"archive": _archive(task.name, rng)}
    if task.name.startswith("changes-"):
        return {each.name: _archive(task.name, rng) for each in task.inputs}
    return {each.name: _made(each.kind, rng) for each in task.inputs if not each.optional}


def spoiled(task: Task, rng: random.Random) -> dict[str, Any]:
    """The same, of which one input is of no use."""
    inputs = inputs_of(task, rng)
    each = rng.choice([each for each in task.inputs if each.name in inputs])
    if each.is_text:
        inputs[each.name] = rng.choice((None, 7, ""))
    else:
        broken = rng.choice((b"", rng.randbytes(300), b"\xff\xd8\xff" + rng.randbytes(300)))
        inputs[each.name] = [broken] if each.takes_many else broken
    return inputs


def photo(rng: random.Random) -> bytes:
    """A JPEG of some size."""
    shape = (rng.randrange(2, 12), rng.randrange(2, 12), 3)
    pixels = np.random.default_rng(rng.randrange(2**32)).integers(0, 256, shape, np.uint8)
    stream = io.BytesIO()
    size = (rng.randrange(64, 400), rng.randrange(64, 400))
    Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC).save(stream, "JPEG")
    return stream.getvalue()


def recording(rng: random.Random) -> bytes:
    """A WAV file of a tone in noise, one to four seconds."""
    made = np.random.default_rng(rng.randrange(2**32))
    time = np.arange(int(rng.uniform(1, 4) * _RATE)) / _RATE
    tone = 0.3 * np.sin(2 * np.pi * rng.uniform(100, 4000) * time)
    return encode_wav((tone + 0.1 * made.standard_normal(len(time))).astype(np.float32), _RATE)


def text(rng: random.Random) -> str:
    """Some sentences."""
    words = _WORDS.split()
    sentences = (
        " ".join(rng.choices(words, k=rng.randrange(4, 16))) for _ in range(rng.randrange(1, 6))
    )
    return ". ".join(sentence.capitalize() for sentence in sentences) + "."


def _made(kind: Kind, rng: random.Random) -> Any:
    if kind in ("photos", "sounds", "texts"):
        single: Kind = kind.removesuffix("s")  # type: ignore[assignment]  # so they are called
        return [_made(single, rng) for _ in range(rng.randrange(2, 5))]
    return {"photo": photo, "sound": recording, "text": text}[kind](rng)


def _archive(name: str, rng: random.Random) -> bytes:
    """A data set of two classes."""
    members: dict[str, str | bytes] = {}
    for label in ("first", "second"):
        for number in range(8):
            if name.endswith("-texts"):
                members[f"{label}/{number}.txt"] = f"{label} {text(rng)}"
            elif name.endswith("-sounds"):
                members[f"{label}/{number}.wav"] = recording(rng)
            else:
                members[f"{label}/{number}.jpg"] = photo(rng)
    return packed(members)
