"""A room of visitors at once: `python -m tests.bench.room --visitors 32 --minutes 10`.

Every visitor is a websocket that speaks Streamlit's protocol as a browser does: opens pages,
uploads photos, starts trainings, cancels them, leaves in the middle and comes back. What pages say
is compared with what they said to a single visitor before.

Printed: reruns a second, median and p95 of a rerun, errors, answers that differed, and the memory
of the server at the start, at most, and two minutes after all have left. Then, with `--neighbour`,
the same for a page of Streamlit alone that shows an uploaded photo, which says what the protocol
itself costs on this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import random
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import psutil
import requests
from PIL import Image
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.conftest import Server

PAGES = (
    "", "classify", "backbones", "transfer", "sentiment", "documents", "sounds", "captions",
    "colorize", "style", "dream", "projects", "engine_room",
)  # fmt: skip
_MIB = 1 << 20
_PATIENCE_S = 120.0
_AFTER_S = 120.0
_VOLATILE = re.compile(r"\d+(\.\d+)? (ms|s|MiB|MB)\b|\d\d:\d\d|waiting|running|left\b")


@dataclass
class Tally:
    """What has happened so far; times in seconds."""

    reruns: list[float] = field(default_factory=list)
    actions: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    differed: Counter[str] = field(default_factory=Counter)


class Visitor:
    """A browser's end of the websocket."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._socket: ClientConnection | None = None
        self._session = ""
        self.elements: dict[tuple[int, ...], Any] = {}
        self.fragments: set[str] = set()
        self._states: dict[str, Any] = {}
        self._page = ""
        self._tokens: list[str] = []
        self._headers: dict[str, str] = {}

    def bring(self, **cookies: str) -> None:
        """Have cookies, from the next connection on."""
        with requests.Session() as session:
            session.get(f"{self._server}/_stcore/health", timeout=60)
            cookies |= session.cookies.get_dict()
        self._tokens = [cookies["_streamlit_xsrf"]]
        text = "; ".join(f"{name}={value}" for name, value in cookies.items())
        self._headers = {"Cookie": text, "Origin": self._server}

    async def come(self) -> None:
        """Connect as a new session."""
        await self.leave()
        url = f"{self._server.replace('http', 'ws', 1)}/_stcore/stream"
        self._socket = await connect(
            url,
            subprotocols=["streamlit", *self._tokens],
            additional_headers=self._headers,
            max_size=None,
            open_timeout=_PATIENCE_S,
        )
        self._states.clear()

    async def leave(self) -> None:
        """Go without a word."""
        if self._socket is not None:
            await self._socket.close()
        self._socket = None

    async def open(self, page: str, **settings: str) -> float:
        """Open a page as a link does; how long that took."""
        self._states.clear()
        self._page, self._query = page, urlencode(settings)
        return await self.rerun()

    async def rerun(self, fragment: str = "", **pressed: bool) -> float:
        """Run the page with the widgets as they are, some buttons pressed; how long it took."""
        message = BackMsg()
        script = message.rerun_script
        script.fragment_id = fragment
        script.query_string, script.page_name = self._query, self._page
        for state in self._states.values():
            script.widget_states.widgets.append(state)
        for widget, is_pressed in pressed.items():
            script.widget_states.widgets.add(id=widget, trigger_value=is_pressed)
        started = time.perf_counter()
        await self._send(message)
        await asyncio.wait_for(self._finished(), _PATIENCE_S)
        return time.perf_counter() - started

    async def upload(self, name: str, data: bytes) -> float:
        """Hand a file to the first uploader of the page, and run it."""
        uploader = self._first("file_uploader")
        ask = BackMsg()
        ask.file_urls_request.request_id = "1"
        ask.file_urls_request.session_id = self._session
        ask.file_urls_request.file_names.append(name)
        await self._send(ask)
        urls = None
        while urls is None:
            answer = await asyncio.wait_for(self._next(), _PATIENCE_S)
            if answer.WhichOneof("type") == "file_urls_response":
                urls = answer.file_urls_response.file_urls[0]
        answer = await asyncio.to_thread(self._put, urls.upload_url, name, data)
        answer.raise_for_status()
        message = BackMsg()
        state = message.rerun_script.widget_states.widgets.add(id=uploader.id)
        state.file_uploader_state_value.uploaded_file_info.add(
            file_id=urls.file_id, name=name, size=len(data), file_urls=urls
        )
        self._states[uploader.id] = state
        return await self.rerun()

    def _put(self, path: str, name: str, data: bytes) -> requests.Response:
        with requests.Session() as session:
            session.get(f"{self._server}/_stcore/health", timeout=60)
            token = session.cookies.get("_streamlit_xsrf", "")
            headers = {"X-Xsrftoken": token}
            url = path if path.startswith("http") else f"{self._server}{path}"
            return session.put(url, files={name: data}, headers=headers, timeout=60)

    def button(self, label: str) -> str | None:
        """The id of a button with that label."""
        for element in self.elements.values():
            if element.WhichOneof("type") == "button" and element.button.label == label:
                return str(element.button.id)
        return None

    def texts(self) -> set[str]:
        """What the page says, but for times and sizes."""
        bodies = {
            element.markdown.body
            for element in self.elements.values()
            if element.WhichOneof("type") == "markdown"
        }
        return {body for body in bodies if not _VOLATILE.search(body)}

    def exceptions(self) -> list[str]:
        """What the page says has failed."""
        return [
            element.exception.message
            for element in self.elements.values()
            if element.WhichOneof("type") == "exception"
        ]

    def _first(self, kind: str) -> Any:
        for element in self.elements.values():
            if element.WhichOneof("type") == kind:
                return getattr(element, kind)
        raise LookupError(f"{self._page!r} has no {kind}")

    async def _send(self, message: BackMsg) -> None:
        assert self._socket is not None
        await self._socket.send(message.SerializeToString())

    async def _next(self) -> ForwardMsg:
        assert self._socket is not None
        message = ForwardMsg()
        message.ParseFromString(await self._socket.recv(decode=False))
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._session = message.new_session.initialize.session_id or self._session
            self.elements.clear()
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self.elements[tuple(message.metadata.delta_path)] = message.delta.new_element
            if message.delta.fragment_id:
                self.fragments.add(message.delta.fragment_id)
        return message

    async def _finished(self) -> None:
        """Until the page has run, and again where it asks for that itself."""
        while True:
            message = await self._next()
            if message.WhichOneof("type") == "script_finished":
                status = message.script_finished
                if status != ForwardMsg.ScriptFinishedStatus.FINISHED_EARLY_FOR_RERUN:
                    return


