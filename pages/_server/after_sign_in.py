"""Brings who has signed in back to the page that they came for."""

from __future__ import annotations

import re
from http import HTTPStatus
from urllib.parse import parse_qs, quote, unquote

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

FAILURE = "graft_sign_in"
"""The cookie that says for some seconds why signing in failed: `refused` or `unreachable`."""
_COOKIE = "graft_page"
_SHOWN_S = 20
_LOGIN = re.compile(r".*/auth/login")
_AS_IT_IS = "/?&=%+:,;@~!$'()*-._"  # in an address that came as one
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
        """Change the start of an answer."""
        headers = MutableHeaders(scope=message)
        path, cookies = request.url.path, Response()
        if _CALLBACK.fullmatch(path) and "location" in headers:
            asked = parse_qs(request.url.query)
            page = unquote(request.cookies.get(_COOKIE, ""))
            if {"code", "error"} & asked.keys() and _PAGE.fullmatch(page):
                headers["location"] = quote(page, safe=_AS_IT_IS)
            if "error" in asked or ("code" in asked and not _signs_in(headers)):
                cookies.set_cookie(FAILURE, "refused", max_age=_SHOWN_S, samesite="lax")
        elif _LOGIN.fullmatch(path) and message["status"] == HTTPStatus.BAD_REQUEST:
            message["status"] = HTTPStatus.FOUND
            page = unquote(request.cookies.get(_COOKIE, ""))
            headers["location"] = quote(page, safe=_AS_IT_IS) if _PAGE.fullmatch(page) else "/"
            cookies.set_cookie(FAILURE, "unreachable", max_age=_SHOWN_S, samesite="lax")
        elif message["status"] == HTTPStatus.OK and _is_page(headers):
            page = path + (f"?{request.url.query}" if request.url.query else "")
            if len(page) <= _MOST and _PAGE.fullmatch(page):
                cookies.set_cookie(_COOKIE, quote(page, safe=""), httponly=True, samesite="lax")
        for cookie in cookies.headers.getlist("set-cookie"):
            headers.append("set-cookie", cookie)
        if self._is_encrypted:
            message["headers"] = [
                (name, value + b"; Secure" if name == b"set-cookie" else value)
                for name, value in message["headers"]
            ]


def _signs_in(headers: MutableHeaders) -> bool:
    """Whether an answer gives the cookie of who has signed in."""
    given = headers.getlist("set-cookie")
    return any(re.match(f'{USER_COOKIE_NAME}=(?!"")', cookie) for cookie in given)


def _is_page(headers: MutableHeaders) -> bool:
    return headers.get("content-type", "").startswith("text/html")
