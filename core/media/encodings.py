"""From the bytes of a text to its characters, whatever encoding they are in."""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass

from core.errors import InvalidInputError, UnknownNameError

ENCODINGS = {
    "utf-8": "Unicode (UTF-8)",
    "utf-16-le": "Unicode (UTF-16)",
    "cp1252": "Western European (Windows-1252)",
    "cp1250": "Central European (Windows-1250)",
    "iso8859-2": "Central European (ISO 8859-2)",
    "cp1251": "Cyrillic (Windows-1251)",
    "koi8-r": "Cyrillic (KOI8-R)",
    "cp1253": "Greek (Windows-1253)",
    "cp1254": "Turkish (Windows-1254)",
    "cp1255": "Hebrew (Windows-1255)",
    "cp1256": "Arabic (Windows-1256)",
    "cp1257": "Baltic (Windows-1257)",
    "cp1258": "Vietnamese (Windows-1258)",
    "cp874": "Thai (Windows-874)",
    "cp932": "Japanese (Shift JIS)",
    "euc_jp": "Japanese (EUC-JP)",
    "gb18030": "Chinese (GB 18030)",
    "big5hkscs": "Chinese (Big5)",
    "cp949": "Korean (Windows-949)",
    "mac-roman": "Western European (Macintosh)",
    "cp850": "Western European (DOS)",
}
"""Encodings to offer where a guess was wrong; any other that Python knows can be named too."""

