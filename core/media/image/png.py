"""The parts of a PNG file that a picture is made of."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

_SIGNATURE_BYTES = 8
_PICTURE = frozenset((b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"))
_ABOUT_IT = frozenset((b"iCCP", b"eXIf"))  # what colours mean, and how it lies
_TEXTS = frozenset((b"tEXt", b"zTXt", b"iTXt"))
# Texts that say how it lies: ImageMagick's and Adobe's.
_LYING = (b"Raw profile type exif\0", b"XML:com.adobe.xmp\0")
_LONGEST_TEXT = 1 << 18


def picture_only(data: bytes, *, about_it: bool = True) -> bytes:
    """A PNG file without texts, animation and whatever else a decoder might stumble over.

    Parameters
    ----------
    about_it : keep the colour profile, and what says how it lies, if they are whole.
    """
    kept: list[tuple[int, int]] = []
    at, whole, is_behind = _SIGNATURE_BYTES, True, False
    for start, kind, end in _chunks(data):
        at, is_behind = end, is_behind or kind == b"IDAT"
        if kind == b"iCCP" and is_behind:  # too late for a profile, which Pillow would mind
            whole = False
        elif kind in _PICTURE or (about_it and _is_about_it(kind, data[start:end])):
            kept.append((start, end))
        else:
            whole = False
    if whole:
        return data
    parts = [data[:_SIGNATURE_BYTES], *(data[start:end] for start, end in kept), data[at:]]
    return b"".join(parts)


def is_animated(data: bytes) -> bool:
    """Whether there are frames beyond the picture."""
    return any(kind == b"acTL" for _, kind, _ in _chunks(data))


def _chunks(data: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Start, kind and end of each whole chunk, as far as the file holds such."""
    at = _SIGNATURE_BYTES
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data) or not kind.isalpha():
            return
        yield at, kind, end
        at = end


def _is_about_it(kind: bytes, chunk: bytes) -> bool:
    if kind in _TEXTS:
        if len(chunk) > _LONGEST_TEXT or not chunk[8:].startswith(_LYING):
            return False
    elif kind not in _ABOUT_IT:
        return False
    return zlib.crc32(chunk[4:-4]) == int.from_bytes(chunk[-4:], "big")
