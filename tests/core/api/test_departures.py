"""Sockets whose clients leave while they are written to: as Streamlit leaves it to the server."""

from __future__ import annotations

import asyncio

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected

from core.api.departures import Departures


async def receive_after_a_failed_send(websocket: WebSocket) -> None:
    await websocket.accept()
    with pytest.raises(WebSocketDisconnect):
        await websocket.send_bytes(b"drawn")
    try:
        await websocket.receive_bytes()
    except RuntimeError:
        await websocket.close()


async def fail(websocket: WebSocket) -> None:
    await websocket.accept()
    raise RuntimeError("of the page")


def connect(path: str, middleware: list[Middleware]) -> None:
    """Connect to an app; whatever it sends after it has accepted finds nobody."""
    routes = [WebSocketRoute("/leave", receive_after_a_failed_send), WebSocketRoute("/fail", fail)]
    app = Starlette(routes=routes, middleware=middleware)

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        if message["type"] == "websocket.send":
            raise OSError

    scope = {"type": "websocket", "path": path, "headers": [], "query_string": b""}
    asyncio.run(app(scope, receive, send))


def test_whoever_leaves_while_something_is_sent_is_no_failure():
    with pytest.raises(WebSocketDisconnected):
        connect("/leave", [])
    connect("/leave", [Middleware(Departures)])


def test_other_failures_of_a_socket_go_on_to_the_log():
    with pytest.raises(RuntimeError, match="of the page"):
        connect("/fail", [Middleware(Departures)])
