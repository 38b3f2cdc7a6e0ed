"""What goes back: JSON, or the result's picture where that is asked for."""

from __future__ import annotations

from typing import Any

import mimeparse
from starlette.requests import Request
from starlette.responses import Response

from core.errors import InvalidInputError
from core.media import encode_png
from core.tasks.task import Task

JSON = "application/json"
PNG = "image/png"


def media_types(task: Task) -> list[str]:
    """What results of a task can be sent as, the usual one first."""
    return [JSON, PNG] if task.picture is not None else [JSON]


def wanted(request: Request, task: Task) -> str:
    """The media type that the request prefers.

    Raises
    ------
    InvalidInputError
        If it takes none of those there are.
    """
    offered, header = media_types(task), request.headers.get("accept", "*/*")
    try:
        best = mimeparse.best_match(
            offered[::-1], header
        )  # the last one where it has no preference
    except mimeparse.MimeTypeParseException:
        best = ""
    if not best:
        raise InvalidInputError(
            f"Expected Accept: {' or '.join(offered)}. Received: {header[:80]}."
        )
    return best


def encode(task: Task, result: Any, media_type: str) -> Response:
    """The result as `media_type`."""
    if media_type == PNG and task.picture is not None:
        return Response(encode_png(task.picture(result)), media_type=PNG)
    return Response(task.answer.of(result).model_dump_json(), media_type=JSON)
