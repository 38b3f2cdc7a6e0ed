"""Saved projects, measured: `python -m tests.bench.projects`.

How long a correction takes while 32 sessions save and correct at once, on SQLite and on PostgreSQL
with nothing lost; how long a project with 4,000 photos takes to open; and how much memory it costs
that there are many projects.
"""

from __future__ import annotations

import random
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil

from core.media import decode, encode_jpeg
from core.projects import Correction, Projects, datasets
from core.vision.transfer.datasets import ImageDataset, LabelledPhoto
from tests.bench.databases import postgresql

SESSIONS, ROUNDS, PHOTOS = 32, 25, 4000


def sessions_at_once(name: str, store: Projects) -> None:
    """Half of the sessions have one project together, the others one each."""
    shared = store.create("Shared")
    photos = shared.add("photos", "Photos", {}, {"data": bytes(100_000)})

    def session(number: int) -> list[float]:
        rng = random.Random(number)
        if number % 2:
            project, item = store.open(shared.token), photos
        else:
            project = store.create(f"Of {number}")
            item = project.add("photos", "Photos", {}, {"data": bytes(100_000)})
        times_s = []
        for i in range(ROUNDS):
            started = time.perf_counter()
            project.correct(item, number * ROUNDS + i, f"label {i}", tested=False)
            times_s.append(time.perf_counter() - started)
            if i % 5 == 0:
                project.add("picture", f"{number} {i}", {}, {"image": rng.randbytes(50_000)})
            time.sleep(rng.uniform(0, 1))  # people look before they click
        corrections = project.corrections(item)
        mine = {n: c for n, c in corrections.items() if n // ROUNDS == number}
        expected = {number * ROUNDS + i: Correction(f"label {i}", False) for i in range(ROUNDS)}
        pictures = {picture.name for picture in project.items("picture")}
        lost = sum(mine.get(n) != c for n, c in expected.items())
        lost += len({f"{number} {i}" for i in range(0, ROUNDS, 5)} - pictures)
        return [*times_s, float(lost)]

    started = time.perf_counter()
    with ThreadPoolExecutor(SESSIONS) as pool:
        results = list(pool.map(session, range(SESSIONS)))
    took_s = time.perf_counter() - started
    times_ms = 1000 * np.array([result[:-1] for result in results])
    print(
        f"{name}: {SESSIONS} sessions, {times_ms.size} corrections and "
        f"{SESSIONS * len(range(0, ROUNDS, 5))} pictures in {took_s:.1f} s; a correction: median "
        f"{np.median(times_ms):.1f} ms, p95 {np.percentile(times_ms, 95):.1f} ms, "
        f"largest {times_ms.max():.0f} ms; lost: {sum(result[-1] for result in results):.0f}"
    )


def many_photos(store: Projects) -> None:
    """How long it takes to save and to open a large data set."""
    rng = np.random.default_rng(0)
    small = rng.integers(0, 256, (PHOTOS, 12, 16, 3), np.uint8)
    photos = tuple(
        LabelledPhoto(f"{i}.jpg", i % 2, encode_jpeg(np.kron(pixels, _BLOCK)), 400, 300)
        for i, pixels in enumerate(small)
    )
    dataset = ImageDataset(("cat", "dog"), photos)
    project = store.create("Photos")
    started = time.perf_counter()
    item = project.add("photos", "Photos", {}, {"data": datasets.pack(dataset)})
    saved_s = time.perf_counter() - started
    for i in range(100):
        project.correct(item, i, "dog", tested=False)
    started = time.perf_counter()
    opened = store.open(project.token)
    (item,) = opened.items("photos")
    corrections = opened.corrections(item)
    read = opened.read(item, "data")
    same = datasets.unpack("photos", read)
    decode(same.photos[0].data)
    first_s = time.perf_counter() - started
    print(
        f"{PHOTOS:,} photos of {item.bytes / PHOTOS / 1024:.0f} KiB: saved in {saved_s:.2f} s; "
        f"opened with {len(corrections)} corrections, first photo decoded, in {first_s:.2f} s; "
        f"as saved: {same == dataset}"
    )
    started = time.perf_counter()
    project.copy()
    print(f"a copy of it: {1000 * (time.perf_counter() - started):.0f} ms")


_BLOCK = np.ones((25, 25, 1), np.uint8)


def memory(store: Projects) -> None:
    """What it costs that there are more projects."""
    process = psutil.Process()
    for count in (100, 400, 1600):
        for number in range(count):
            project = store.create(f"{number}")
            item = project.add("settings", "Settings", {"a": list(range(50))})
            store.open(project.token).change(item, name="Other")
        print(f"after {count:,} more projects: {process.memory_info().rss >> 20:,} MiB")


def main() -> None:
    """Print what is measured."""
    with tempfile.TemporaryDirectory(prefix="graft-") as name:
        folder = Path(name)
        store = Projects(str(folder / "projects.db"), str(folder / "content"))
        sessions_at_once("SQLite", store)
        many_photos(store)
        memory(store)
        store.close()
    with (
        tempfile.TemporaryDirectory(prefix="graft-") as name,
        postgresql(f"{name}/postgresql") as database,
    ):
        store = Projects(database, f"{name}/content")
        sessions_at_once("PostgreSQL", store)
        store.close()


if __name__ == "__main__":
    main()
