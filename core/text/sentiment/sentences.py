"""Sentences of a text, as places in it."""

from __future__ import annotations

import re

MAX_WORDS = 64
"""A longer sentence is cut: an encoder's vector of it would say little, and a reader less."""

_ENDS = re.compile(
    # a mark, perhaps a closing quote, a blank, and nothing that goes on with the sentence;
    # or a line's end; or a mark of scripts without blanks
    "([.!?\u2026][\"')\\]\u201d\u2019*_]?)\\s+(?=[^\\sa-z,;:)])|\n|([\u3002\uff01\uff1f])"
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"'])(?:mr|mrs|ms|dr|prof|st|jr|sr|vs|etc|vol|ch|lt|capt|sgt|gen|col|rev|hon|"
    r"e\.g|i\.e|a\.k\.a|[a-z])\.$",
    re.IGNORECASE,
)
_LONGEST = 8  # of them, with what stands before
_WORD = re.compile(r"\S+")


def sentences(text: str) -> list[tuple[int, int]]:
    """Where the sentences of a plain text begin and end: `text[begin:end]`, without blanks.

    Marks and line ends divide; abbreviations and initials do not. What has more than `MAX_WORDS`
    words is cut, at a comma if there is one near.
    """
    places: list[tuple[int, int]] = []
    begin = 0
    for end in _ENDS.finditer(text):
        mark = end.end(1) if end[1] else end.end()
        inside = end[1] == "." and "\n" not in end[0]
        if inside and _ABBREVIATION.search(text, max(begin, mark - _LONGEST), mark):
            continue
        _add(places, text, begin, mark)
        begin = end.end()
    _add(places, text, begin, len(text))
    return places


def _add(places: list[tuple[int, int]], text: str, begin: int, end: int) -> None:
    while begin < end and text[begin].isspace():
        begin += 1
    while begin < end and text[end - 1].isspace():
        end -= 1
    if begin == end:
        return
    if len(text[begin:end].split()) <= MAX_WORDS:
        places.append((begin, end))
        return
    words = [word.span() for word in _WORD.finditer(text, begin, end)]
    first = 0
    while len(words) - first > MAX_WORDS:
        cut = first + MAX_WORDS
        for near in range(cut, first + MAX_WORDS // 2, -1):
            if text[words[near - 1][1] - 1] in ",;:":
                cut = near
                break
        places.append((words[first][0], words[cut - 1][1]))
        first = cut
    places.append((words[first][0], words[-1][1]))