def photo(seed: int) -> bytes:
    """A JPEG that nobody else has."""
    pixels = np.random.default_rng(seed).integers(0, 256, (30, 40, 3), np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).resize((640, 480)).save(stream, "JPEG")
    return stream.getvalue()


async def expected(server: str, pages: tuple[str, ...]) -> dict[str, set[str]]:
    """What pages say to a single visitor every time."""
    visitor, said = Visitor(server), {}
    for page in pages:
        seen = []
        for _ in range(2):
            await visitor.come()
            await visitor.open(page)
            await asyncio.sleep(3)
            await visitor.rerun()
            seen.append(visitor.texts())
        said[page] = seen[0] & seen[1]
    await visitor.leave()
    return said


async def visit(
    server: str, number: int, until: float, said: dict[str, set[str]], tally: Tally
) -> None:
    """Come, look at pages, upload, train, cancel, leave in the middle; until the time is over."""
    rng, visitor = random.Random(number), Visitor(server)
    await visitor.come()
    while time.monotonic() < until:
        action = rng.choices(("look", "upload", "train", "leave"), (6, 2, 1, 1))[0]
        tally.actions[action] += 1
        try:
            if action == "look" or len(said) == 1:
                page = rng.choice(sorted(said))
                tally.reruns.append(await visitor.open(page))
                if missing := said[page] - visitor.texts():
                    await asyncio.sleep(3)  # a result that came a moment later
                    tally.reruns.append(await visitor.rerun())
                    missing = said[page] - visitor.texts()
                    tally.differed.update(f"{page}: {text[:60]}" for text in missing)
            elif action == "upload":
                await visitor.come()  # a session that is on the page keeps its settings
                tally.reruns.append(await visitor.open("classify", classify_source="Upload"))
                tally.reruns.append(await visitor.upload("own.jpg", photo(rng.randrange(10**6))))
            elif action == "train":
                await train(visitor, rng, tally)
            else:
                opening = asyncio.create_task(visitor.open(rng.choice(sorted(said))))
                await asyncio.sleep(rng.random())
                await visitor.come()
                opening.cancel()
            tally.errors.update(visitor.exceptions())
            if action in ("upload", "train"):
                await visitor.come()  # pages show what a session has made
        except (ConnectionClosed, TimeoutError, OSError, LookupError, requests.HTTPError) as err:
            tally.errors[f"{action}: {type(err).__name__} {err}"[:200]] += 1
            await visitor.come()
        await asyncio.sleep(rng.uniform(0, 4))  # somebody reads
    await visitor.leave()


