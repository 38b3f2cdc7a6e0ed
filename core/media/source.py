"""Where an input's bytes come from: an upload in memory, or a file."""

from __future__ import annotations

import io
import os

from core.errors import InvalidInputError

OpenFile = io.BytesIO | io.BufferedReader
Source = bytes | bytearray | memoryview | str | os.PathLike[str]


def open_source(data: Source, *, max_bytes: int, what: str) -> OpenFile:
    """Open an upload or a file for reading, unless it is empty or too large.

    Parameters
    ----------
    data : bytes-like, str or PathLike
        The bytes themselves, or the path of a file that holds them.
    max_bytes : int > 0
        The most that is accepted; a file's size is checked before it is read.
    what : str
        What is expected, for the messages: "photo", "ZIP file".

    Returns
    -------
    OpenFile
        At its start, to be closed by the caller.

    Raises
    ------
    InvalidInputError
        Nothing was given, nothing is in it, no such file, or more than `max_bytes`.
    TypeError
        `data` is neither bytes nor a path.
    """
    if data is None:
        raise InvalidInputError(f"Expected a {what} but nothing was given; choose a file.")
    if isinstance(data, bytes | bytearray | memoryview):
        file: OpenFile = io.BytesIO(data)
        size = memoryview(data).nbytes
    elif isinstance(data, str | os.PathLike):
        file, size = _open_file(data, what)
    else:
        raise TypeError(
            f"Expected the bytes of a {what} or its path. Received: {type(data).__name__}; "
            "of an open file or an upload, pass what its read() returns."
        )
    if 0 < size <= max_bytes:
        return file
    file.close()
    if not size:
        raise InvalidInputError(f"Expected a {what} but the file is empty (0 bytes); try another.")
    raise InvalidInputError(
        f"This {what} is {mib(size)}, and at most {mib(max_bytes)} are accepted; "
        "use a smaller file."
    )


def read_source(data: Source, *, max_bytes: int, what: str) -> bytes:
    """All the bytes of an upload or a file; see `open_source`, which says what is refused."""
    if type(data) is bytes and 0 < len(data) <= max_bytes:
        return data
    with open_source(data, max_bytes=max_bytes, what=what) as file:
        return file.read()


def _open_file(path: str | os.PathLike[str], what: str) -> tuple[io.BufferedReader, int]:
    try:
        size = os.stat(path).st_size
        return open(path, "rb"), size
    except (OSError, ValueError) as err:  # ValueError: a null byte in the path
        raise InvalidInputError(
            f"The {what} {str(path)!r} cannot be read; check that there is such a file."
        ) from err


def mib(size: int) -> str:
    """A number of bytes, for messages."""
    if size < 1 << 20:
        return f"{size:,} bytes"
    return f"{size / 2**20:,.1f}".removesuffix(".0") + " MiB"
