"""What goes back: JSON, or the result as a picture, a table or a file where that is asked for."""

from __future__ import annotations

import mimeparse
from starlette.requests import Request

from core.errors import InvalidInputError
from core.tasks.task import Task


def wanted(request: Request, task: Task) -> str:
    """The media type that the request prefers.

    Raises
    ------
    InvalidInputError
        If it takes none of those there are.
    """
    offered, header = task.media_types, request.headers.get("accept", "*/*")
    try:
        # the last of those that it likes as much
        best = mimeparse.best_match(offered[::-1], header)
    except mimeparse.MimeTypeParseException:
        best = ""
    if not best:
        expected = " or ".join(offered)
        raise InvalidInputError(f"Expected Accept: {expected}. Received: {header[:80]}.")
    return best
