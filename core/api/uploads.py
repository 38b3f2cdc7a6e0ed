"""How much visitors of the pages may upload, which a server holds while their sessions last."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from core.api.problems import problem
from core.errors import MemoryBudgetError
from core.memory.held import look, room_for

MOST_OF_ONE = 1 << 30
_TOO_LARGE = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
_UPLOAD = re.compile(r".*/_stcore/upload_file/([^/]+)/[^/]+")


class UploadBounds:
    """Refuses an upload, before any of it is read, that would not fit beside what is there.

    Parameters
    ----------
    app : what is behind it, which sees to the size of a single file.
    held : returns the bytes of all files that each session has uploaded.
    may_upload : whether a session may; one that nobody has signed in to may not.
    most_of_one : int [bytes], of a session; see `core.memory.held` for what all may hold.
    """

    def __init__(
        self,
        app: ASGIApp,
        held: Callable[[], Mapping[str, int]],
        may_upload: Callable[[str], bool] = lambda _: True,
        most_of_one: int = MOST_OF_ONE,
    ) -> None:
        self._app = app
        self._held = held
        self._may_upload = may_upload
        self._most_of_one = most_of_one
        self._coming: Counter[str] = Counter()  # bytes by session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let an upload through, or refuse it."""
        is_put = scope["type"] == "http" and scope["method"] == "PUT"
        upload = _UPLOAD.fullmatch(scope["path"]) if is_put else None
        if upload is None:
            await self._app(scope, receive, send)
            return
        session, length = upload[1], Headers(scope=scope).get("content-length", "")
        await run_in_threadpool(look)  # which may take a while, and this thread serves everybody
        refusal = self._refusal(session, length)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        self._coming[session] += int(length)
        try:
            with room_for(int(length)):
                await self._app(scope, receive, send)
        except MemoryBudgetError as err:
            await problem(_TOO_LARGE, str(err))(scope, receive, send)
        finally:
            self._coming[session] -= int(length)
            self._coming += Counter()  # without those that have come

    def _refusal(self, session: str, length: str) -> Response | None:
        if not self._may_upload(session):
            return problem(HTTPStatus.UNAUTHORIZED, "Sign in first.")
        if not length.isdecimal():
            return problem(
                HTTPStatus.LENGTH_REQUIRED,
                "Expected a file that says how large it is. Received: one that does not.",
            )
        # of any number of digits
        if float(length) + self._held().get(session, 0) + self._coming[session] > self._most_of_one:
            return problem(
                _TOO_LARGE,
                f"Expected at most {self._most_of_one >> 20:,} MiB of uploads at a time. "
                "Received: more.",
            )
        return None
