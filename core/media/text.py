"""Text files: bytes in any usual encoding in, one clean string out."""

from __future__ import annotations

import html
import re
from dataclasses import replace

from core.errors import InvalidInputError
from core.media.encodings import DecodedText, decode_bytes
from core.media.limits import TEXT_LIMITS, TextLimits
from core.media.normal_text import normal_text
from core.media.source import Source, read_source

_OTHERS = (
    (b"%PDF", "a PDF document", "copy its text into a text file"),
    (b"{\\rtf", "a rich text document", "save it as plain text"),
    (b"PK\x03\x04", "a ZIP file or an office document", "save it as plain text or as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old office document", "save it as plain text or as CSV"),
    (b"\x1f\x8b", "a gzip archive", "unpack it first"),
    (b"\xff\xd8\xff", "a photo", "choose another file"),
    (b"\x89PNG", "a picture", "choose another file"),
)
_WITHOUT_CONTROLS = dict.fromkeys(code for code in range(32) if chr(code) not in "\t\n\v\f\r\x1b")
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
    """The text of a file, in whatever encoding; see `read_text`."""
    return read_text(data, limits=limits, what=what).text


def read_text(
    data: Source,
    *,
    encoding: str | None = None,
    limits: TextLimits = TEXT_LIMITS,
    what: str = "text",
) -> DecodedText:
    """Decode a text file; see `core.media.encodings.decode_bytes` for how encodings are told.

    Parameters
    ----------
    data : bytes-like, str or PathLike
        The encoded text, or the path of its file.
    encoding : where somebody knows better.
    limits : TextLimits
    what : what is expected, for the messages.

    Returns
    -------
    DecodedText
        Without a byte order mark, lines ended by `\\n`.

    Raises
    ------
    InvalidInputError
        Empty, too large, or no text: a picture, a document of an office program, an archive.
    UnknownNameError
        If Python has no such encoding of text.
    TypeError
        `data` is neither bytes nor a path.
    """
    data = read_source(data, max_bytes=limits.max_bytes, what=what)
    for magic, kind, remedy in _OTHERS:
        if data.startswith(magic):
            raise InvalidInputError(f"Expected a {what}. Received: {kind}; {remedy}.")
    decoded = decode_bytes(data, encoding)
    controls = len(decoded.text) - len(decoded.text.translate(_WITHOUT_CONTROLS))
    if "\0" in decoded.text or controls > len(decoded.text) // 100:
        raise InvalidInputError(
            f"Expected a {what}. Received: a file whose bytes are no text; save it as plain text "
            "in UTF-8."
        )
    return replace(decoded, text=decoded.text.replace("\r\n", "\n").replace("\r", "\n"))


def plain_text(text: str) -> str:
    """What models read of a text that may hold HTML: what a reader sees, written one way.

    Tags of HTML become a space, or a line break where a browser breaks the line; comments,
    scripts and styles go; entities (`&amp;`) become their characters. Other things in angle
    brackets stay: an address is no tag, and "a < b" neither. Lone surrogates, which no encoding
    can hold, become question marks. What looks alike is written alike; see `normal_text`.
    """
    if "<" in text:
        for start, end in _HIDDEN:
            text = _without(text, start, end)
        text = _TAG.sub(lambda tag: "\n" if tag[1] else " ", text)
    if "&" in text:
        text = html.unescape(text)
    return normal_text(text.encode("utf-8", "replace").decode("utf-8"))


def _without(text: str, start: re.Pattern[str], end: re.Pattern[str]) -> str:
    """The text without what stands between `start` and `end`; each letter is looked at once."""
    kept, position = [], 0
    while (opening := start.search(text, position)) and (
        closing := end.search(text, opening.end())
    ):
        kept.append(text[position : opening.start()])
        position = closing.end()
    return " ".join([*kept, text[position:]])
