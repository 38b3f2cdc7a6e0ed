"""`python -m tests.bench.vision`: what the engine costs beside what it wraps.

Figures that are compared are taken in turns within one run, since machines are shared and only
ratios are stable. Nothing here passes or fails.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil

from core import engine, zoo
from core.vision.classification import classify, embed, embed_all
from core.vision.photos import prepare_all
from core.vision.preparation import prepare
from tests.bench.photos import jpeg_photos

_NETWORK = "efficientnet_lite0"
_ROOT = Path(__file__).parents[2]


def main() -> None:
    """Print every figure."""
    print(f"{engine.machine()}, device {engine.device()}\n")
    cold_start()
    photos = jpeg_photos(1000)
    latency(photos)
    throughput(photos)
    threads(photos)
    budget()


def latency(photos: list[bytes]) -> None:
    """`classify` of bytes, the bare compiled network, and `keras.Model.predict`, in turns."""
    from core.engine.conversion import build
    from core.zoo.keras_runtime import tensorflow

    tensorflow()
    spec = zoo.image_network(_NETWORK)
    model = build(spec, zoo.weights_path(spec))
    network = engine.predictor(_NETWORK)
    pixels = prepare(photos[0], spec.input_size)[None]
    prepared = (pixels.astype(np.float32) - 127) / 128
    timed = turns(
        {
            "classify(bytes)": lambda: classify(photos[0]),
            "decode and resize": lambda: prepare(photos[0], spec.input_size),
            "compiled network alone": lambda: network._backend.infer(pixels, ("scores",)),
            "keras.Model.predict": lambda: model.predict(prepared, verbose=0),
        },
        rounds=8,
    )
    for name, seconds in timed.items():
        print(f"{name:28}{seconds * 1e3:8.2f} ms p50")
    ours, bare = timed["classify(bytes)"], timed["compiled network alone"]
    print(f"classify is {timed['keras.Model.predict'] / ours:.1f} times faster than predict")
    print(f"classify is {(ours - bare) * 1e3:.2f} ms above the bare network\n")


def throughput(photos: list[bytes]) -> None:
    """`embed` of JPEG bytes beside the bare compiled network at its best batch size."""
    network = engine.predictor(_NETWORK)
    pixels = np.stack([prepare(photo, network.info.input_size) for photo in photos[:64]])
    batches = {size: pixels[:size] for size in (1, 4, 8, 16, 32)}
    rates: dict[int, list[float]] = {size: [] for size in batches}
    ours: list[float] = []
    for _ in range(3):
        for size, batch in batches.items():
            seconds = duration(lambda batch=batch: network._backend.infer(batch, ("embedding",)), 6)
            rates[size].append(size / seconds)
        ours.append(len(photos) / duration(lambda: embed(photos)))
    best = max(rates, key=lambda size: statistics.median(rates[size]))
    bare, end_to_end = statistics.median(rates[best]), statistics.median(ours)
    decoding = len(photos) / duration(lambda: list(prepare_all(photos, network.info.input_size)))
    print(f"bare network, best at batch {best}: {bare:8.0f} photos/s")
    print(
        f"embed from JPEG bytes:         {end_to_end:8.0f} photos/s, {end_to_end / bare:.2f} of it"
    )
    print(f"decoding alone, all cores:     {decoding:8.0f} photos/s")
    share = (1 / decoding) / (1 / end_to_end)
    print(f"decoding is {share:.0%} of a photo's time in embed")
    process = psutil.Process()
    sizes = []
    for done, _ in enumerate(embed_all(photo for _ in range(4) for photo in photos)):
        if done % 1000 == 999:
            sizes.append(process.memory_info().rss >> 20)
    print(f"memory after each of 4 x 1,000 photos: {sizes} MiB\n")


def threads(photos: list[bytes]) -> None:
    """32 threads of 20 photos each, beside one thread; and whether the answers are the same."""
    chosen = photos[:640]
    alone = [classify(photo) for photo in chosen]
    rates: dict[str, list[float]] = {"one": [], "many": []}
    with ThreadPoolExecutor(32) as pool:
        for _ in range(3):
            one = duration(lambda: [classify(photo) for photo in chosen])
            started = time.perf_counter()
            together = list(pool.map(classify, chosen))
            rates["many"].append(640 / (time.perf_counter() - started))
            rates["one"].append(640 / one)
    one, many = statistics.median(rates["one"]), statistics.median(rates["many"])
    same = sum(a.wnids[0] == b.wnids[0] for a, b in zip(alone, together, strict=True))
    apart = max(abs(a.scores[0] - b.scores[0]) for a, b in zip(alone, together, strict=True))
    print(f"1 thread: {one:.0f} photos/s; 32 threads: {many:.0f} photos/s, {many / one:.2f} of it")
    print(f"same first answer: {same} of 640; largest difference of a score {apart:.1e}\n")


def budget() -> None:
    """All offline networks in turn under a budget that holds only one or two of them."""
    names = [n for n in zoo.OFFLINE if zoo.network(n).modality == "image"]
    os.environ["GRAFT_MEMORY_BUDGET_MIB"] = "400"
    engine.pool.clear()
    process = psutil.Process()
    before = process.memory_info().rss
    peak = grown = 0
    for name in [*names, *names]:
        network = engine.predictor(name)
        size = network.info.input_size
        network(np.zeros((8, size, size, 3), np.uint8), "embedding")
        peak = max(peak, engine.pool.statistics().used)
        grown = max(grown, process.memory_info().rss - before)
        del network
    print(f"budget 400 MiB: pool at most {peak >> 20} MiB, process grew by {grown >> 20} MiB\n")
    del os.environ["GRAFT_MEMORY_BUDGET_MIB"]


def cold_start() -> None:
    """A fresh server with a warm disk cache: first page, then first classification."""
    photo = jpeg_photos(1)[0]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", "8699"]
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(command, cwd=_ROOT, stdout=log, stderr=log)
        try:
            started = time.perf_counter()
            wait_for("http://localhost:8699/api/health")
            up = time.perf_counter() - started
            request = urllib.request.Request("http://localhost:8699/api/classify", data=photo)
            started = time.perf_counter()
            answer = json.load(urllib.request.urlopen(request, timeout=60))
            first = time.perf_counter() - started
        finally:
            server.terminate()
            server.wait(10)
    print(
        f"server answers after {up:.2f} s, first classification in {first:.2f} s: "
        f"{answer['labels'][0]}"
    )
    code = (
        "import sys, time; t = time.perf_counter();"
        "from core.vision.classification import classify;"
        "classify(open(sys.argv[1], 'rb').read()); print(time.perf_counter() - t)"
    )
    with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
        file.write(photo)
        file.flush()
        done = subprocess.run(
            [sys.executable, "-c", code, file.name], cwd=_ROOT, capture_output=True, check=True
        )
    print(f"fresh process, imports and first classification: {float(done.stdout):.2f} s\n")


def wait_for(url: str, timeout_s: float = 60) -> None:
    """Wait until `url` answers."""
    deadline = time.perf_counter() + timeout_s
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).read()
            return
        except OSError:
            if time.perf_counter() > deadline:
                raise
            time.sleep(0.02)


def turns(work: dict[str, Callable[[], object]], *, rounds: int) -> dict[str, float]:
    """Median seconds of each, in turns of a dozen so that a slow moment of the machine hits all.

    The first calls of a turn do not count: they find the caches full of somebody else's data.
    """
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, call in work.items():
            seconds[name] += [duration(call) for _ in range(12)][4:]
    return {name: statistics.median(values) for name, values in seconds.items()}


def duration(call: Callable[[], object], repeats: int = 1) -> float:
    """Seconds of one call, on average over `repeats`."""
    started = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - started) / repeats


if __name__ == "__main__":
    main()
