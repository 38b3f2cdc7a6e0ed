"""What a request brings: files as the body or as its parts, each within the bounds of its kind."""

from __future__ import annotations

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive

from core.errors import InvalidInputError
from core.media import ARCHIVE_LIMITS, AUDIO_LIMITS, IMAGE_LIMITS
from core.tasks.task import Given, Input, Kind, Task

MOST_FILES = 256
_MOST_BYTES = 256 << 20  # of all files of a request together
LIMITS: dict[Kind, int] = {
    "photo": IMAGE_LIMITS.max_bytes,
    "sound": AUDIO_LIMITS.max_bytes,
    "archive": ARCHIVE_LIMITS.max_bytes,
    "photos": _MOST_BYTES,
    "sounds": _MOST_BYTES,
}
_MULTIPART = "multipart/form-data"


async def read_files(request: Request, task: Task) -> dict[str, Given]:
    """The files of a request by the names of the task's inputs.

    Raises
    ------
    HTTPException
        413 as soon as more has come than the task takes.
    InvalidInputError
        If a file is missing.
    """
    most = sum(LIMITS[each.kind] for each in task.inputs)
    bounded = Request(request.scope, _bounded(request.receive, most))
    if not request.headers.get("content-type", "").startswith(_MULTIPART):
        return _alone(await bounded.body(), task)
    async with bounded.form(max_files=MOST_FILES, max_fields=0) as form:
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
    if part.takes_many and files:
        return files
    if len(files) != 1:
        raise InvalidInputError(f"Expected one {part.kind} as {part.name}. Received: {len(files)}.")
    return files[0]


def _bounded(receive: Receive, most: int) -> Receive:
    size = 0

    async def receive_within() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > most:
            raise HTTPException(413, f"Expected at most {most >> 20} MiB.")
        return message

    return receive_within
