"""Who may come in, how often, and how many at once."""

from __future__ import annotations

import hashlib
import hmac
import math
from collections import Counter
from collections.abc import Callable
from http import HTTPStatus

from anyio import to_thread
from limits import RateLimitItem, parse
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from core.api.problems import BusyError, problem
from core.api.window import MovingWindow
from core.errors import GraftError, InvalidInputError
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
    settings : `access`, `api_keys`, `api_rate`.
    owner_of_key : returns the `Person.id` of whose key it is, where people sign in.
    most_inside, most_of_one : int, requests with a body at once, of all and of one owner.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        owner_of_key: Callable[[str], str | None] = lambda _: None,
        most_inside: int = MOST_INSIDE,
        most_of_one: int = MOST_OF_ONE,
    ) -> None:
        self._app = app
        self._keys = settings.api_keys
        self._asks_for_keys = asks_for_keys(settings)
        self._owner_of_key = owner_of_key if settings.access == "login" else None
        self._rate = rate(settings)
        self._window = MovingWindow(self._rate)
        self._most_inside, self._most_of_one = most_inside, most_of_one
        self._inside: Counter[str] = Counter()  # by owner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        if scope["type"] != "http" or path.startswith(_OPEN_TO_ALL):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        try:
            owner = await self._owner(request)
        except GraftError as err:  # the database does not answer
            await problem(HTTPStatus.SERVICE_UNAVAILABLE, str(err))(scope, receive, send)
            return
        refusal = self._refusal(request, owner)
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

    async def _owner(self, request: Request) -> str | None:
        """Whose request it is; None where a key is needed and none that is known came."""
        if not self._asks_for_keys:
            return _address(request)
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        digest = hashlib.sha256(key.encode()).hexdigest()
        if any([hmac.compare_digest(digest, known) for known in self._keys]):  # in constant time
            return f"key {digest[:12]}"
        if self._owner_of_key is None or not key:
            return None
        person = await to_thread.run_sync(self._owner_of_key, key)
        return person and f"person {person[:12]}"

    def _refusal(self, request: Request, owner: str | None) -> Response | None:
        # who has no key is counted too, so that keys cannot be tried without end
        counted = owner or _address(request)
        if wait_s := self._window.wait_s(counted):
            return _come_again(math.ceil(wait_s), f"Expected at most {self._rate}. Received: more.")
        if owner is None:
            return problem(
                HTTPStatus.UNAUTHORIZED,
                "Expected a key as Authorization: Bearer KEY. Received: none that is known.",
                **{"WWW-Authenticate": "Bearer"},
            )
        request.scope["owner"] = owner
        request.scope["key"] = owner if self._asks_for_keys else None
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


def asks_for_keys(settings: Settings) -> bool:
    """Whether requests need a key."""
    return bool(settings.api_keys) or settings.access == "login"


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"


def _come_again(wait_s: int, detail: str) -> Response:
    err = BusyError(detail, wait_s)
    return problem(err.status_code, err.detail, **(err.headers or {}))
