"""The parts of a JPEG file that a picture is made of."""

from __future__ import annotations

import struct

_SEGMENTS = range(0xC0, 0xFF)
_START_OF_SCAN, _ADOBE = 0xDA, 0xEE
_METADATA = frozenset((*range(0xE0, 0xF0), 0xFE))  # APP0 to APP15, and comments
_ADOBE_BYTES = 14  # of a whole segment of Adobe's, which says how channels are to be taken


def picture_only(data: bytes) -> bytes:
    """A JPEG file without EXIF, profiles, comments and whatever else stands in front of it."""
    parts, at = [data[:2]], 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] in _SEGMENTS:
        kind = data[at + 1]
        (length,) = struct.unpack_from(">H", data, at + 2)
        if kind == _START_OF_SCAN:
            break
        if kind not in _METADATA or (kind == _ADOBE and length >= _ADOBE_BYTES):
            parts.append(data[at : at + 2 + length])
        at += 2 + length
    return b"".join([*parts, data[at:]])
