"""What every answer tells a browser not to do with it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.api.problems import UNEXPECTED, problem

_EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # an address may hold the link of a project
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_PAGES = {
    "default-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "media-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self' {sockets} data: blob:",  # recordings are read again from blob:
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'self'",
}
# shown for itself, what a visitor has uploaded is a picture or a sound, and never a page
_CONTENT = (
    "default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'; "
    "frame-ancestors 'self'; sandbox"
)
_HOST = re.compile(r"[\w.-]+(:\d+)?")
_IS_CONTENT = re.compile(r".*/(media|api|metrics)(/.*)?")
_IS_DOCUMENTATION = re.compile(r".*/api/docs")


class SecurityHeaders:
    """Adds to every answer of an app what browsers are to keep to.

    An answer that says something else about itself is left as it is. Where the app fails before
    it answers, the answer comes from here, since Starlette's own would pass by without headers; the
    failure goes on to the log.

    Parameters
    ----------
    app : what is behind it.
    inline_scripts : the scripts that may stand within a page, each as it stands there; no others
        are run, whatever gets into a page.
    """

    def __init__(self, app: ASGIApp, inline_scripts: Iterable[str] = ()) -> None:
        self._app = app
        hashes = " ".join(map(_source, inline_scripts))
        # components of pages are modules that come as blob:
        self._pages = _policy(f"'self' blob: {hashes}".rstrip())
        self._documentation = _policy("'self' 'unsafe-inline'")  # it shows nothing of visitors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer back with headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        policy = self._policy_of(scope["path"], Headers(scope=scope).get("host", ""))
        is_answered = False

        async def send_with_headers(message: Message) -> None:
            nonlocal is_answered
            if message["type"] == "http.response.start":
                is_answered = True
                headers = MutableHeaders(scope=message)
                for name, value in (*_EVERYWHERE.items(), ("Content-Security-Policy", policy)):
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception:
            if not is_answered:
                answer = problem(HTTPStatus.INTERNAL_SERVER_ERROR, UNEXPECTED)
                await answer(scope, receive, send_with_headers)
            raise

    def _policy_of(self, path: str, host: str) -> str:
        is_documentation = _IS_DOCUMENTATION.fullmatch(path)
        if _IS_CONTENT.fullmatch(path) and not is_documentation:
            return _CONTENT
        # not every browser counts WebSockets among 'self'
        sockets = f"ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
        policy = self._documentation if is_documentation else self._pages
        return policy.format(sockets=sockets)


def _policy(scripts: str) -> str:
    directives = {**_PAGES, "script-src": scripts}
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())


def _source(script: str) -> str:
    """How a policy names a script by its content."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"'sha256-{digest}'"
