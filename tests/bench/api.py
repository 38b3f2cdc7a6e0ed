"""`python -m tests.bench.api [--gradio PYTHON]`: photos answered by the web API, and by others.

`core.vision.classification.classify` is asked three ways on one machine: through Graft's
`/api/classify`; through JSON interfaces of Gradio, which need an interpreter that has both Gradio
and what Graft imports; and called from threads of this process. The load is that of `wrk` (Debian's
package of this name), which keeps a connection for each client. Gradio answers at once, the fastest
that it has, and by its queue, its default; there a request is two, and the load comes from threads
of this process. All take turns, since machines are shared and only ratios within one run are
stable. Nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
import requests

from core import engine
from core.vision.classification import classify
from tests.bench.photos import jpeg_photos

_ROOT = Path(__file__).parents[2]
_PHOTOS, _SIZE_PX = 64, 256  # of about 20 KB each
_CLIENTS, _ROUNDS, _SECONDS = 32, 3, 5
_OVERLOAD = 10
_ANSWER = """
local path, kind, count, next = "%s", "%s", %d, 0
local bodies = {}
for i = 0, count - 1 do
  local file = io.open(string.format("%s/%%d", i), "rb")
  bodies[i] = file:read("*a")
  file:close()
end
request = function()
  next = (next + 1) %% count
  return wrk.format("POST", path, {["Content-Type"] = kind}, bodies[next])
end
answered, refused, lost = 0, 0, 0
response = function(status, headers)
  local again = headers["retry-after"] or headers["Retry-After"]
  if status == 200 then answered = answered + 1
  elseif status == 429 and again then refused = refused + 1
  else lost = lost + 1 end
end
local threads = {}
setup = function(thread) table.insert(threads, thread) end
done = function(summary, latency)
  local sum = function(name)
    local total = 0
    for _, thread in ipairs(threads) do total = total + thread:get(name) end
    return total
  end
  local errors = summary.errors
  io.write(string.format(
    '\\nJSON {"answered": %%d, "refused": %%d, "lost": %%d, ' ..
    '"seconds": %%f, "p50": %%f, "p95": %%f}',
    sum("answered"), sum("refused"),
    sum("lost") + errors.connect + errors.read + errors.write + errors.timeout,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(95) / 1e3))
end
"""
_GRADIO = """
import base64, sys
import gradio as gr
from core.vision.classification import classify

def answer(photo: str) -> dict:
    result = classify(base64.b64decode(photo))
    return {"labels": list(result.labels), "scores": result.scores.tolist()}

with gr.Blocks() as demo:
    gr.api(answer, api_name="classify", queue=False)
    gr.api(answer, api_name="queued")
demo.launch(server_port=int(sys.argv[1]), max_threads=40, quiet=True)
"""


@dataclass
class Figures:
    """Of several rounds: answers per second, and latencies in milliseconds."""

    rates: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p95: list[float] = field(default_factory=list)

    def add(self, rate: float, p50: float, p95: float) -> None:
        """One round more."""
        self.rates.append(rate)
        self.p50.append(p50)
        self.p95.append(p95)

    def __str__(self) -> str:
        rate, p50, p95 = map(statistics.median, (self.rates, self.p50, self.p95))
        return f"{rate:8.1f} photos/s   p50 {p50:7.1f} ms   p95 {p95:7.1f} ms"


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--gradio", default=sys.executable, help="a Python that has Gradio")
    neighbour = parser.parse_args().gradio
    if shutil.which("wrk") is None:
        print("Expected wrk on the path; Debian has it as a package of that name.")
        return
    photos = jpeg_photos(_PHOTOS, _SIZE_PX)
    print(f"{engine.machine()}\n{np.mean([len(photo) for photo in photos]) / 1e3:.0f} KB a photo\n")
    classify(photos[0])
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(_graft())
        script = _script(folder / "graft", "/api/classify", "image/jpeg", photos)
        ways = {
            "in the process": lambda clients: _called(photos, clients),
            "Graft": lambda clients: _loaded(url, script, clients)[0],
        }
        if _has_gradio(neighbour):
            other = stack.enter_context(_gradio(neighbour))
            bodies = [json.dumps({"data": [base64.b64encode(p).decode()]}).encode() for p in photos]
            path = "/gradio_api/run/classify"
            theirs = _script(folder / "gradio", path, "application/json", bodies)
            ways["Gradio at once"] = lambda clients: _loaded(other, theirs, clients)[0]
            ways["Gradio's queue"] = lambda clients: _queued(other, bodies, clients)
        else:
            print(f"Gradio is left aside: {neighbour} doesn't have it.\n")
        for clients in (1, _CLIENTS):
            _compare(ways, clients)
        _, counts = _loaded(url, script, _OVERLOAD * _CLIENTS)
        print(
            f"{_OVERLOAD * _CLIENTS} clients: {counts['answered']} answered, {counts['refused']} "
            f"refused with Retry-After, {counts['lost']} lost"
        )


def _compare(ways: dict[str, Callable[[int], tuple[float, float, float]]], clients: int) -> None:
    figures = {name: Figures() for name in ways}
    for _ in range(_ROUNDS):
        for name, way in ways.items():
            figures[name].add(*way(clients))
    print(f"{clients} clients" if clients > 1 else "1 client")
    for name, rounds in figures.items():
        print(f"  {name:16}{rounds}")
    ours, alone = figures["Graft"], figures["in the process"]
    above = statistics.median(a - b for a, b in zip(ours.p50, alone.p50, strict=True))
    print(f"  Graft's p50 is {above:.1f} ms above; rates, Graft's to each:", end="")
    for name in ways.keys() - {"Graft"}:
        ratios = [a / b for a, b in zip(ours.rates, figures[name].rates, strict=True)]
        print(f" {name} {statistics.median(ratios):.2f}", end="")
    print("\n")


def _called(photos: Sequence[bytes], clients: int) -> tuple[float, float, float]:
    return _timed(lambda i: classify(photos[i % len(photos)]), clients)


def _queued(url: str, bodies: Sequence[bytes], clients: int) -> tuple[float, float, float]:
    """Requests to Gradio's queue: one puts a photo there, another waits for the answer."""
    sessions = threading.local()
    address, kind = f"{url}/gradio_api/call/queued", {"Content-Type": "application/json"}

    def ask(i: int) -> None:
        if not hasattr(sessions, "own"):
            sessions.own = requests.Session()
        put = sessions.own.post(address, data=bodies[i % len(bodies)], headers=kind, timeout=60)
        place = f"{address}/{put.json()['event_id']}"
        answer = sessions.own.get(place, timeout=60).text
        if not answer.startswith("event: complete"):
            raise RuntimeError(answer[:200])

    return _timed(ask, clients)


