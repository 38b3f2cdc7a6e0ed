"""The names of files in a ZIP file, many of which do not say in which encoding they are.

References
----------
.. [1] PKWARE, APPNOTE.TXT, 4.4.4 bit 11 and appendix D: names are UTF-8, or else IBM code page 437;
   in truth they are in the code page of the system that packed them, or UTF-8 without the bit.
.. [2] Info-ZIP's Unicode path field, APPNOTE.TXT 4.6.9.
"""

from __future__ import annotations

import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.errors import UnknownNameError
from core.media.encodings import ENCODINGS, decode_bytes, likeliest_encoding
from core.media.normal_text import normal_text

NAME_ENCODINGS = {
    "utf-8": ENCODINGS["utf-8"],
    "cp437": "Western European (DOS, United States)",
    "cp850": ENCODINGS["cp850"],
    "cp1252": ENCODINGS["cp1252"],
    "cp852": "Central European (DOS)",
    "cp1250": ENCODINGS["cp1250"],
    "cp866": "Cyrillic (DOS)",
    "cp1251": ENCODINGS["cp1251"],
    "cp737": "Greek (DOS)",
    "cp1253": ENCODINGS["cp1253"],
    "cp857": "Turkish (DOS)",
    "cp1254": ENCODINGS["cp1254"],
    "cp862": "Hebrew (DOS)",
    "cp1255": ENCODINGS["cp1255"],
    "cp720": "Arabic (DOS)",
    "cp1256": ENCODINGS["cp1256"],
    "cp775": "Baltic (DOS)",
    "cp1257": ENCODINGS["cp1257"],
    "cp1258": ENCODINGS["cp1258"],
    "cp874": ENCODINGS["cp874"],
    "cp932": ENCODINGS["cp932"],
    "gb18030": ENCODINGS["gb18030"],
    "big5hkscs": ENCODINGS["big5hkscs"],
    "cp949": ENCODINGS["cp949"],
    "euc_jp": ENCODINGS["euc_jp"],
    "koi8-r": ENCODINGS["koi8-r"],
}
"""What names are in, and what that is called; of equally likely ones the first is taken."""

_IS_UTF8 = 0x800  # [1] 4.4.4
_UNICODE_PATH = 0x7075  # [2]
_WORD = re.compile(r"[^\W\d_]+")
_FINAL = re.compile(r"[\u03c2\u05da\u05dd\u05df\u05e3\u05e5](?=\w)")  # forms for the ends of words
# the first bytes of signs that are used daily, those of the first level of each standard
_DAILY = {
    "gb18030": range(0xB0, 0xD8),
    "big5hkscs": range(0xA4, 0xC7),
    "cp949": range(0xB0, 0xC9),
    "cp932": range(0x82, 0x98),
    "euc_jp": range(0xA4, 0xD0),
}
_TRUST = 0.08  # what the guess of `chardet` is worth, as a share of all bytes beyond ASCII


@dataclass(frozen=True, slots=True)
class EntryNames:
    """The names of a directory's entries, in its order.

    Attributes
    ----------
    names : tuple of str
        Forward slashes; letters with accents are one character, what nobody sees is gone.
    encoding : str or None
        What names are in that do not say so; None if all do.
    raw : tuple of bytes or None, those names as they are stored.
    """

    names: tuple[str, ...]
    encoding: str | None
    raw: tuple[bytes | None, ...]


def entry_names(entries: Sequence[zipfile.ZipInfo], encoding: str | None = None) -> EntryNames:
    """The names of entries, the encoding of those that do not say theirs guessed from all.

    Parameters
    ----------
    encoding : a key of `NAME_ENCODINGS`, where somebody knows better.

    Raises
    ------
    UnknownNameError
        If it is none of them.
    """
    if encoding is not None and encoding not in NAME_ENCODINGS:
        raise UnknownNameError.among("encoding", encoding, NAME_ENCODINGS)
    raw = tuple(_undeclared(entry) for entry in entries)
    undeclared = [name for name in raw if name is not None]
    used = (encoding or guess_encoding(undeclared)) if undeclared else None
    names = [
        _declared(entry) if data is None or used is None else decode_name(data, used)
        for entry, data in zip(entries, raw, strict=True)
    ]
    return EntryNames(tuple(map(tidy_name, names)), used, raw)


