"""A reverse proxy in front of several servers, which sends a browser to the same one by a cookie.

What `deploy/haproxy.cfg` says to HAProxy, in as little code as will do for tests: whoever comes
without the cookie gets the next server in turn; whose server does not answer gets another one.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from urllib.parse import urlsplit

COOKIE = "graft_server"
_HEAD_END = b"\r\n\r\n"
_CHUNK = 1 << 16


class StickyProxy:
    """One address for several servers; made by `sticky_proxy`.

    Attributes
    ----------
    url : its own.
    """

    def __init__(self, servers: Sequence[str]) -> None:
        self.url = ""
        self.stop = lambda: None
        self._servers = [(urlsplit(url).hostname, urlsplit(url).port) for url in servers]
        self._turn = 0

    async def serve(self, started: threading.Event) -> None:
        """Pass on what comes, until `stop` is called."""
        ended, loop = asyncio.Event(), asyncio.get_running_loop()
        self.stop = lambda: loop.call_soon_threadsafe(ended.set)
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0, limit=_CHUNK)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        started.set()
        await ended.wait()
        server.close()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A connection of a browser, all of which goes to one server."""
        async with _closed(writer):
            head = await reader.readuntil(_HEAD_END)
            known = re.search(rb"\b%s=(\d+)" % COOKIE.encode(), head)
            wanted = None if known is None else int(known[1])
            number, (back_reader, back_writer) = await self._connected(wanted)
            async with _closed(back_writer):
                back_writer.write(head)
                there = asyncio.create_task(_passed_on(reader, back_writer))
                try:
                    answer = await back_reader.readuntil(_HEAD_END)
                    if number != wanted:
                        new = f"Set-Cookie: {COOKIE}={number}; Path=/; HttpOnly; SameSite=Lax"
                        answer = b"\r\n".join([answer[:-4], new.encode(), b"", b""])
                    writer.write(answer)
                    await _passed_on(back_reader, writer)
                finally:
                    there.cancel()

    async def _connected(
        self, number: int | None
    ) -> tuple[int, tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """A connection with that server, or with the next one that answers."""
        if number is None or number >= len(self._servers):
            self._turn += 1
            number = self._turn % len(self._servers)
        for _ in self._servers:
            host, port = self._servers[number]
            try:
                return number, await asyncio.open_connection(host, port, limit=_CHUNK)
            except OSError:
                number = (number + 1) % len(self._servers)
        raise ConnectionError("no server answers")


async def _passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(_CHUNK):
        writer.write(chunk)
        await writer.drain()
    writer.write_eof()


@asynccontextmanager
async def _closed(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    """Close it at the end, which the other side may have done before."""
    try:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            yield
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


@contextmanager
def sticky_proxy(*servers: str) -> Iterator[StickyProxy]:
    """A proxy in front of servers at these URLs."""
    proxy, started = StickyProxy(servers), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(proxy.serve(started)), daemon=True)
    thread.start()
    started.wait(10)
    try:
        yield proxy
    finally:
        proxy.stop()
        thread.join(10)
