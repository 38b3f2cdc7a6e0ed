"""Frames a second of a map of many points in Chromium, while it is enlarged and dragged.

python -m tests.bench.embedding_map --points 50000

Where others use the machine, the least time of a draw says more than the frames.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import requests
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
PAGE = """
import numpy as np
import streamlit as st

from pages._ui.embedding_map import Tip, embedding_map
from pages._ui.map_colouring import by_category

st.set_page_config(layout="wide")
rng = np.random.default_rng(0)
labels = rng.integers(0, 10, POINTS)
groups = rng.normal(0, 4, (10, 2))
positions = (rng.normal(0, 1, (POINTS, 2)) + groups[labels]).astype(np.float32)
embedding_map(
    positions,
    colouring=by_category("Class", labels, [f"class {i}" for i in range(10)]),
    tip=lambda number: Tip(f"example {number}"),
    selected=0,
    near=[1, 2, 3],
    circled=[],
    on_click=lambda number: None,
    on_circle=lambda numbers: None,
    key="map",
)
"""
DRIVE = """async canvas => {
    const { left, top } = canvas.getBoundingClientRect();
    const at = (x, y) => ({ clientX: left + x, clientY: top + y, bubbles: true, cancelable: true });
    const pointer = (kind, x, y) => canvas.dispatchEvent(new PointerEvent(kind, at(x, y)));
    const wheel = (deltaY) =>
        canvas.dispatchEvent(new WheelEvent('wheel', { deltaY, ...at(300, 200) }));
    const frame = () => new Promise(requestAnimationFrame);
    const run = async (step) => {
        const [times, draws, until] = [[], [], performance.now() + 4000];
        while (performance.now() < until) {
            times.push(await frame());
            draws.push(canvas.drawMs);
            step(times.length);
        }
        draws.sort((a, b) => a - b);
        return {
            frames_per_second: (1000 * (times.length - 1)) / (times.at(-1) - times[0]),
            draw_ms_least: draws[0],
            draw_ms_median: draws[draws.length >> 1],
        };
    };
    const idle = await run(() => {});
    const zooming = await run((i) => wheel(i % 40 < 20 ? -30 : 30));
    wheel(-200);
    pointer('pointerdown', 300, 200);
    const dragging = await run((i) =>
        pointer('pointermove', 300 + 100 * Math.sin(i / 10), 200 + 60 * Math.cos(i / 10)));
    pointer('pointerup', 300, 200);
    await frame();
    const from = performance.now();
    for (let i = 0; i < 50; i++) pointer('pointermove', 100 + 8 * i, 150 + 2 * i);
    return { idle, zooming, dragging, hover_ms: (performance.now() - from) / 50 };
}"""


def measured(points: int) -> dict[str, Any]:
    """What Chromium measures on a page of its own with a map of so many points."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "page.py")
        script.write_text(PAGE.replace("POINTS", str(points)))
        command = [sys.executable, "-m", "streamlit", "run", str(script), f"--server.port={port}"]
        server = subprocess.Popen(
            [*command, "--server.headless=true"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        try:
            _wait(f"http://127.0.0.1:{port}/_stcore/health")
            return _driven(f"http://127.0.0.1:{port}")
        finally:
            server.terminate()
            server.wait(30)


def _wait(url: str) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            if requests.get(url, timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.3)
    raise TimeoutError(url)


def _driven(url: str) -> dict[str, Any]:
    received = 0

    def count(frame: str | bytes) -> None:
        nonlocal received
        received += len(frame)

    path = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.on("websocket", lambda made: made.on("framereceived", count))
        page.goto(url)
        canvas = page.locator("canvas.points:visible")
        canvas.wait_for(timeout=120_000)
        time.sleep(5)  # until all parts are there
        result: dict[str, Any] = canvas.evaluate(DRIVE)
        browser.close()
    return {**result, "bytes_received": received}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=50_000)
    print(json.dumps(measured(parser.parse_args().points), indent=1))
