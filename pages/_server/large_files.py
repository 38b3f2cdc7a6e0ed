"""Files that pages offer and that are too large for Streamlit, which holds downloads in memory.

Each has an address that nobody can guess, and is sent from the disk. It is there as long as
somebody holds the object that stands for it, such as a session.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Protocol
from weakref import WeakKeyDictionary, WeakValueDictionary

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route


class LargeFile(Protocol):
    """A file that goes with this object."""

    path: Path


_addresses: WeakKeyDictionary[LargeFile, str] = WeakKeyDictionary()
_files: WeakValueDictionary[str, LargeFile] = WeakValueDictionary()


def address_of(file: LargeFile, name: str) -> str:
    """Where browsers find a file, on this server, to save it under that name."""
    if file not in _addresses:
        secret = secrets.token_urlsafe(24)
        _addresses[file], _files[secret] = secret, file
    return f"/large-files/{_addresses[file]}/{name}"


class _Kept(FileResponse):
    """An answer that keeps its file until it is sent."""

    file: LargeFile


async def _send(request: Request) -> FileResponse:
    file = _files.get(request.path_params["secret"])
    if file is None:
        raise HTTPException(404, "This file is there no more. Make it again on its page.")
    answer = _Kept(
        file.path,
        filename=request.path_params["name"],
        headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"},
    )
    answer.file = file
    return answer


LARGE_FILES = Route("/large-files/{secret}/{name}", _send)
"""For the server."""
