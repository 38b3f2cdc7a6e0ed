"""How well poor photos, texts and recordings are found: faults are planted, by seed.

python -m tests.bench.quality --data ../shared/data [--kinds photos texts sounds] [--seed 0]

Of each data set some examples are spoiled, each in one way. A line for each issue says how many of
the planted ones are found, and how many of what is called so was planted; what is found beside that
may be a fault that the set has of itself. Bounds for photos were chosen on flowers and on cats and
dogs, and the rest on nothing here but for lengths, where film reviews showed that tails are long.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import lzma
import random
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image, ImageFilter

from core.learning.findings.quality import QualityFinding
from core.media import decode_audio, encode_wav
from core.sound.quality import find_poor_sounds
from core.sound.quality import measured as measured_sound
from core.text.quality import find_poor_texts
from core.text.quality import measured as measured_text
from core.vision.quality import find_poor_photos, looked_at

T = TypeVar("T")
Fault = tuple[str, str, Callable[[T], T]]
"""The issue that it is, how it is described, what makes it."""

FOREIGN = (
    "Der Film beginnt langsam, aber nach einer halben Stunde sieht niemand mehr auf die Uhr.",
    "Le film commence lentement, mais au bout d'une demi-heure personne ne regarde sa montre.",
    "La película empieza despacio, pero después de media hora nadie mira ya el reloj.",
    "Il film comincia piano, ma dopo mezz'ora nessuno guarda più l'orologio.",
    "De film begint langzaam, maar na een half uur kijkt niemand meer op zijn horloge.",
    "O filme começa devagar, mas depois de meia hora ninguém olha mais para o relógio.",
    "Film zaczyna się powoli, ale po pół godzinie nikt już nie patrzy na zegarek.",
    "Фильм начинается медленно, но через полчаса никто уже не смотрит на часы.",
    "映画はゆっくり始まりますが、三十分もすると誰も時計を見なくなります。上映後は拍手が続きました。",
)
SIGNATURE = "Please visit our web site for more reviews like this one."


def blurred(sigma: float) -> Callable[[Image.Image], Image.Image]:
    def blur(image: Image.Image) -> Image.Image:
        return image.filter(ImageFilter.GaussianBlur(sigma * min(image.size) / 224))

    return blur


def lit(scale: float, offset: float) -> Callable[[Image.Image], Image.Image]:
    return lambda image: image.point(lambda x: min(255, offset + scale * x))


def strip(image: Image.Image) -> Image.Image:
    return image.crop((0, 0, image.width, max(50, image.width // 4)))


def resized(factor: float) -> Callable[[Image.Image], Image.Image]:
    return lambda image: image.resize([max(1, round(factor * side)) for side in image.size])


def tiny(image: Image.Image) -> Image.Image:
    return resized(40 / min(image.size))(image)


PHOTO_FAULTS: tuple[Fault[Image.Image], ...] = (
    *(("blurred", f"sigma {s} pixels of 224", blurred(s)) for s in (1, 1.5, 2, 3)),
    ("dark", "a quarter of the light", lit(0.25, 0)),
    ("bright", "overexposed", lit(4, 140)),
    ("near-blank", "2 % of the contrast", lit(0.02, 100)),
    ("tiny", "40 pixels", tiny),
    ("odd size", "three times as large", resized(3)),
    ("odd shape", "a strip of 4:1", strip),
)


def garbled(text: str) -> str:
    return (
        text.replace("'", "\u2019").replace("e", "\u00e9", 40).encode().decode("cp1252", "replace")
    )


def table(text: str) -> str:
    numbers = random.Random(text)
    return text[:60] + " ".join(f"{numbers.uniform(0, 1000):.2f}" for _ in range(60))


def foreign(text: str) -> str:
    return random.Random(text).choice(FOREIGN)


TEXT_FAULTS: tuple[Fault[str], ...] = (
    ("very short", "a word", lambda text: text.split()[0]),
    ("very long", "fifty times", lambda text: " ".join([text] * 50)),
    ("other language", "one sentence of nine languages", foreign),
    ("boilerplate", "the same last sentence", lambda text: f"{text}. {SIGNATURE}"),
    ("little prose", "a table of numbers", table),
    ("garbled characters", "UTF-8 read as cp1252", garbled),
)

Samples = tuple[np.ndarray, int]


def gain(factor: float, most: float = 1.0) -> Callable[[Samples], Samples]:
    return lambda sound: ((sound[0] * factor).clip(-most, most), sound[1])


def clipped(share: float) -> Callable[[Samples], Samples]:
    def clip(sound: Samples) -> Samples:
        most = max(float(np.quantile(np.abs(sound[0]), 1 - share)), 1e-4)
        return (sound[0] / most).clip(-1, 1), sound[1]

    return clip


def noise(sound: Samples) -> Samples:
    generator = np.random.default_rng(len(sound[0]))
    return generator.normal(0, 0.05, len(sound[0])), sound[1]


SOUND_FAULTS: tuple[Fault[Samples], ...] = (
    ("silent", "100 dB less", gain(1e-5)),
    ("clipped", "the loudest 1 % cut off", clipped(0.01)),
    ("clipped", "the loudest 5 % cut off", clipped(0.05)),
    ("offset", "0.2 of full scale", lambda sound: (sound[0] * 0.5 + 0.2, sound[1])),
    ("empty channel", "a second one", lambda one: (np.stack([one[0], 0 * one[0]], 1), one[1])),
    ("very short", "0.2 s", lambda sound: (sound[0][: sound[1] // 5], sound[1])),
    ("very long", "twenty times", lambda sound: (np.tile(sound[0], 20), sound[1])),
    ("low rate", "8 kHz", lambda sound: (sound[0][:: sound[1] // 8000], 8000)),
    ("noise only", "white noise", noise),
)


def planted(
    examples: list[T], faults: Iterable[Fault[T]], share: float, seed: int
) -> tuple[list[T], dict[int, tuple[str, str]]]:
    """The examples, some spoiled; and of these by position the issue and how it was made."""
    order = iter(np.random.default_rng(seed).permutation(len(examples)).tolist())
    count, spoiled, truth = max(5, round(share * len(examples))), [*examples], {}
    for issue, how, make in faults:
        for _ in range(count):
            position = next(order)
            spoiled[position] = make(examples[position])
            truth[position] = issue, how
    return spoiled, truth


def report(
    name: str, count: int, found: Iterable[QualityFinding], truth: dict[int, tuple[str, str]]
) -> None:
    called: dict[str, set[int]] = {}
    for each in found:
        called.setdefault(each.issue, set()).add(each.position)
    print(f"\n{name}, {count:,} examples")
    for issue, how in dict.fromkeys(truth.values()):
        own = {position for position, what in truth.items() if what == (issue, how)}
        print(f"  {issue:20}{how:34} found {len(own & called.get(issue, set()))} of {len(own)}")
    for issue, positions in sorted(called.items()):
        right = sum(truth.get(position, ("",))[0] == issue for position in positions)
        clean = len(positions - truth.keys())
        print(f"  called {issue:20} {right} of {len(positions)} planted; {clean} were not touched")


def photos(data: Path, name: str, count: int, seed: int) -> None:
    with zipfile.ZipFile(data / f"{name}.zip") as archive:
        names = sorted(one for one in archive.namelist() if one.endswith(".jpg"))
        random.Random(seed).shuffle(names)
        images = [Image.open(archive.open(one)).convert("RGB") for one in names[:count]]
    spoiled, truth = planted(images, PHOTO_FAULTS, 0.03, seed)
    measures = []
    for image in spoiled:
        stream = io.BytesIO()
        image.save(stream, "JPEG", quality=90)
        measures.append(looked_at(stream.getvalue(), 96)[1])
    sizes = np.array([image.size for image in spoiled])
    report(name, count, find_poor_photos(measures, sizes[:, 0], sizes[:, 1]), truth)


def texts(data: Path, name: str, count: int, seed: int) -> None:
    with lzma.open(next(data.glob(f"{name}.*")), "rt", encoding="utf-8") as file:
        lines = [line for line in file if line.strip()]
    if ".jsonl" in next(data.glob(f"{name}.*")).name:
        every = [json.loads(line)["text"].split("\n\n", 1)[-1] for line in lines]
    else:
        every = [line.split("\t", 1)[1].replace("<br />", "\n") for line in lines]
    every = [text.strip() for text in every if text.strip()]
    random.Random(seed).shuffle(every)
    spoiled, truth = planted(every[:count], TEXT_FAULTS, 0.02, seed)
    digests = [hashlib.sha256(text.encode(errors="replace")).hexdigest() for text in spoiled]
    report(name, count, find_poor_texts([*map(measured_text, spoiled)], digests), truth)


def sounds(data: Path, name: str, count: int, seed: int) -> None:
    with zipfile.ZipFile(data / f"{name}.zip") as archive:
        names = sorted(one for one in archive.namelist() if one.endswith(".ogg"))
        random.Random(seed).shuffle(names)
        clips = []
        for one in names[:count]:
            clips.append((decode_audio(archive.read(one), rate=24_000).samples, 24_000))
    spoiled, truth = planted(clips, SOUND_FAULTS, 0.03, seed)
    measures = [
        measured_sound(encode_wav(np.asarray(samples, np.float32), rate))
        for samples, rate in spoiled
    ]
    report(name, count, find_poor_sounds(measures), truth)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--kinds", nargs="+", default=["photos", "texts", "sounds"])
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    data, seed = arguments.data, arguments.seed
    if "photos" in arguments.kinds:
        for name in ("flowers", "cats_dogs", "flickr8k", "bsds500"):
            photos(data, name, 500 if name != "bsds500" else 300, seed)
    if "texts" in arguments.kinds:
        for name in ("imdb_train.tsv", "newsgroups_train.jsonl"):
            texts(data, name, 1000, seed)
    if "sounds" in arguments.kinds:
        for name in ("esc10", "urbansound8k_part"):
            sounds(data, name, 300, seed)


if __name__ == "__main__":
    main()
