"""Folders by Ray Data beside one process: `python -m tests.bench.folders --photos 10000`.

Both ways are commands as anybody types them, `graft classify FOLDER -o FILE` with and without
`--cluster`, with `GRAFT_CLUSTER` as it is set. What a million photos would take is planned from
what is measured; that machines add up is an assumption there.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from PIL import Image
from skimage import data

from core.wording import counted

_FEW = 64  # photos of a run that shows what the start takes
_SIDE = 320, 240
_LOOK_S = 1.0
_MILLION = 1_000_000
_NIGHT_H = 8


@dataclass(frozen=True, slots=True)
class Measured:
    """What a command took: seconds, the most memory of all its processes, bytes of its table.

    `resident` counts what processes share once for each of them, `proportional` once in all.
    """

    seconds: float
    resident: int
    proportional: int
    written: int


def make_photos(folder: Path, count: int) -> None:
    """JPEG files, parts of three photos at random places, the same every time."""
    rng = np.random.default_rng(0)
    photos = [Image.fromarray(each()) for each in (data.chelsea, data.astronaut, data.coffee)]
    chosen = rng.integers(0, len(photos), count)
    places, flips = rng.random((count, 2)), rng.integers(0, 2, count)

    def make(number: int) -> None:
        photo = photos[chosen[number]]
        width, height = _SIDE
        left = int(places[number, 0] * (photo.width - width))
        top = int(places[number, 1] * (photo.height - height))
        part = photo.crop((left, top, left + width, top + height))
        if flips[number]:
            part = part.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        path = folder / f"{number // 1000:03}" / f"{number:06}.jpg"
        path.parent.mkdir(exist_ok=True)
        part.save(path, quality=85)

    with ThreadPoolExecutor() as pool:
        list(pool.map(make, range(count)))


def run(task: str, folder: Path, output: Path, *more: str) -> Measured:
    """The command, watched."""
    words = [sys.executable, "-m", "core.cli", task, str(folder), "-o", str(output), *more]
    environment = os.environ if more else {**os.environ, "GRAFT_CLUSTER": "none"}
    started = time.monotonic()
    resident = proportional = 0
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, env=environment) as process:
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            now = [*_memory(watched)]
            resident = max(resident, sum(each[0] for each in now))
            proportional = max(proportional, sum(each[1] for each in now))
            time.sleep(_LOOK_S)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {process.returncode}")
    return Measured(time.monotonic() - started, resident, proportional, output.stat().st_size)


def _memory(process: psutil.Process) -> Iterator[tuple[int, int]]:
    """Resident and proportional bytes of a process and all below it."""
    below: list[psutil.Process] = []
    with suppress(psutil.Error):  # of one that has ended meanwhile
        below = process.children(recursive=True)
    for each in (process, *below):
        with suppress(psutil.Error):
            about = each.memory_full_info()
            yield about.rss, about.pss


def main() -> None:
    """Print what is measured, and the plan."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=10_000)
    parser.add_argument("--tasks", nargs="+", default=["classify", "embed"])
    asked = parser.parse_args()
    cores = len(os.sched_getaffinity(0))
    print(
        f"{asked.photos:,} photos of {_SIDE[0]} x {_SIDE[1]} pixels, {cores} cores; "
        f"load before it {os.getloadavg()[0]:.1f}"
    )
    with tempfile.TemporaryDirectory() as scratch:
        few, all_of_them = Path(scratch, "few"), Path(scratch, "all")
        for folder, count in ((few, _FEW), (all_of_them, asked.photos)):
            folder.mkdir()
            make_photos(folder, count)
        for task in asked.tasks:
            for way, more in (("one process", ()), ("Ray Data", ("--cluster",))):
                start = run(task, few, Path(scratch, "few.parquet"), *more)
                whole = run(task, all_of_them, Path(scratch, "all.parquet"), *more)
                show(task, way, start, whole, asked.photos, cores)


def show(task: str, way: str, start: Measured, whole: Measured, photos: int, cores: int) -> None:
    """What was measured, and what a million photos would take."""
    rate = (photos - _FEW) / (whole.seconds - start.seconds)
    hours = _MILLION / rate / 3600
    machines = math.ceil(hours / _NIGHT_H)
    size = whole.written / photos * _MILLION / 1e9
    print(
        f"{task:9} {way:11} {photos / whole.seconds:6.1f} photos/s, {rate:6.1f} after the start "
        f"({start.seconds:4.1f} s for {_FEW}); at most {whole.resident / 1e6:6,.0f} MB resident, "
        f"{whole.proportional / 1e6:6,.0f} MB with shared memory counted once "
        f"({start.proportional / 1e6:,.0f} MB for {_FEW})\n"
        f"{'':21} a million photos: {hours:.1f} hours on a machine of {cores} cores, or "
        f"{counted(machines, 'such machine')} in {_NIGHT_H} hours; {size:.2f} GB of Parquet",
        flush=True,
    )


if __name__ == "__main__":
    main()