def decode_name(name: bytes, encoding: str) -> str:
    """What a stored name is in an encoding, tidied."""
    return tidy_name(decode_bytes(name, encoding).text)


def tidy_name(name: str) -> str:
    """With forward slashes, and names that look alike made the same."""
    return normal_text(name).replace("\\", "/")


def guess_encoding(names: Iterable[bytes]) -> str:
    """What some names are in: UTF-8 if all can be, or else where they look most like words."""
    parts = {part for name in names for part in name.split(b"/") if not part.isascii()}
    data = b"\n".join(sorted(parts))
    try:
        data.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        pass
    others = [name for name in NAME_ENCODINGS if name != "utf-8"]
    strangeness = {name: _strangeness(data, name) for name in others}
    beyond = sum(byte > 0x7F for byte in data)
    if (likeliest := likeliest_encoding(data)) in strangeness:
        strangeness[likeliest] -= _TRUST * beyond
    return min(others, key=strangeness.__getitem__)


def _strangeness(data: bytes, encoding: str) -> float:
    """How unlike names of files some bytes are in an encoding: so many bytes are strange."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return float("inf")
    strange = 0.0
    for character in text:
        if character > "\x7f" and unicodedata.category(character)[0] not in "LM":
            strange += 1.0
    for word in _WORD.findall(text):
        strange += _strange_word(word, encoding)
    return strange


def _strange_word(word: str, encoding: str) -> float:
    """Scripts that are mixed, letters where they never stand, accents everywhere, rare signs."""
    if word.isascii():
        return 0.0
    scripts = [unicodedata.name(letter, "?").partition(" ")[0] for letter in word]
    usual = max(set(scripts), key=scripts.count)
    if usual in ("HIRAGANA", "KATAKANA", "CJK"):
        scripts = ["CJK" if s in ("HIRAGANA", "KATAKANA", "CJK") else s for s in scripts]
        usual = "CJK"
    mixed = sum(script != usual for script in scripts)
    turned = sum(b.isupper() and a.islower() for a, b in pairwise(word))
    turned += len(_FINAL.findall(word))
    beyond = sum(letter > "\x7f" for letter in word)
    accents = max(0.0, beyond - len(word) / 2) if usual == "LATIN" else 0.0
    rare = 0.0
    if encoding in _DAILY:
        firsts = [letter.encode(encoding)[0] for letter in word]
        rare = 0.7 * sum(byte > 0x7F and byte not in _DAILY[encoding] for byte in firsts)
    return mixed + turned + accents + rare


def _undeclared(entry: zipfile.ZipInfo) -> bytes | None:
    """The bytes of a name that does not say its encoding; None if it does, or is ASCII."""
    if entry.flag_bits & _IS_UTF8 or entry.orig_filename.isascii() or _unicode_path(entry):
        return None
    return _stored(entry)


def _declared(entry: zipfile.ZipInfo) -> str:
    return _unicode_path(entry) or entry.orig_filename.partition("\0")[0]


def _stored(entry: zipfile.ZipInfo) -> bytes:
    return entry.orig_filename.partition("\0")[0].encode("cp437")  # which zipfile has taken it for


def _unicode_path(entry: zipfile.ZipInfo) -> str:
    """The name in an Info-ZIP field, if there is one and it belongs to the name."""
    if entry.flag_bits & _IS_UTF8:
        return ""
    extra = entry.extra
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        body, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == _UNICODE_PATH and len(body) > 5 and body[0] == 1:
            (check,) = struct.unpack_from("<L", body, 1)
            if check == zlib.crc32(entry.orig_filename.encode("cp437")):
                return body[5:].decode("utf-8", "replace")
    return ""
