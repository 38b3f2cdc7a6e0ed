"""Brings who has signed in back to the page that they came for."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, quote, unquote

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_COOKIE = "graft_page"
_CALLBACK = re.compile(r".*/oauth2callback")
_PAGE = re.compile(r"/(?![/\\])[^\r\n]*")  # on this server, whatever a browser makes of it
_MOST = 2048  # characters of an address


class AfterSignIn:
    """Keeps the address of the last page in a cookie, since Streamlit leads back to the first one.

    Parameters
    ----------
    app : what is behind it.
    is_encrypted : whether browsers reach this server by HTTPS; then they send no cookie without.
    """

    def __init__(self, app: ASGIApp, *, is_encrypted: bool) -> None:
        self._app = app
        self._is_encrypted = is_encrypted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer back."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return

        async def send_back(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._change(Request(scope), message)
            await send(message)

        await self._app(scope, receive, send_back)

    def _change(self, request: Request, message: Message) -> None:
        headers = MutableHeaders(scope=message)
        if _CALLBACK.fullmatch(request.url.path):
            page = unquote(request.cookies.get(_COOKIE, ""))
            has_signed_in = "code" in parse_qs(request.url.query)
            if has_signed_in and "location" in headers and _PAGE.fullmatch(page):
                headers["location"] = quote(page, safe="/?&=%+:,;@~!$'()*-._")
        elif headers.get("content-type", "").startswith("text/html") and message["status"] == 200:
            page = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            cookie = Response()
            if len(page) <= _MOST and _PAGE.fullmatch(page):
                cookie.set_cookie(_COOKIE, quote(page, safe=""), httponly=True, samesite="lax")
                headers.append("set-cookie", cookie.headers["set-cookie"])
        if self._is_encrypted:
            message["headers"] = [
                (name, value + b"; Secure" if name == b"set-cookie" else value)
                for name, value in message["headers"]
            ]