def _timed(ask: Callable[[int], object], clients: int) -> tuple[float, float, float]:
    """Threads of this process, each with one call after another."""
    until, begun = time.perf_counter() + _SECONDS, time.perf_counter()
    lock, spent = threading.Lock(), []

    def work(first: int) -> None:
        i = first
        while time.perf_counter() < until:
            asked = time.perf_counter()
            ask(i)
            with lock:
                spent.append(1e3 * (time.perf_counter() - asked))
            i += 1

    with ThreadPoolExecutor(clients) as threads:
        list(threads.map(work, range(clients)))
    p50, p95 = np.percentile(spent, (50, 95))
    return len(spent) / (time.perf_counter() - begun), float(p50), float(p95)


def _loaded(
    url: str, script: Path, clients: int
) -> tuple[tuple[float, float, float], dict[str, float]]:
    """What `wrk` measures, and how many requests had which end."""
    command = ["wrk", "-t1", f"-c{clients}", f"-d{_SECONDS}s", "--timeout=60s", "-s", str(script)]
    done = subprocess.run([*command, url], capture_output=True, text=True, check=True)
    counts = json.loads(done.stdout.rsplit("JSON ", 1)[1])
    return (counts["answered"] / counts["seconds"], counts["p50"], counts["p95"]), counts


def _script(folder: Path, path: str, kind: str, bodies: Sequence[bytes]) -> Path:
    folder.mkdir()
    for i, body in enumerate(bodies):
        (folder / str(i)).write_bytes(body)
    script = folder / "load.lua"
    script.write_text(_ANSWER % (path, kind, len(bodies), folder))
    return script


def _has_gradio(python: str) -> bool:
    return not subprocess.run(
        [python, "-c", "import gradio"], capture_output=True, check=False
    ).returncode


@contextlib.contextmanager
def _graft() -> Iterator[str]:
    port = _free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true"]
    command += [f"--server.port={port}", "--server.address=127.0.0.1"]
    with _running(command, port, GRAFT_API_RATE="1000000 per second") as url:
        yield url


@contextlib.contextmanager
def _gradio(python: str) -> Iterator[str]:
    port = _free_port()
    command = [python, "-c", _GRADIO, str(port)]
    with _running(command, port, GRADIO_ANALYTICS_ENABLED="False") as url:
        yield url


@contextlib.contextmanager
def _running(command: list[str], port: int, **environment: str) -> Iterator[str]:
    """A server, from when it answers and has nothing else to do."""
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        command,
        cwd=_ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with contextlib.suppress(requests.ConnectionError):
                requests.get(url, timeout=60)
                break
            time.sleep(0.2)
        _wait_until_idle(psutil.Process(process.pid))
        yield url
    finally:
        process.terminate()
        process.wait(30)


def _wait_until_idle(process: psutil.Process, most_s: float = 180) -> None:
    """Until nothing is warmed up in the background any more."""
    until, quiet = time.monotonic() + most_s, 0
    while time.monotonic() < until and quiet < 5:
        share = process.cpu_percent(interval=1) + sum(
            child.cpu_percent(interval=0.1) for child in process.children(recursive=True)
        )
        quiet = quiet + 1 if share < 10 else 0


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


if __name__ == "__main__":
    main()
