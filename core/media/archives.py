"""ZIP files: checked as a whole, then read one file at a time, and never onto the disk."""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import NamedTuple

from core.errors import GraftError, InvalidInputError, without_frames
from core.media.limits import ARCHIVE_LIMITS, ArchiveLimits
from core.media.source import Source, mib, open_source
from core.media.zip_directory import check_entry_count, entry_faults
from core.media.zip_names import entry_names

_CHUNK = 1 << 20
_LITTER = frozenset({"__macosx", "thumbs.db", "desktop.ini"})

UNREADABLE = (
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
"""What `zipfile` is seen to raise on damaged archives."""


class _Wanted(NamedTuple):
    name: str
    entry: zipfile.ZipInfo
    fault: str | None


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
        Why this file could not be read: damaged, encrypted, packed in an unusual way, too large.
        It is handed over and not raised, so that one bad file does not end the reading of the
        rest.
    """

    name: str
    data: bytes = field(repr=False)
    error: InvalidInputError | None = None


class ArchiveMembers(Iterator[ArchiveMember]):
    """The files of an archive, one after another; and how their names were read.

    Attributes
    ----------
    names : tuple of str, of all files in their order.
    encoding : str or None
        What names are in that do not say so, a key of `NAME_ENCODINGS`; None if all say it.
    stored_names : mapping of names to the bytes they are stored as, of those names.
    """

    def __init__(
        self,
        members: Iterator[ArchiveMember],
        names: tuple[str, ...],
        encoding: str | None,
        stored_names: Mapping[str, bytes],
    ) -> None:
        self._members, self.names = members, names
        self.encoding, self.stored_names = encoding, stored_names

    def __next__(self) -> ArchiveMember:
        return next(self._members)


def read_zip(
    data: Source,
    *,
    limits: ArchiveLimits = ARCHIVE_LIMITS,
    suffixes: frozenset[str] | None = None,
    encoding: str | None = None,
) -> ArchiveMembers:
    """Read the files of a ZIP file, one after the other.

    The whole directory is checked here, before the iterator is returned. Folders, links,
    hidden files and what operating systems leave behind (`__MACOSX`, `Thumbs.db`) are skipped.

    Parameters
    ----------
    data : bytes-like, str or PathLike
        The archive, or the path of its file.
    limits : ArchiveLimits
    suffixes : frozenset of str, optional
        Only files that end in one of these: in lower case, with the dot. By default all files.
    encoding : a key of `NAME_ENCODINGS`, optional
        What names are in that do not say so; by default guessed from all of them together.

    Returns
    -------
    ArchiveMembers
        In the order of the directory, in memory for one file at a time. Look at `error` first.

    Raises
    ------
    InvalidInputError
        Not a ZIP file, encrypted, beyond the limits, or made to do harm: names that climb
        out of it, entries that overlap.
    UnknownNameError
        If there is no such encoding.
    TypeError
        `data` is neither bytes nor a path.
    """
    with open_source(data, max_bytes=limits.max_bytes, what="ZIP file") as file:
        check_entry_count(file, max_files=limits.max_files)
        size = file.seek(0, os.SEEK_END)
    path_or_file = data if isinstance(data, str | os.PathLike) else io.BytesIO(data)
    try:
        archive = zipfile.ZipFile(path_or_file)
    except UNREADABLE as err:
        raise InvalidInputError("This ZIP file is damaged; pack it again.") from err
    try:
        entries = archive.infolist()
        names = entry_names(entries, encoding)
        faults = entry_faults(entries, names.names, archive_bytes=size)
        wanted = _wanted(entries, names.names, faults, suffixes)
        _check_unpacked(wanted, limits)
    except GraftError:
        archive.close()
        raise
    stored = {
        _relative(name): raw
        for name, raw in zip(names.names, names.raw, strict=True)
        if raw is not None
    }
    listed = tuple(one.name for one in wanted)
    return ArchiveMembers(_members(archive, wanted, limits), listed, names.encoding, stored)


def _relative(path: str) -> str:
    return "/".join(part for part in path.split("/") if part not in ("", "."))


def _wanted(
    entries: Sequence[zipfile.ZipInfo],
    names: Sequence[str],
    faults: Sequence[str | None],
    suffixes: frozenset[str] | None,
) -> list[_Wanted]:
    """The entries that are files somebody meant to put there."""
    wanted = []
    for entry, path, fault in zip(entries, names, faults, strict=True):
        name = _relative(path)
        if not name or path.endswith("/") or stat.S_ISLNK(entry.external_attr >> 16):
            continue
        if any(part.startswith(".") or part.lower() in _LITTER for part in name.split("/")):
            continue
        if suffixes is None or PurePosixPath(name).suffix.lower() in suffixes:
            wanted.append(_Wanted(name, entry, fault))
    return wanted


def _check_unpacked(wanted: list[_Wanted], limits: ArchiveLimits) -> None:
    """Judge the sizes that the directory declares; `_read` sees to it that they are kept."""
    sizes = (one.entry.file_size for one in wanted)
    total = sum(size for size in sizes if size <= limits.max_member)
    if total > limits.max_unpacked:
        raise InvalidInputError(
            f"This ZIP file unpacks to {total:,} bytes, and at most {limits.max_unpacked:,} "
            "are accepted; leave some files out."
        )


def _members(
    archive: zipfile.ZipFile, wanted: list[_Wanted], limits: ArchiveLimits
) -> Iterator[ArchiveMember]:
    with archive:
        for name, entry, fault in wanted:
            try:
                if fault is not None:
                    raise InvalidInputError(fault)
                member = ArchiveMember(name, _read(archive, entry, limits))
            except InvalidInputError as err:
                member = ArchiveMember(name, b"", without_frames(err))
            except UNREADABLE as err:
                error = InvalidInputError("It is damaged in the ZIP file; pack it again.")
                error.__cause__ = err
                member = ArchiveMember(name, b"", without_frames(error))
            yield member


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limits: ArchiveLimits) -> bytes:
    if entry.file_size > limits.max_member:
        raise InvalidInputError(
            f"It unpacks to {mib(entry.file_size)}, and at most {mib(limits.max_member)} are "
            "accepted; use a smaller file."
        )
    # zipfile bounds what deflate unpacks in one step, but not what bzip2 and LZMA do.
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise InvalidInputError(
            "It is packed in an unusual way; pack it again with an ordinary tool."
        )
    chunks, left = [], entry.file_size  # zipfile reads no further than that
    with archive.open(entry) as file:
        while chunk := file.read(_CHUNK):
            chunks.append(chunk)
            left -= len(chunk)
    if left:
        raise InvalidInputError("Its size is not the one declared; pack it again.")
    return b"".join(chunks)
