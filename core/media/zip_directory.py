"""The directory of a ZIP file: what must be true of it before anything is unpacked.

References
----------
.. [1] PKWARE, APPNOTE.TXT - .ZIP File Format Specification, version 6.3.10.
.. [2] Fifield, "A better zip bomb", WOOT 2019: entries that overlap.
"""

from __future__ import annotations

import os
import re
import struct
import zipfile
from collections.abc import Sequence
from itertools import pairwise
from typing import BinaryIO

from core.errors import InvalidInputError

_END = b"PK\x05\x06"  # [1] 4.3.16: 22 bytes and a comment
_END_BYTES = 22
_LOCATOR = b"PK\x06\x07"  # [1] 4.3.15: 20 bytes, just before the end
_END64 = b"PK\x06\x06"  # [1] 4.3.14: 56 bytes, just before the locator
_ENTRY = b"PK\x01\x02"  # [1] 4.3.12
_LOCAL_HEADER_BYTES = 30  # [1] 4.3.7, without the name
_ENCRYPTED = 0x1 | 0x40 | 0x2000  # [1] 4.4.4: bits 0, 6 and 13

# An entry takes 46 bytes and its name; a directory beyond this much for each is not read at all.
_MOST_BYTES_PER_ENTRY = 1024

_OTHER_ARCHIVES = {
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
}


def check_entry_count(file: BinaryIO, *, max_files: int) -> None:
    """Refuse a file that is no ZIP file or has too many entries.

    `zipfile` makes an object of every entry when it opens an archive, so they are counted first,
    in the very bytes that it will read.

    Raises
    ------
    InvalidInputError
        No end record, or more than `max_files` entries.
    """
    size = file.seek(0, os.SEEK_END)
    start = max(0, size - 0x10000 - _END_BYTES - 76)
    file.seek(start)
    tail = file.read()
    end = _end_record(tail)
    if end < 0:
        raise InvalidInputError(_not_a_zip(file))
    (directory,) = struct.unpack_from("<L", tail, end + 12)
    if tail[max(0, end - 20) :][:4] == _LOCATOR and tail[max(0, end - 76) :][:4] == _END64:
        end -= 76
        (directory,) = struct.unpack_from("<Q", tail, end + 40)
    if directory > max_files * _MOST_BYTES_PER_ENTRY:
        raise InvalidInputError(
            f"This ZIP file has a directory of {directory:,} bytes, too much for {max_files:,} "
            "entries; split it, or pack it again without comments."
        )
    file.seek(max(0, start + end - directory))
    if file.read(directory).count(_ENTRY) > max_files:
        raise InvalidInputError(
            f"This ZIP file has more than {max_files:,} entries, which is the most accepted; "
            "split it or leave some out."
        )


def entry_faults(
    entries: Sequence[zipfile.ZipInfo], names: Sequence[str], *, archive_bytes: int
) -> list[str | None]:
    """What is wrong with single entries, in a sentence each; None of those that can be read.

    Parameters
    ----------
    names : of the entries, with forward slashes.

    Raises
    ------
    InvalidInputError
        All entries are encrypted or reach beyond the archive, or some climb out of it or share
        bytes.
    """
    faults: list[str | None] = []
    spans = []
    for entry, name in zip(entries, names, strict=True):
        if name.startswith("/") or re.match("[A-Za-z]:", name) or ".." in name.split("/"):
            raise InvalidInputError(
                f"This ZIP file holds {name!r}, a name that leads out of it; "
                "pack it again with plain relative names."
            )
        end = entry.header_offset + _packed_bytes(entry)
        if entry.flag_bits & _ENCRYPTED:
            faults.append("It is encrypted; pack it without a password.")
        elif entry.header_offset < 0 or end > archive_bytes:
            faults.append("It is cut off in the ZIP file; pack it again.")
        else:
            faults.append(None)
            spans.append((entry.header_offset, end))
    if entries and not spans:
        if any(entry.flag_bits & _ENCRYPTED for entry in entries):
            raise InvalidInputError("This ZIP file is encrypted; pack it again without a password.")
        raise InvalidInputError("This ZIP file is damaged or incomplete; upload it again.")
    if any(this[1] > following[0] for this, following in pairwise(sorted(spans))):
        raise InvalidInputError(
            "This ZIP file has entries that share the same bytes, as in a zip bomb; "
            "pack it again with an ordinary tool."
        )
    return faults


def _packed_bytes(entry: zipfile.ZipInfo) -> int:
    return _LOCAL_HEADER_BYTES + len(entry.orig_filename) + entry.compress_size


def _end_record(tail: bytes) -> int:
    """Where the end record starts in the last bytes of a file, or -1; as `zipfile` finds it."""
    last = tail[-_END_BYTES:]
    if len(last) == _END_BYTES and last.startswith(_END) and last.endswith(b"\0\0"):
        return len(tail) - _END_BYTES
    start = tail.rfind(_END)
    return start if start + _END_BYTES <= len(tail) else -1


def _not_a_zip(file: BinaryIO) -> str:
    file.seek(0)
    head = file.read(8)
    if head.startswith(b"PK\x03\x04"):
        return "This ZIP file is incomplete: its end is missing; upload it again."
    for magic, what in _OTHER_ARCHIVES.items():
        if head.startswith(magic):
            return f"Expected a ZIP file but got {what}; pack the files as ZIP."
    return "Expected a ZIP file but got another kind of file; choose a .zip file."