async def train(visitor: Visitor, rng: random.Random, tally: Tally) -> None:
    settings = {"room": "Train", "train_strategies": "Frozen features", "train_seed": "5"}
    tally.reruns.append(await visitor.open("transfer", **settings))
    train = visitor.button("Train")
    if train is None:
        raise LookupError("transfer has no button Train")
    tally.reruns.append(await visitor.rerun(**{train: True}))
    await asyncio.sleep(rng.uniform(0, 6))
    tally.reruns.append(await visitor.rerun())
    cancel = visitor.button("Cancel")
    if cancel is not None and rng.random() < 0.5:
        tally.actions["cancel"] += 1
        tally.reruns.append(await visitor.rerun(**{cancel: True}))


async def _watch(process: psutil.Process, memory: list[int]) -> None:
    while True:
        memory.append(sum(one.memory_info().rss for one in _family(process)))
        await asyncio.sleep(1)


def _family(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


async def room(server: Server, pages: tuple[str, ...], visitors: int, minutes: float) -> Tally:
    """Let so many come for so long, and print what it came to."""
    process = psutil.Process(server.process.pid)
    said = await expected(server.url, pages)
    tally, memory, at_start = Tally(), list[int](), process.memory_info().rss
    watching = asyncio.create_task(_watch(process, memory))
    started = time.monotonic()
    until = started + 60 * minutes
    await asyncio.gather(*(visit(server.url, n, until, said, tally) for n in range(visitors)))
    seconds = time.monotonic() - started
    print(f"{sum(map(len, said.values())):,} texts of {len(said)} pages are compared")
    print(f"{visitors} visitors for {seconds:.0f} s: {dict(tally.actions)}")
    times = sorted(tally.reruns)
    print(
        f"{len(times):,} reruns, {len(times) / seconds:.1f} a second; median "
        f"{statistics.median(times):.2f} s, p95 {times[int(0.95 * len(times))]:.2f} s"
    )
    print(f"errors: {sum(tally.errors.values())} {dict(tally.errors.most_common(8))}")
    if tally.errors:
        print(server.log[-4000:])
    print(f"answers that differed: {sum(tally.differed.values())}")
    for text, count in tally.differed.most_common(8):
        print(f"  {count} times: {text}")
    await asyncio.sleep(_AFTER_S)
    watching.cancel()
    after = process.memory_info().rss
    print(
        f"memory: {at_start / _MIB:,.0f} MiB at the start, {max(memory) / _MIB:,.0f} at most, "
        f"{after / _MIB:,.0f} two minutes after all had left"
    )
    return tally


_NEIGHBOUR = """
import streamlit as st
from PIL import Image

st.title("A photo")
file = st.file_uploader("Upload a photo")
if file is not None:
    st.image(Image.open(file))
st.markdown("Upload one.")
"""


def main() -> None:
    """Print the figures; the exit code is 1 if there was an error."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--visitors", type=int, default=32)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--neighbour", action="store_true", help="then a page of Streamlit alone")
    arguments = parser.parse_args()
    print("Graft")
    errors = run(arguments.visitors, arguments.minutes)
    if arguments.neighbour:
        print("A page of Streamlit alone")
        run(arguments.visitors, arguments.minutes, _NEIGHBOUR)
    sys.exit(bool(errors))


def run(visitors: int, minutes: float, script: str = "") -> int:
    """The errors of a room of its own, of Graft or of a script's page."""
    with tempfile.TemporaryDirectory(prefix="graft-") as name:
        folder, pages = Path(name), PAGES
        path = "app.py"
        if script:
            path, pages = str(folder / "page.py"), ("",)
            Path(path).write_text(script)
        server = Server(folder, {"GRAFT_ACCESS": "open"}, path)
        try:
            return asyncio.run(room(server, pages, visitors, minutes)).errors.total()
        finally:
            server.stop()


if __name__ == "__main__":
    main()
