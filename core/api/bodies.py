"""What a request brings: files as the body or as its parts, each within the bounds of its kind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from core.api.problems import BusyError
from core.errors import InvalidInputError
from core.media import ARCHIVE_LIMITS, AUDIO_LIMITS, IMAGE_LIMITS
from core.tasks.task import Given, Input, Kind, Task

MOST_FILES = 256
MOST_TEXT = 100_000  # characters of one text
MOST_TEXTS = 10_000
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
        """What `receive` brings, up to `most` bytes, which take room until the context ends."""
        size = 0

        async def receive_within() -> Message:
            nonlocal size
            message = await receive()
            more = len(message.get("body", b""))
            if size + more > most:
                raise HTTPException(413, f"Expected at most {most >> 20} MiB. Received: more.")
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
                with room.bounded(request.receive, most) as receive:
                    return await handle(Request(request.scope, receive))

            return within

    return Bounded


async def read_files(request: Request, task: Task) -> dict[str, Given]:
    """The files of a request by the names of the task's inputs.

    Raises
    ------
    InvalidInputError
        If a file is missing.
    """
    if not request.headers.get("content-type", "").startswith(_MULTIPART):
        return _alone(await request.body(), task)
    async with request.form(max_files=MOST_FILES, max_fields=0) as form:
        files = {
            each.name: [
                await part.read()
                for part in form.getlist(each.name)
                if isinstance(part, UploadFile)
            ]
            for each in task.inputs
        }
    asked = [each for each in task.inputs if files[each.name] or not each.optional]
    return {each.name: _checked(each, files[each.name]) for each in asked}


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
