"""Text files: bytes in any usual encoding in, one clean string out."""

from __future__ import annotations

import codecs
import html
import re

from core.errors import InvalidInputError
from core.media.limits import TEXT_LIMITS, TextLimits
from core.media.source import Source, read_source

_MARKS = (  # the longer one first: UTF-32's begins like UTF-16's
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_OTHERS = (
    (b"%PDF", "a PDF document", "copy its text into a text file"),
    (b"{\\rtf", "a rich text document", "save it as plain text"),
    (b"PK\x03\x04", "a ZIP archive or an office document", "save it as plain text or as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old office document", "save it as plain text or as CSV"),
    (b"\x1f\x8b", "a gzip archive", "unpack it first"),
    (b"\xff\xd8\xff", "a photo", "choose a text"),
    (b"\x89PNG", "a picture", "choose a text"),
)
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\v\f\r\x1b")
_ASCII = bytes(range(128))
# Windows-1252 leaves five bytes open; browsers take them for control characters, as Latin-1 does.
_LEFT_OPEN = {0xDC00 + byte: byte for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}
# In Western text at most a few letters in a hundred have accents.
_WESTERN_SHARE = 0.25
_LEAST_BEYOND = 24  # of less, nobody can tell
_ALPHABETS = ["cp1251", "koi8_r", "cp1253", "cp1255", "cp1256"]
_ALPHABETS += ["shift_jis", "euc_jp", "gb18030", "big5", "euc_kr"]

_HIDDEN = (
    (re.compile("<!--"), re.compile("-->")),
    *(
        (re.compile(rf"<{name}\b[^<>]*>", re.I), re.compile(rf"</{name}\s*>", re.I))
        for name in ("script", "style", "head")
    ),
)
_BREAKING = (
    "address|article|aside|blockquote|br|caption|center|dd|div|dl|dt|fieldset|figure|footer|form|"
    "h[1-6]|header|hr|li|main|nav|ol|option|p|pre|section|table|tr|ul"
)
_INLINE = (
    "a|abbr|acronym|b|big|body|button|cite|code|col|colgroup|del|em|figcaption|font|html|i|img|"
    "input|ins|kbd|label|link|mark|meta|q|s|samp|select|small|span|strike|strong|sub|sup|svg|"
    "tbody|td|textarea|tfoot|th|thead|time|title|tt|u|var|video|wbr"
)
_TAG = re.compile(
    rf"</?(?:({_BREAKING})|{_INLINE})\b(?![:@.-])[^<>]*>|<!doctype[^<>]*>", re.IGNORECASE
)


def decode_text(data: Source, *, limits: TextLimits = TEXT_LIMITS, what: str = "text") -> str:
    """Decode a text file: UTF-8, UTF-16 or UTF-32 with a mark, or what was usual before.

    Parameters
    ----------
    data : bytes-like, str or PathLike
        The encoded text, or the path of its file.
    limits : TextLimits
    what : what is expected, for the messages.

    Returns
    -------
    str
        Without a byte order mark, lines ended by `\\n`. What is no UTF-8 is taken for
        Windows-1252, as browsers do; or, where more than a quarter of the bytes and at least 24
        are not ASCII, for what `charset_normalizer` thinks is likeliest of other alphabets.

    Raises
    ------
    InvalidInputError
        Empty, too large, or no text: a picture, a document of an office program, an archive.
    TypeError
        `data` is neither bytes nor a path.
    """
    data = read_source(data, max_bytes=limits.max_bytes, what=what)
    text = _decode(data, what)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def plain_text(text: str) -> str:
    """What a reader sees of a text that may hold HTML.

    Tags of HTML become a space, or a line break where a browser breaks the line; comments,
    scripts and styles go; entities (`&amp;`) become their characters. Other things in angle
    brackets stay: an address is no tag, and "a < b" neither. Lone surrogates, which no encoding
    can hold, become question marks.
    """
    if "<" in text:
        for start, end in _HIDDEN:
            text = _without(text, start, end)
        text = _TAG.sub(lambda tag: "\n" if tag[1] else " ", text)
    if "&" in text:
        text = html.unescape(text)
    return text.encode("utf-8", "replace").decode("utf-8")


def _decode(data: bytes, what: str) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.removeprefix(mark).decode(encoding)
            except UnicodeDecodeError as err:
                raise InvalidInputError(
                    f"Expected a {what}. Received: a file that says it is {encoding.upper()} and "
                    f"is not ({err.reason} at byte {err.start:,}); save it anew as UTF-8."
                ) from err
    _check_is_text(data, what)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_older(data)


def _check_is_text(data: bytes, what: str) -> None:
    for magic, kind, remedy in _OTHERS:
        if data.startswith(magic):
            raise InvalidInputError(f"Expected a {what}. Received: {kind}; {remedy}.")
    controls = len(data) - len(data.translate(None, _CONTROLS))
    if b"\0" in data or controls > len(data) // 100:
        raise InvalidInputError(
            f"Expected a {what}. Received: bytes that are no text, starting with {data[:8]!r}; "
            "save it as plain text in UTF-8."
        )


def _decode_older(data: bytes) -> str:
    """Text of the time before Unicode, which does not say what it is."""
    beyond = len(data.translate(None, _ASCII))
    if beyond >= _LEAST_BEYOND and beyond > _WESTERN_SHARE * len(data):
        from charset_normalizer import from_bytes

        # of a few accents it makes Czech ones ("naďve"), so it is not asked about those
        likeliest = from_bytes(data, cp_isolation=_ALPHABETS).best()
        if likeliest is not None:
            return str(likeliest)
    return data.decode("cp1252", "surrogateescape").translate(_LEFT_OPEN)


def _without(text: str, start: re.Pattern[str], end: re.Pattern[str]) -> str:
    """The text without what stands between `start` and `end`; each letter is looked at once."""
    kept, position = [], 0
    while (opening := start.search(text, position)) and (
        closing := end.search(text, opening.end())
    ):
        kept.append(text[position : opening.start()])
        position = closing.end()
    return " ".join([*kept, text[position:]])
