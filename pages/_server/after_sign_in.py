"""Brings who has signed in back to the page that they came for, or says why nobody was."""

from __future__ import annotations

import re
from collections import OrderedDict
from http import HTTPStatus
from urllib.parse import parse_qs, quote

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.web.server.starlette.starlette_server_config import (
    USER_COOKIE_NAME,
    XSRF_COOKIE_NAME,
)

FAILURE = "graft_sign_in"
"""The cookie that says for some seconds why signing in failed: `refused` or `unreachable`."""
BROWSER = XSRF_COOKIE_NAME
"""The cookie that tells browsers apart, also those that nobody has signed in to."""
_SHOWN_S = 20
_CALLBACK, _LOGIN = re.compile(r".*/oauth2callback"), re.compile(r".*/auth/login")
_PAGE = re.compile(r"/(?![/\\])[^\s\\]*")  # on this server, whatever a browser makes of it
_AS_IT_IS = "/?&=%+:,;@~!$'()*-._"  # in an address that is one already
_MOST = 1_000  # browsers in which somebody is signing in
_pages: OrderedDict[str, str] = OrderedDict()


def remember_page(browser: str, page: str) -> None:
    """Lead a browser to a page once somebody has signed in there.

    Parameters
    ----------
    browser : its cookie `BROWSER`.
    page : path and query.
    """
    if browser and _PAGE.fullmatch(page):
        _pages[browser] = page
        _pages.move_to_end(browser)
        while len(_pages) > _MOST:
            _pages.popitem(last=False)


class AfterSignIn:
    """Streamlit leads back to the first page, and from what fails to an empty one.

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
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_back(message: Message) -> None:
            if message["type"] == "http.response.start":
                _lead_back(Request(scope), message)
                if self._is_encrypted:
                    message["headers"] = [
                        (name, value + b"; Secure" if name == b"set-cookie" else value)
                        for name, value in message["headers"]
                    ]
            await send(message)

        await self._app(scope, receive, send_back)


def _lead_back(request: Request, message: Message) -> None:
    """Change where the answer to a step of signing in leads."""
    path, headers = request.url.path, MutableHeaders(scope=message)
    if _CALLBACK.fullmatch(path) and {"code", "error"} & parse_qs(request.url.query).keys():
        failure = "" if _signs_in(headers) else "refused"
    elif _LOGIN.fullmatch(path) and message["status"] == HTTPStatus.BAD_REQUEST:
        failure = "unreachable"
    else:
        return
    message["status"] = HTTPStatus.FOUND
    page = _pages.get(request.cookies.get(BROWSER, ""), "/")
    headers["location"] = quote(page, safe=_AS_IT_IS)
    if failure:
        cookies = Response()
        cookies.set_cookie(FAILURE, failure, max_age=_SHOWN_S, httponly=True, samesite="lax")
        headers.append("set-cookie", cookies.headers["set-cookie"])


def _signs_in(headers: MutableHeaders) -> bool:
    """Whether an answer gives the cookie of who has signed in."""
    given = headers.getlist("set-cookie")
    return any(re.match(f'{USER_COOKIE_NAME}=(?!"")', cookie) for cookie in given)
