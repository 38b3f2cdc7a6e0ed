"""TF-Hub modules as they are sent: tar files, mostly packed by gzip, that anybody may have made."""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from pathlib import Path

from core.errors import WeightsUnavailableError

_MOST_BYTES = 8 << 30  # of all files together
_MOST_FILES = 10_000
_MOST_AT_ONCE = 1 << 20  # bytes; the headers of a file have some hundred
_NO_MODULE = (
    tarfile.TarError,
    gzip.BadGzipFile,
    zlib.error,
    EOFError,
    ValueError,
    FileExistsError,
    IsADirectoryError,
    NotADirectoryError,
)
_GZIP = b"\x1f\x8b"


class _Bounded(io.BufferedIOBase):
    """An unpacked file that is read no further than `_MOST_BYTES`, and little of it at once."""

    def __init__(self, file: gzip.GzipFile | io.BufferedReader) -> None:
        self._file = file

    def tell(self) -> int:
        return self._file.tell()

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or not 0 <= size <= _MOST_AT_ONCE:
            raise tarfile.ReadError("a header of many bytes")
        if self.tell() + size > _MOST_BYTES:
            raise tarfile.ReadError("too large")
        return self._file.read(size)

    def seek(self, place: int, whence: int = 0, /) -> int:
        if place > _MOST_BYTES:
            raise tarfile.ReadError("too large")
        return self._file.seek(place, whence)


def unpack(packed: Path, folder: Path) -> None:
    """Write the files and folders of a module into `folder`; links and devices are refused.

    Raises
    ------
    WeightsUnavailableError
        If it is no such file, or has too much in it.
    """
    with packed.open("rb") as start:
        opener = gzip.open if start.read(len(_GZIP)) == _GZIP else open
    try:
        with (
            opener(packed, "rb") as file,
            tarfile.open(mode="r:", fileobj=_Bounded(file)) as archive,
        ):
            for number, member in enumerate(archive, 1):
                is_plain = member.isdir() or (member.isreg() and not member.issparse())
                if not is_plain or number > _MOST_FILES:
                    raise tarfile.ReadError(member.name)
                archive.extract(member, folder, filter="data")
    except _NO_MODULE as err:
        raise WeightsUnavailableError(
            "Expected a TF-Hub module as a tar file of files and folders, with at most "
            f"{_MOST_FILES:,} of them and {_MOST_BYTES >> 30} GiB in all. Received: something else."
        ) from err
