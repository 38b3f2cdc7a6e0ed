"""One way to write what looks alike: the form of a text in which words are looked up.

References
----------
Unicode Standard Annex #15, Unicode Normalization Forms: NFC, and the compatibility mappings.
"""

from __future__ import annotations

import re
import unicodedata

_APOSTROPHES = "\u2018\u2019\u201b\u02b9\u02bb\u02bc\u02bd\u2032\u0091\u0092"
_QUOTES = "\u201c\u201d\u201e\u201f\u2033\u0093\u0094"
_HYPHENS = "\u2010\u2011"
_LINE_ENDS = "\x85\u2028\u2029"
# letters and digits in other shapes, such as full-width ones; not fractions or small raised digits
_SHAPES = ("<wide>", "<narrow>", "<font>", "<initial>", "<medial>", "<final>", "<isolated>")
# of what Unicode calls format characters: joiners, signs of Arabic, tags in flags
_VISIBLE = re.compile("[\u200c\u200d\u0600-\u0605\u06dd\u08e2\U000e0020-\U000e007f]")
# within some alphabets and pictures joiners change what is seen, elsewhere not
_JOINERS = re.compile("[\u200c\u200d](?=[\\0-\u058f]|$)")
# accents that people type for an apostrophe, as in "don\u00b4t"
_ACCENTS = re.compile("(?<=[^\\W\\d_])[`\u00b4](?=[^\\W\\d_])")


class _Table(dict[int, str]):
    """What becomes of each character, by its code; filled as characters come."""

    def __missing__(self, code: int) -> str:
        self[code] = written = _usual(chr(code))
        return written


def normal_text(text: str) -> str:
    """The text with straight quotes and plain spaces, and without what nobody sees.

    Accents are joined to their letters (NFC). Soft hyphens, zero-width characters, marks of byte
    order and of direction go; ligatures, full-width letters and letters in other shapes become
    usual ones, as in NFKC. What a reader would tell apart stays: dashes, fractions, emoji.
    """
    if text.isascii():
        return text if "`" not in text else _ACCENTS.sub("'", text)
    text = unicodedata.normalize("NFC", text).translate(_TABLE)
    return _ACCENTS.sub("'", _JOINERS.sub("", text))


def _usual(character: str) -> str:
    if character in _APOSTROPHES:
        return "'"
    if character in _QUOTES:
        return '"'
    if character in _HYPHENS:
        return "-"
    if character in _LINE_ENDS:
        return "\n"
    if character == "\u2026":
        return "..."
    category = unicodedata.category(character)
    if category == "Zs":
        return " "
    if (category == "Cf" and not _VISIBLE.match(character)) or character == "\u034f":
        return ""
    shape = unicodedata.decomposition(character).partition(" ")[0]
    if shape in _SHAPES or (shape == "<compat>" and category.startswith("L")):
        return unicodedata.normalize("NFKC", character)
    return character


_TABLE = _Table()
