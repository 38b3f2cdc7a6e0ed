"""Who may come in, how often, and how many at once."""

from __future__ import annotations

import hashlib
import hmac
import math
import time
from collections import Counter
from http import HTTPStatus

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from core.api.problems import BusyError, problem
from core.errors import InvalidInputError
from core.settings import Settings

MOST_INSIDE = 96  # requests that are worked on or wait for their turn; beyond, 429 at once
MOST_OF_ONE = 64  # of them of one key or address, so that nobody alone keeps all others out
_SOON_S = 1  # when to come again if the house is full
_OPEN_TO_ALL = ("/health", "/docs", "/openapi.json", "/static-offline-docs")


class Gate:
    """Lets in who has a key, where keys are set, as often as allowed, as many as can be served.

    A request that does not come in is answered before its body is read: 401 without a key, 429
    with `Retry-After` where it is one too many.

    Parameters
    ----------
    app : what is behind it.
    settings : `api_keys`, `api_rate`.
    most_inside, most_of_one : int, requests with a body at once, of all and of one owner.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        most_inside: int = MOST_INSIDE,
        most_of_one: int = MOST_OF_ONE,
    ) -> None:
        self._app = app
        self._keys = settings.api_keys
        self._rate = rate(settings)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._most_inside, self._most_of_one = most_inside, most_of_one
        self._inside: Counter[str] = Counter()  # by owner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        if scope["type"] != "http" or path.startswith(_OPEN_TO_ALL):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        refusal = self._refusal(request)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        if request.method != "POST":
            await self._app(scope, receive, send)
            return
        owner = scope["owner"]
        self._inside[owner] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._inside[owner] -= 1
            self._inside += Counter()  # without those that have gone

    def _refusal(self, request: Request) -> Response | None:
        owner = owner_of(request, self._keys)
        # who has no key is counted too, so that keys cannot be tried without end
        counted = owner or owner_of(request, frozenset()) or ""
        if not self._limiter.hit(self._rate, counted):
            reset, _ = self._limiter.get_window_stats(self._rate, counted)
            wait_s = max(1, math.ceil(reset - time.time()))
            return _come_again(wait_s, f"Expected at most {self._rate}. Received: more.")
        if owner is None:
            return problem(
                HTTPStatus.UNAUTHORIZED,
                "Expected a key as Authorization: Bearer KEY. Received: none that is known.",
                **{"WWW-Authenticate": "Bearer"},
            )
        request.scope["owner"] = owner
        request.scope["key"] = owner if self._keys else None
        if request.method != "POST":
            return None
        if self._inside.total() >= self._most_inside:
            return _come_again(_SOON_S, "The server has as much to do as it can hold.")
        if self._inside[owner] >= self._most_of_one:
            return _come_again(
                _SOON_S, f"Expected at most {self._most_of_one} requests at once. Received: more."
            )
        return None


def rate(settings: Settings) -> RateLimitItem:
    """How often one owner may ask.

    Raises
    ------
    InvalidInputError
        If `api_rate` is no rate.
    """
    try:
        return parse(settings.api_rate)
    except ValueError as err:
        raise InvalidInputError(
            "Expected GRAFT_API_RATE to be a rate such as 100 per second. "
            f"Received: {settings.api_rate!r}."
        ) from err


def owner_of(request: Request, keys: frozenset[str]) -> str | None:
    """Whose request it is: the digest of a key, or an address where no keys are set.

    None where a key is needed and none of the known ones came.
    """
    if not keys:
        return request.client.host if request.client else "unknown"
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    digest = hashlib.sha256(key.encode()).hexdigest()
    is_known = any([hmac.compare_digest(digest, known) for known in keys])  # in constant time
    return f"key {digest[:12]}" if scheme.lower() == "bearer" and is_known else None


def _come_again(wait_s: int, detail: str) -> Response:
    err = BusyError(detail, wait_s)
    return problem(err.status_code, err.detail, **(err.headers or {}))
