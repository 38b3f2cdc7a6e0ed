"""ZIP archives: checked as a whole, then read one file at a time, and never onto the disk."""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from core.errors import InvalidInputError
from core.media.limits import ARCHIVE_LIMITS, ArchiveLimits
from core.media.source import Source, open_source
from core.media.zip_directory import check_entries, check_entry_count

_CHUNK = 1 << 20
_RATIO_FROM = 1 << 20
_LITTER = frozenset({"__macosx", "thumbs.db", "desktop.ini"})

_Named = tuple[str, zipfile.ZipInfo]

# What zipfile is seen to raise on damaged archives.
_UNREADABLE = (
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class ArchiveMember:
    """One file of an archive.

    Attributes
    ----------
    name : str
        Its path inside the archive: forward slashes, relative, without `.` and `..`.
    data : bytes
        What is in it; empty where `error` is set.
    error : InvalidInputError or None
        Why this file could not be read: damaged, packed in an unusual way, too large. It is
        handed over and not raised, so that one bad photo does not end the reading of the rest.
    """

    name: str
    data: bytes = field(repr=False)
    error: InvalidInputError | None = None


def read_zip(
    data: Source,
    *,
    limits: ArchiveLimits = ARCHIVE_LIMITS,
    suffixes: frozenset[str] | None = None,
) -> Iterator[ArchiveMember]:
    """Read the files of a ZIP archive, one after the other.

    The whole directory is checked here, before the iterator is returned. Folders, links,
    hidden files and what operating systems leave behind (`__MACOSX`, `Thumbs.db`) are skipped.

    Parameters
    ----------
    data : bytes-like, str or PathLike
        The archive, or the path of its file.
    limits : ArchiveLimits
    suffixes : frozenset of str, optional
        Only files that end in one of these, such as `IMAGE_SUFFIXES`: in lower case, with the
        dot. By default all files.

    Returns
    -------
    Iterator of ArchiveMember
        In the order of the directory, in memory for one file at a time. Look at `error` first.

    Raises
    ------
    InvalidInputError
        Not a ZIP archive, encrypted, beyond the limits, or made to do harm: names that climb
        out of it, entries that overlap, sizes that no real file packs to.
    TypeError
        `data` is neither bytes nor a path.
    """
    with open_source(data, max_bytes=limits.max_bytes, what="ZIP archive") as file:
        check_entry_count(file, max_files=limits.max_files)
        size = file.seek(0, os.SEEK_END)
    path_or_file = data if isinstance(data, str | os.PathLike) else io.BytesIO(data)
    try:
        archive = zipfile.ZipFile(path_or_file)
    except _UNREADABLE as err:
        raise InvalidInputError(f"This ZIP archive is damaged ({err}); pack it again.") from err
    try:
        check_entries(archive.infolist(), archive_bytes=size)
        wanted = _wanted(archive.infolist(), suffixes)
        _check_unpacked(wanted, limits)
    except InvalidInputError:
        archive.close()
        raise
    return _members(archive, wanted, limits)


def _wanted(entries: list[zipfile.ZipInfo], suffixes: frozenset[str] | None) -> list[_Named]:
    """The entries that are files somebody meant to put there, with their tidied names."""
    wanted = []
    for entry in entries:
        path = entry.filename.replace("\\", "/")
        parts = [part for part in path.split("/") if part not in ("", ".")]
        if not parts or path.endswith("/") or stat.S_ISLNK(entry.external_attr >> 16):
            continue
        if any(part.startswith(".") or part.lower() in _LITTER for part in parts):
            continue
        if suffixes is None or PurePosixPath(parts[-1]).suffix.lower() in suffixes:
            wanted.append(("/".join(parts), entry))
    return wanted


def _check_unpacked(wanted: list[_Named], limits: ArchiveLimits) -> None:
    """Judge the sizes that the directory declares; `_read` sees to it that they are kept."""
    total = sum(entry.file_size for _, entry in wanted)
    if total > limits.max_unpacked:
        raise InvalidInputError(
            f"This ZIP archive unpacks to {total:,} bytes, and at most {limits.max_unpacked:,} "
            "are accepted; leave some files out."
        )
    for name, entry in wanted:
        if entry.file_size > max(_RATIO_FROM, limits.max_ratio * entry.compress_size):
            raise InvalidInputError(
                f"This ZIP archive holds {name!r}, which unpacks to {entry.file_size:,} bytes from "
                f"{entry.compress_size:,}, as in a zip bomb; leave that file out."
            )


def _members(
    archive: zipfile.ZipFile, wanted: list[_Named], limits: ArchiveLimits
) -> Iterator[ArchiveMember]:
    with archive:
        for name, entry in wanted:
            try:
                member = ArchiveMember(name, _read(archive, entry, limits))
            except _UNREADABLE as err:
                message = f"{name!r} cannot be read from the ZIP archive: {err}."
                error = InvalidInputError(message)
                error.__cause__ = err
                member = ArchiveMember(name, b"", error)
            yield member


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limits: ArchiveLimits) -> bytes:
    if entry.file_size > limits.max_member:
        raise ValueError(f"it unpacks to more than {limits.max_member:,} bytes")
    # zipfile bounds what deflate unpacks in one step, but not what bzip2 and LZMA do.
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError("it is packed in an unusual way; pack it again with an ordinary tool")
    chunks, left = [], entry.file_size  # zipfile reads no further than that
    with archive.open(entry) as file:
        while chunk := file.read(_CHUNK):
            chunks.append(chunk)
            left -= len(chunk)
    if left:
        raise ValueError("its size is not the one declared")
    return b"".join(chunks)
