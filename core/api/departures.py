"""Visitors who leave while something is sent to them."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnected


class Departures:
    """Ends the connection of a page that was closed, as one that is closed in between ends.

    Streamlit 1.67 takes the error of a socket that its client has left while it was being written
    to for a message in the wrong form, closes the socket, which fails again, and leaves that to the
    server, which logs a failure of the app.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a connection on."""
        try:
            await self._app(scope, receive, send)
        except WebSocketDisconnected:
            if scope["type"] != "websocket":
                raise
