"""What a request brings: files as the body or as its parts, each within the bounds of its kind."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from core.api.problems import BusyError
from core.errors import InvalidInputError
from core.media import ARCHIVE_LIMITS, AUDIO_LIMITS, IMAGE_LIMITS
from core.tasks.task import Given, Input, Kind, Task

MOST_FILES = 256
MOST_TEXT = 100_000  # characters of one text
MOST_TEXTS = 10_000
QUIET_S = 30.0  # without another part of a body, after which a request has failed
_MOST_BYTES = 256 << 20  # of all files of a request together
_MOST_JSON = 32 << 20  # of all texts
LIMITS: dict[Kind, int] = {
    "photo": IMAGE_LIMITS.max_bytes,
    "sound": AUDIO_LIMITS.max_bytes,
    "archive": ARCHIVE_LIMITS.max_bytes,
    "photos": _MOST_BYTES,
    "sounds": _MOST_BYTES,
}
MEDIA_TYPES: dict[Kind, str] = {
    "photo": "image/*",
    "photos": "image/*",
    "sound": "audio/*",
    "sounds": "audio/*",
    "archive": "application/zip",
}
_MULTIPART = "multipart/form-data"
_Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Room:
    """Memory for what is sent: so many bytes of all requests together, whatever each may bring.

    Parameters
    ----------
    most : int > 0 [bytes]
    """

    def __init__(self, most: int = 2 << 30) -> None:
        self._most = most
        self._taken = 0
        self._lock = threading.Lock()

    def take(self, size: int) -> None:
        """Have this many bytes more.

        Raises
        ------
        BusyError
            If they are not free.
        """
        with self._lock:
            if self._taken + size > self._most:
                raise BusyError("The server has received as much as it can hold.", 5)
            self._taken += size

    def give_back(self, size: int) -> None:
        """Have this many bytes less."""
        with self._lock:
            self._taken -= size

    @contextmanager
    def bounded(self, receive: Receive, most: int) -> Iterator[Receive]:
        """What `receive` brings, up to `most` bytes, which take room until the context ends.

        A client that stops sending does not keep others out for long.
        """
        size, is_coming = 0, True

        async def receive_within() -> Message:
            nonlocal size, is_coming
            try:
                async with asyncio.timeout(QUIET_S if is_coming else None):
                    message = await receive()
            except TimeoutError as err:
                raise HTTPException(
                    HTTPStatus.REQUEST_TIMEOUT,
                    f"Expected the rest of the body within {QUIET_S:g} s. Received: nothing.",
                    {"Connection": "close"},
                ) from err
            is_coming = message.get("more_body", False)
            more = len(message.get("body", b""))
            if size + more > most:
                raise _too_large(most)
            self.take(more)
            size += more
            return message

        try:
            yield receive_within
        finally:
            self.give_back(size)


def bounded_route(task: Task, room: Room) -> type[APIRoute]:
    """The routes whose bodies hold at most what the inputs of a task may."""
    most = sum(LIMITS.get(each.kind, 0) for each in task.inputs) or _MOST_JSON

    class Bounded(APIRoute):
        def get_route_handler(self) -> _Handler:
            handle = super().get_route_handler()

            async def within(request: Request) -> Response:
                _check_length(request, most)
                with room.bounded(request.receive, most) as receive:
                    return await handle(Request(request.scope, receive))

            return within

    return Bounded


def _check_length(request: Request, most: int) -> None:
    """Refuse a body that says to be too large before any of it is read."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and float(length) > most:  # of any number of digits
        raise _too_large(most)


def _too_large(most: int) -> HTTPException:
    return HTTPException(413, f"Expected at most {most >> 20} MiB. Received: more.")


async def read_files(request: Request, task: Task) -> dict[str, Given]:
    """The files of a request by the names of the task's inputs.

    Raises
    ------
    InvalidInputError
        If a file is missing.
    """
    if not request.headers.get("content-type", "").startswith(_MULTIPART):
        return _alone(await request.body(), task)
    names = [each.name for each in task.inputs]
    async with _form(request) as form:
        for name, part in form.multi_items():
            if name not in names or not isinstance(part, UploadFile):
                kind = "file" if isinstance(part, UploadFile) else "text"
                raise InvalidInputError(
                    f"Expected files named {' or '.join(names)} in the form, and settings in the "
                    f"query. Received: a {kind} named {name[:80]}."
                )
        files = {name: [await part.read() for part in _files(form, name)] for name in names}
    asked = [each for each in task.inputs if files[each.name] or not each.optional]
    return {each.name: _checked(each, files[each.name]) for each in asked}


@asynccontextmanager
async def _form(request: Request) -> AsyncIterator[FormData]:
    """The parts of a body."""
    try:
        form = await request.form(max_files=MOST_FILES, max_fields=MOST_FILES)
    except HTTPException as err:
        if err.status_code != HTTPStatus.BAD_REQUEST:
            raise
        raise InvalidInputError(
            f"Expected {_MULTIPART} with at most {MOST_FILES} files. Received: {err.detail}"
        ) from err
    try:
        yield form
    finally:
        await form.close()


def _files(form: FormData, name: str) -> list[UploadFile]:
    return [part for part in form.getlist(name) if isinstance(part, UploadFile)]


def _alone(body: bytes, task: Task) -> dict[str, Given]:
    """The body as the one input of a task."""
    required = [each for each in task.inputs if not each.optional]
    if len(required) != 1:
        names = ", ".join(each.name for each in required)
        raise InvalidInputError(f"Expected {_MULTIPART} with {names}. Received: a body alone.")
    return {required[0].name: _checked(required[0], [body])}


def _checked(part: Input, files: list[bytes]) -> Given:
    if not all(files):
        raise InvalidInputError(f"Expected a file as {part.name}. Received: an empty one.")
    if part.takes_many and files:
        return files
    if len(files) != 1:
        raise InvalidInputError(f"Expected one {part.kind} as {part.name}. Received: {len(files)}.")
    return files[0]