_MARKS = (  # the longer one first: UTF-32's begins like UTF-16's
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ASCII = bytes(range(128))
# Windows-1252 leaves five bytes open; browsers take them for control characters, as Latin-1 does.
_LEFT_OPEN = {0xDC00 + byte: byte for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}
_LONGEST_EXAMINED = 1 << 18
# Texts with fewer bytes beyond ASCII are guessed better among the encodings of Windows alone.
_ENOUGH_FOR_ANY = 12
_ENOUGH = 4  # of fewer, only Western ones: see tests/core/media/test_encodings.py for how often
_REPLACED_SHARE = 0.1  # of what is beyond ASCII: more broken sequences, and it is no UTF-8
# What is written in one of these often holds a few characters of the wider one.
_WIDER = {
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "tis-620": "cp874",
    "iso8859-1": "cp1252",
}
_ESCAPES = (b"\x1b$", b"\x1b(", b"~{")  # how ISO-2022 and HZ change to another alphabet
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\v\f\r\x1b")
_LINE_ENDS = {ord(character): " " for character in "\t\n\v\f\r"}
_BREAKS = " \n\u3002\u3001\uff0c\uff0e\uff01\uff1f"  # also full-width marks
# what Windows-1252 makes of other alphabets: a sign within a word ("by³o"), unlike apostrophes
_SIGNS = (
    "\u00a1-\u00bf\u00d7\u00f7\u201a\u201e\u2020\u2021\u2030\u2039\u203a\u20ac\u2122\u02dc\u02c6"
)
_SIGN_IN_WORD = re.compile(rf"(?<=[^\W\d_])[{_SIGNS}](?=[^\W\d_])")


@dataclass(frozen=True, slots=True)
class DecodedText:
    """A text, and how its bytes were read.

    `encoding` is Python's name for it. `is_guess` says that nothing in the file tells which it
    is; `replaced` counts bytes that belong to no character and became U+FFFD.
    """

    text: str
    encoding: str
    is_guess: bool = False
    replaced: int = 0

    @property
    def notices(self) -> tuple[str, ...]:
        """Sentences about what was guessed, and what is lost."""
        title = encoding_title(self.encoding)
        guess = f"The text is read as {title}, which is a guess: the file does not say."
        bytes_ = "1 byte has" if self.replaced == 1 else f"{self.replaced:,} bytes have"
        lost = f"{bytes_} no meaning in {title} and became \N{REPLACEMENT CHARACTER}."
        return (guess,) * self.is_guess + (lost,) * bool(self.replaced)


def encoding_title(encoding: str) -> str:
    """What an encoding is called for readers."""
    return ENCODINGS.get(encoding, encoding.upper().replace("_", "-"))


def decode_bytes(data: bytes, encoding: str | None = None) -> DecodedText:
    """Decode a text by its byte order mark, as UTF-8, or as what it looks like most.

    UTF-16 and UTF-32 are known without a mark too. A file that is UTF-8 but for a few bytes is
    read as that. Of other encodings `chardet` chooses; a text with fewer than four bytes beyond
    ASCII is taken for Windows-1252, as browsers do, unless its words would hold signs.

    Parameters
    ----------
    encoding : one that Python knows, where somebody knows better; bytes that have no meaning in
        it become U+FFFD.

    Raises
    ------
    InvalidInputError
        If it begins with a mark and is not what that says.
    UnknownNameError
        If Python has no such encoding of text.
    """
    if encoding is not None:
        return _as_named(data, encoding)
    for mark, marked in _MARKS:
        if data.startswith(mark):
            return DecodedText(_as_marked(data.removeprefix(mark), marked), marked)
    if has_controls(data) and (name := _wide(data)):
        return DecodedText(data.decode(name), name, is_guess=True)
    if any(escape in data for escape in _ESCAPES) and (name := likeliest_encoding(data)):
        return DecodedText(data.decode(name, "replace"), name, is_guess=True)
    try:
        return DecodedText(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        pass
    repaired = data.decode("utf-8", "replace")
    replaced = repaired.count("\ufffd")
    beyond = sum(character > "\x7f" for character in repaired)
    if replaced <= _REPLACED_SHARE * beyond or (replaced == 1 and beyond > _ENOUGH):
        return DecodedText(repaired, "utf-8", replaced=replaced)
    return _guessed(data)


def has_controls(data: bytes) -> bool:
    """Whether there are bytes that no text of one byte a character holds."""
    return len(data.translate(None, _CONTROLS)) < len(data)


def _as_named(data: bytes, encoding: str) -> DecodedText:
    try:
        if not codecs.lookup(encoding)._is_text_encoding:
            raise LookupError
    except LookupError as err:
        raise UnknownNameError.among("encoding", encoding, ENCODINGS) from err
    text = data.decode(encoding, "replace").removeprefix("\ufeff")
    return DecodedText(text, encoding, replaced=text.count("\ufffd"))


def _as_marked(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as err:
        raise InvalidInputError(
            f"Expected a text. Received: a file that says it is {encoding.upper()} and is not "
            f"(byte {err.start:,} is wrong); save it again as UTF-8."
        ) from err


def _wide(data: bytes) -> str | None:
    """Which kind of UTF-16 or UTF-32 a text without a mark is; None if it is neither."""
    for name, width in (("utf-32-le", 4), ("utf-32-be", 4), ("utf-16-le", 2), ("utf-16-be", 2)):
        if len(data) % width:
            continue
        try:
            text = data[:_LONGEST_EXAMINED].decode(name)
        except UnicodeDecodeError:
            continue
        if _is_natural(text):
            return name
    return None


def _is_natural(text: str) -> bool:
    """Whether all characters are assigned ones, with breaks between words or sentences."""
    categories = {unicodedata.category(character) for character in text.translate(_LINE_ENDS)}
    return not categories & {"Cc", "Cn", "Co"} and any(mark in text for mark in _BREAKS)


def _guessed(data: bytes) -> DecodedText:
    """Text of the time before Unicode, which does not say what it is."""
    western = data.decode("cp1252", "surrogateescape").translate(_LEFT_OPEN)
    beyond = len(data.translate(None, _ASCII))
    if beyond < _ENOUGH and not _SIGN_IN_WORD.search(western):
        return DecodedText(western, "cp1252", is_guess=True)
    is_short = beyond < _ENOUGH_FOR_ANY
    name = likeliest_encoding(
        data, windows=is_short and (beyond <= _ENOUGH or 4 * beyond > len(data))
    )
    if name in (None, "cp1252"):
        return DecodedText(western, "cp1252", is_guess=True)
    text = data.decode(name, "replace")
    return DecodedText(text, name, is_guess=True, replaced=text.count("\ufffd"))


def likeliest_encoding(data: bytes, *, windows: bool = False) -> str | None:
    """Python's name of the encoding that `chardet` chooses; `windows`: among those of Windows."""
    import chardet

    era = chardet.EncodingEra.MODERN_WEB if windows else chardet.EncodingEra.ALL
    chosen = chardet.detect(data, encoding_era=era, max_bytes=_LONGEST_EXAMINED)["encoding"]
    if chosen is None:
        return None
    name = codecs.lookup(chosen).name
    return _WIDER.get(name, name)
